//! What a Pod lives through, each scene by keyboard alone: watched, paused, stepped, scrubbed back and forth
//! again, and explained back to the line of the manifest.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { applyByKeys, choose, goAt, missing, move, note, reach, turnTo } from './keyed.mjs';
import { digest, parts, seconds } from './roles.mjs';

const pod = (spec) => `apiVersion: v1
kind: Pod
metadata:
  name: scene
spec:
${spec.trim().replace(/^/gm, '  ')}
`;

/** What the tree says when the Pod is gone. */
const gone = (names) => !names.some((name) => name.startsWith('Pod '));

/**
 * What each scene is made of:
 *
 * manifest  what is applied
 * deed      what is done once this is in the tree: [pattern, name of a button of the Inspector]
 * slow      what the tree says when nothing is lost by going on faster
 * states    what the tree says, in this order, up to the moment that decides; several at once in a list
 * ends      what steps lead to from there; without it one step is made
 * earlier   what the tree said before
 * view      what the Pod view shows at the moment that decides, and what it showed earlier
 * judged    does axe look at it?
 * why       what is explained: an item, what its tab Why says, and the line that it leads to
 */
const scenes = {
  'two containers share a file and a request over localhost': {
    judged: true,
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
      [/^Pod .*, Running, 2 of 2 ready$/, /^Port 8080, web listens on 0\.0\.0\.0/],
      /^Port 8080, web listens on 0\.0\.0\.0, reader asked: GET \/, 200 OK$/,
      /^Volume logs, emptyDir, mounted in web and reader, web wrote access\.log, reader read it$/,
    ],
    earlier: [/^Container web, Waiting ContainerCreating/, /^Volume logs, emptyDir, mounted in web and reader$/],
    view: [/w(rote|rites) access\.log[^]*reads? access\.log/, /readerwaiting/],
    why: { item: /^Pod /, said: [/ContainersReady True/, /bound to node-/, /apply/], line: 'apiVersion: v1' },
  },
  'a port that another container has': {
    judged: true,
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
    earlier: [/^Container second, Terminated Error 1, .* [1-4] restarts$/, /^Container first, Running, ready/],
    view: [/:8080taken by first: address already in use[^]*CrashLoopBackOff[^]*second can't have port 8080: first listens there/, /exit 1demo/],
    why: { item: /^Container second/, said: [/second Waiting CrashLoopBackOff/, /bound to node-/, /apply/], line: '- name: second' },
  },
  'a container that keeps ending': {
    judged: true,
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
    why: { item: /^Container app/, said: [/app Waiting CrashLoopBackOff/, /bound to node-/], line: 'command:' },
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
    why: { item: /^Container app/, said: [/app Waiting ImagePullBackOff/, /bound to node-/], line: 'image:' },
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
      [/^Container app, Running, not ready/, /^Probe readiness of app, 0 passed, \d failed$/],
      [/^Pod .*, Running, 0 of 1 ready, ContainersNotReady$/, /^Probe readiness of app, 0 passed, [3-9] failed$/],
    ],
    earlier: [/^Probe readiness of app, 0 passed, 0 failed$/, /^Container app, Waiting ContainerCreating/],
    view: [/[3-9] failures, 2 count/, /appwaitingdemo/],
    why: { item: /^Container app/, said: [/app Running/, /bound to node-/], line: 'readinessProbe:' },
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
      [/^Init container setup, Terminated Error 4, .*, 1 restarts$/, /^Pod .*, Pending, 0 of 1 ready, Init:Error$/],
    ],
    earlier: [/^Init container setup, Running, .*, 0 restarts$/],
    view: [/setupexit 4/, /setuprunning/],
    why: { item: /^Init container setup/, said: [/setup Terminated Error 4/, /bound to node-/], line: 'command:' },
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
        value: "20"
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
    ],
    ends: [/^Sidecar proxy, Terminated Completed 0/, /^Container job, Terminated Completed 0/, /^Pod .*, Succeeded, 0 of 2 ready/],
    earlier: [/^Sidecar proxy, Running/, /^Container job, Running/],
    view: [/jobexit 0/, /jobready/],
    why: { item: /^Container job/, said: [/job Terminated Completed 0/, /bound to node-/, /apply/], line: '- name: job' },
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
    ends: gone,
    earlier: [/^Pod .*, Running, 1 of 1 ready$/],
    view: [/s of grace left: app stops/, /On deletion: app stops/],
    why: { item: /^Pod /, said: [/Terminating, 30 s of grace/, /you[^]*delete/], line: 'apiVersion: v1' },
  },
};

/** One scene. */
async function play(page, { manifest, deed, slow, states, ends, earlier, view, why }, decisive) {
  const { button, time, tree, inspector, item } = parts(page);
  await tree.waitFor({ state: 'attached' });
  const noted = await note(page);
  const entry = () => reach(page, tree.locator('[tabindex="0"]'));
  const panel = page.getByRole('tabpanel', { name: 'Pod' });
  const shown = () => panel.locator('.pod-view').textContent();
  const isThere = async (step) => {
    const names = await tree.getByRole('treeitem').evaluateAll((items) => items.map((one) => one.getAttribute('aria-label') ?? ''));
    return missing([names], [step]) === undefined;
  };
  const pressed = async (key, step, most = 300) => {
    for (let presses = 0; !await isThere(step); presses += 1) {
      assert.ok(presses < most, `${key} leads to ${step} and not to ${await time.getAttribute('aria-valuetext')}`);
      await move(page, key);
    }
  };
  const seen = (names, steps) => assert.equal(missing(names, steps), undefined, `this was to be seen, in: ${JSON.stringify(names, null, 1)}`);
  // Nothing happens yet: the Pod is seen from near before it lives.
  await entry();
  await page.keyboard.press('Space');
  await button('Play').waitFor();
  await applyByKeys(page, manifest);
  await choose(page, /^Pod default\/scene/);
  await reach(page, button('Open Pod'));
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.innerText === 'Anatomy of Pod default/scene');
  await goAt(page, '5×');
  // Stepped: to the next recorded change, and it is said.
  const said = () => page.getByRole('status').first().textContent();
  await entry();
  const isSaid = (pattern, timeout) => page.waitForFunction((pattern) =>
    new RegExp(pattern).test(document.querySelector('[role=status]').textContent), pattern.source, { timeout });
  for (let presses = 1; ; presses += 1) {
    await page.keyboard.press('.');
    // No more is said than one sentence a second.
    const isBound = isSaid(/^t\+[\d.]+ s: Pod default\/scene bound to node-\d/, 1_500);
    if (await isBound.then(() => true, () => false)) break;
    assert.ok(presses < 4, `it is bound, and that is said, not: ${await said()}`);
  }
  // Watched.
  await page.keyboard.press('Space');
  if (deed) {
    await item(deed[0]).waitFor();
    await reach(page, inspector.getByRole('button', { name: deed[1], exact: true }));
    await page.keyboard.press('Enter');
    await entry();
  }
  if (slow) {
    await item(slow).waitFor();
    await goAt(page, '50×');
    await entry();
  }
  const last = states.at(-1);
  for (const one of [last].flat()) await item(one).first().waitFor();
  // Paused.
  await page.keyboard.press('Space');
  await button('Play').waitFor();
  seen(await noted(), states);
  await decisive?.();
  // Stepped: from where it stays as it is, no step leads on.
  const before = await seconds(page);
  await page.keyboard.press('.');
  await isSaid(/^t\+[\d.]+ s: .|^Nothing changes within/);
  assert.ok(/^Nothing/.test(await said()) ? await seconds(page) === before : await seconds(page) >= before);
  if (ends) await pressed('.', ends);
  const end = await digest(page);
  // Scrubbed back to the beginning, and forth again change by change: to an earlier state and its picture, …
  await reach(page, time);
  await page.keyboard.press('Home');
  await panel.getByText('There is no Pod default/scene at this moment').waitFor();
  const again = await note(page);
  await pressed('.', earlier);
  assert.match(await shown(), view[1]);
  await pressed('.', last);
  assert.match(await shown(), view[0]);
  // … explained, …
  await choose(page, why.item);
  await turnTo(page, inspector.getByRole('tablist', { name: 'Details' }), 'Why');
  const reasons = await inspector.getByRole('listitem').allInnerTexts();
  seen(reasons.map((one) => [one]), why.said);
  await reach(page, inspector.getByRole('button', { name: /^Show line \d+$/ }));
  await page.keyboard.press('Enter');
  await page.keyboard.type('X');
  const text = await page.evaluate(() => globalThis.podarium.manifest());
  assert.match(text, new RegExp(`^X *${why.line}`, 'm'));
  // … and to the present, in which everything is as it was: all states came in the same order.
  await reach(page, time);
  for (let presses = 0; await digest(page) !== end; presses += 1) {
    assert.ok(presses < 300, 'the present is reached');
    await move(page, '.');
  }
  await move(page, 'End');
  seen(await again(), ends ? [...states, ends] : states);
  const now = await seconds(page);
  await move(page, ',');
  assert.ok(await seconds(page) < now);
}

/** At the moment that decides, axe finds nothing: in light and dark, wide and narrow. */
async function judged(page) {
  const wide = page.viewportSize();
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`:root[data-theme="${colorScheme}"]`).waitFor({ state: 'attached' });
    for (const viewport of [wide, { width: 390, height: 844 }]) {
      await page.setViewportSize(viewport);
      assert.deepEqual(await violations(page), [], `${colorScheme}, ${viewport.width} wide`);
    }
    await page.setViewportSize(wide);
  }
  await page.emulateMedia({ colorScheme: null });
}

for (const [name, scene] of Object.entries(scenes)) {
  test(name, inPage(async ({ page, shot }) => {
    await play(page, scene, async () => {
      await shot(`scene ${name}`);
      if (scene.judged) await judged(page);
    });
  }));
}
