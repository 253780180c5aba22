//! What a Pod lives through, each scene by keyboard alone: watched, paused, stepped, scrubbed back and forth
//! again, and explained back to the line of the manifest.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { applyByKeys, choose, goAt, missing, note, reach, turnTo } from './keyed.mjs';
import { digest, parts, seconds } from './roles.mjs';

const pod = (spec) => `apiVersion: v1
kind: Pod
metadata:
  name: scene
spec:
${spec.trimEnd().replace(/^/gm, '  ')}
`;

/**
 * What each scene is made of:
 *
 * manifest  what is applied
 * deed      what is done once this is in the tree: [pattern, name of a button of the Inspector]
 * slow      what the tree says when nothing is lost by going on faster
 * states    what the tree says, in this order; several at once in a list
 * view      what the Pod view shows at the end, and what it showed earlier
 * earlier   what the tree said then
 * why       what is explained: an item, what its tab Why says, and the line that it leads to
 */
const scenes = {
  'two containers share a file and a request over localhost': {
    manifest: pod(`
volumes:
  - name: logs
    emptyDir: {}
containers:
  - name: web
    image: demo/web:1
    env:
      - name: LOG_FILE
        value: /var/log/access.log
    volumeMounts:
      - name: logs
        mountPath: /var/log
  - name: reader
    image: busybox:1.36
    command: [sh, -c, "while sleep 2; do wget -qO- http://localhost:8080/; cat /logs/access.log; done"]
    volumeMounts:
      - name: logs
        mountPath: /logs
`),
    states: [
      [/^Pod .*, Pending, 0 of 2 ready/, /^Volume logs, emptyDir, mounted in web and reader/],
      [/^Pod .*, Pending, 1 of 2 ready|^Pod .*, Running, 1 of 2 ready/, /^Container web, Running, ready/],
      [/^Pod .*, Running, 2 of 2 ready$/, /^Port 8080, web listens on 0\.0\.0\.0/],
      /^Port 8080, web listens on 0\.0\.0\.0, reader asked: GET \/, 200 OK$/,
      /^Volume logs, emptyDir, mounted in web and reader, web wrote access\.log, reader read it$/,
    ],
    earlier: [/^Container reader, Waiting/, /^Container web, Running/],
    view: [/access\.log/, /nobody listens|not running/],
    why: { item: /^Pod /, said: [/ContainersReady True/, /bound to node-/, /apply/], line: 'kind: Pod' },
  },
  'a port that another container has': {
    manifest: pod(`
containers:
  - name: first
    image: demo/web:1
  - name: second
    image: demo/web:2
`),
    slow: /^Container second, .* [1-9] restarts$/,
    states: [
      /^Container first, Running, ready/,
      [/^Container second, Terminated Error 1/, /^Port 8080, wanted by second, taken by first/],
      [/^Container second, Waiting CrashLoopBackOff, not ready/, /^Pod .*, Running, 1 of 2 ready, CrashLoopBackOff$/],
    ],
    earlier: [/^Container second, Waiting/, /^Container first, Running, ready/],
    view: [/taken by first: address/, /no IP|pulling|waiting/i],
    why: { item: /^Container second/, said: [/second Waiting CrashLoopBackOff|second Terminated Error 1/, /bound to node-/], line: '- name: second' },
  },
  'a container that keeps ending': {
    manifest: pod(`
containers:
  - name: app
    image: busybox:1.36
    command: [sh, -c, "echo no configuration; exit 3"]
`),
    slow: /^Container app, .* 1 restarts$/,
    states: [
      /^Container app, Waiting ContainerCreating/,
      /^Container app, Terminated Error 3, not ready, [01] restarts/,
      [/^Container app, Waiting CrashLoopBackOff, not ready/, /^Pod .*, Running, 0 of 1 ready, CrashLoopBackOff$/],
    ],
    earlier: [/^Container app, Waiting ContainerCreating/],
    view: [/CrashLoopBackOff/, /Pending/],
    why: { item: /^Container app/, said: [/app Waiting CrashLoopBackOff/, /bound to node-/], line: '- name: app' },
  },
  'an image that is not there': {
    manifest: pod(`
containers:
  - name: app
    image: demo/web:none
`),
    states: [
      /^Container app, Waiting ContainerCreating/,
      [/^Container app, Waiting ErrImagePull/, /^Pod .*, Pending, 0 of 1 ready, ErrImagePull$/],
      [/^Container app, Waiting ImagePullBackOff/, /^Pod .*, Pending, 0 of 1 ready, ImagePullBackOff$/],
    ],
    earlier: [/^Container app, Waiting ContainerCreating/],
    view: [/ImagePullBackOff/, /ContainerCreating|pulling/],
    why: { item: /^Container app/, said: [/app Waiting ImagePullBackOff/, /bound to node-/], line: '- name: app' },
  },
  'a readiness probe that fails': {
    manifest: pod(`
containers:
  - name: app
    image: demo/web:1
    readinessProbe:
      tcpSocket:
        port: 9999
      periodSeconds: 2
      failureThreshold: 2
`),
    states: [
      /^Container app, Waiting ContainerCreating/,
      [/^Container app, Running, not ready/, /^Probe readiness of app, 0 passed, 1 failed$/],
      [/^Pod .*, Running, 0 of 1 ready, ContainersNotReady$/, /^Probe readiness of app, 0 passed, 3 failed$/],
    ],
    earlier: [/^Probe readiness of app, 0 passed, 1 failed$/],
    view: [/3 failures, 2 count/, /1 of 2 failures/],
    why: { item: /^Container app/, said: [/app Running/, /bound to node-/], line: '- name: app' },
  },
  'an init container that fails': {
    manifest: pod(`
initContainers:
  - name: setup
    image: busybox:1.36
    command: [sh, -c, "sleep 1; exit 4"]
containers:
  - name: app
    image: demo/web:1
`),
    states: [
      [/^Init container setup, Running/, /^Container app, Waiting PodInitializing/],
      [/^Init container setup, Terminated Error 4/, /^Pod .*, Pending, 0 of 1 ready, Init:Error$/],
      [/^Init container setup, .*, 1 restarts$/, /^Container app, Waiting PodInitializing/],
    ],
    earlier: [/^Init container setup, Running, .*, 0 restarts$/],
    view: [/exit 4|running/, /running/],
    why: { item: /^Init container setup/, said: [/setup Running|setup Terminated Error 4/, /bound to node-/], line: '- name: setup' },
  },
  'a sidecar that outlives its main container': {
    manifest: pod(`
restartPolicy: Never
initContainers:
  - name: proxy
    image: demo/web:1
    restartPolicy: Always
    env:
      - name: DRAIN
        value: "5"
containers:
  - name: job
    image: demo/batch:1
    env:
      - name: RUN_SECONDS
        value: "2"
`),
    states: [
      [/^Sidecar proxy, Running, ready/, /^Container job, Waiting/],
      [/^Sidecar proxy, Running, ready/, /^Container job, Running, ready/],
      [/^Sidecar proxy, Running/, /^Container job, Terminated Completed 0/, /^Pod .*, Running/],
      [/^Sidecar proxy, Terminated Completed 0/, /^Container job, Terminated Completed 0/, /^Pod .*, Succeeded, 0 of 2 ready/],
    ],
    earlier: [/^Sidecar proxy, Running/, /^Container job, Terminated Completed 0/],
    view: [/Nothing of it runs any more/, /exit 0/],
    why: { item: /^Sidecar proxy/, said: [/proxy Terminated Completed 0/, /bound to node-/], line: '- name: proxy' },
  },
  'a deletion with grace': {
    manifest: pod(`
containers:
  - name: app
    image: demo/web:1
    env:
      - name: DRAIN
        value: "8"
`),
    deed: [/^Pod .*, Running, 1 of 1 ready$/, 'Delete'],
    states: [
      /^Pod .*, Running, 1 of 1 ready$/,
      [/^Pod .*, Running, Terminating, 1 of 1 ready/, /^Container app, Running, ready/],
    ],
    earlier: [/^Pod .*, Running, 1 of 1 ready$/],
    view: [/s of grace left: app stops/, /On deletion: app stops/],
    why: { item: /^Pod /, said: [/Terminating, 30 s of grace/, /^[^]*you[^]*[Dd]elete/], line: 'kind: Pod' },
  },
};

/** One scene. */
async function play(page, { manifest, deed, slow, states, earlier, view, why }, decisive) {
  const { button, time, tree, region, inspector, item } = parts(page);
  await tree.waitFor({ state: 'attached' });
  const noted = await note(page);
  const status = page.getByRole('status').first();
  const entry = () => tree.locator('[tabindex="0"]');
  const shown = () => page.getByRole('tabpanel', { name: 'Pod' }).evaluate((panel) => panel.textContent);
  const isThere = async (step) => {
    const names = await tree.getByRole('treeitem').evaluateAll((items) => items.map((one) => one.getAttribute('aria-label') ?? ''));
    return missing([names], [step]) === undefined;
  };
  const until = async (step, act) => {
    for (let tries = 0; !await isThere(step); tries += 1) {
      assert.ok(tries < 300, `${step} comes`);
      await act();
    }
  };
  // Nothing happens yet: the Pod is seen from near before it lives.
  await reach(page, entry());
  await page.keyboard.press('Space');
  await button('Play').waitFor();
  await applyByKeys(page, manifest);
  await choose(page, /^Pod default\/scene/);
  await reach(page, button('Open Pod'));
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.innerText === 'Anatomy of Pod default/scene');
  // Watched.
  await goAt(page, '5×');
  await reach(page, entry());
  await page.keyboard.press('Space');
  if (deed) {
    await item(deed[0]).waitFor();
    await reach(page, inspector.getByRole('button', { name: deed[1], exact: true }));
    await page.keyboard.press('Enter');
    await reach(page, entry());
  }
  const last = states.at(-1);
  if (slow) {
    await item(slow).waitFor();
    await goAt(page, '50×');
    await reach(page, entry());
  }
  for (const one of [last].flat()) await item(one).first().waitFor();
  // Paused.
  await page.keyboard.press('Space');
  await button('Play').waitFor();
  assert.equal(missing(await noted(), states), undefined, JSON.stringify(await noted(), null, 1));
  await decisive?.();
  // Stepped: to the next recorded change, and it is said.
  const before = await seconds(page);
  await reach(page, entry());
  await page.keyboard.press('.');
  await page.waitForFunction((before) => Number(/t\+([\d.]+)/.exec(document.querySelector('[role=slider]').getAttribute('aria-valuetext'))[1]) >= before, before);
  const end = await digest(page);
  await page.waitForFunction(() => /^t\+[\d.]+ s: ./.test(document.querySelector('[role=status]').textContent));
  // Scrubbed back to the beginning, and forth again change by change: the same states in the same order.
  await reach(page, time);
  await page.keyboard.press('Home');
  await page.getByRole('tabpanel', { name: 'Pod' }).getByText('There is no Pod default/scene at this moment').waitFor();
  const again = await note(page);
  for (let steps = 0; await digest(page) !== end; steps += 1) {
    assert.ok(steps < 300, 'the present is reached');
    await page.keyboard.press('.');
  }
  assert.equal(missing(await again(), states), undefined, JSON.stringify(await again(), null, 1));
  // Back to an earlier state, and its picture.
  await until(earlier, () => page.keyboard.press(','));
  assert.match(await shown(), view[1]);
  await page.keyboard.press('End');
  await until(last, () => page.keyboard.press(','));
  assert.match(await shown(), view[0]);
  await page.keyboard.press('End');
  // Explained.
  await choose(page, why.item);
  await turnTo(page, inspector.getByRole('tablist', { name: 'Details' }), 'Why');
  const reasons = await inspector.getByRole('listitem').allInnerTexts();
  assert.equal(missing(reasons.map((one) => [one]), why.said), undefined, reasons.join('\n'));
  await reach(page, inspector.getByRole('button', { name: /^Show line \d+$/ }));
  await page.keyboard.press('Enter');
  await page.keyboard.type('X');
  const text = await page.evaluate(() => globalThis.podarium.manifest());
  assert.ok(text.includes(`X${why.line}`), text);
}

for (const [name, scene] of Object.entries(scenes)) {
  test(name, inPage(async ({ page, shot }) => {
    await play(page, scene, () => shot(`scene ${name}`));
  }));
}
