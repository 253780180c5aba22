//! What controllers do, each scene by keyboard alone: watched, paused, stepped, scrubbed back and forth again, and
//! explained: a Deployment comes up, Pods that were deleted are made anew, updates roll, stick and go back, a machine is
//! lost, a Job runs to its end.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { inPage } from './support.mjs';
import { applyByKeys, choose, goAt, move, reach, turnTo } from './keyed.mjs';
import { digest, parts, seconds } from './roles.mjs';

const template = (app, image, more = '') => `
  template:
    metadata: {labels: {app: ${app}}}
    spec:
      terminationGracePeriodSeconds: 2
      containers:
        - name: web
          image: ${image}
          ports: [{containerPort: 8080}]
          ${more}
`;
const deployment = (more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  ${more}
  selector: {matchLabels: {app: web}}${template('web', 'demo/web:1', 'readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}')}`;
const controller = `apiVersion: v1
kind: ReplicationController
metadata: {name: old}
spec:
  replicas: 2
  selector: {app: old}${template('old', 'demo/web:1')}`;
const job = `apiVersion: batch/v1
kind: Job
metadata: {name: sums}
spec:
  completions: 3
  parallelism: 2
  template:
    spec:
      restartPolicy: Never
      containers: [{name: sum, image: "busybox:1.36", command: [sh, -c, "sleep 4; expr 1 + 1"]}]
`;
const service = `---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  containers: [{name: sh, image: "busybox:1.36", command: [sleep, "100000"]}]
`;
const rolls = 'strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}';

const stage = (page) => parts(page).region('Stage');
const views = (page) => stage(page).getByRole('tablist', { name: 'View' });
const up = /^Deployment default\/web, desired 3, updated 3, ready 3, available 3/;
const oldUp = /^ReplicationController default\/old, desired 2, current 2, ready 2/;
/** What holds an update. */
const HELD = /^Why (is no other new Pod made|does the next old Pod still run)\?$/;
const isThere = (page, name) => parts(page).item(name).first().waitFor({ state: 'attached', timeout: 90_000 });

/** Presses a button by keyboard. */
async function press(page, within, name) {
  await reach(page, within.getByRole('button', { name, exact: true }));
  await page.keyboard.press('Enter');
}

/** Another image for what is selected. */
async function setImage(page, image) {
  await choose(page, /^Deployment default\/web/);
  await press(page, stage(page), 'Set image');
  await reach(page, stage(page).getByRole('form', { name: 'Set image' }).getByRole('textbox', { name: 'Image' }));
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(image);
  await page.keyboard.press('Enter');
}

/** One of the Pods goes. Tells which. */
async function deletePod(page, name) {
  await choose(page, name);
  const gone = await page.evaluate(() => document.activeElement.getAttribute('aria-label').split(',')[0]);
  await press(page, parts(page).inspector, 'Delete');
  return gone;
}

/** Paused, a step on, back with a key to a moment at which this was so, and forth again: the present is what it was. */
async function pausedSteppedAndScrubbed(page, before, earlier, key = 'PageDown') {
  const { time, button } = parts(page);
  await reach(page, time);
  await page.keyboard.press(' ');
  await button('Play').waitFor();
  const paused = await seconds(page);
  await move(page, '.');
  const now = await seconds(page);
  assert.ok(now >= paused, `a step leads on from ${paused}, not to ${now}`);
  const there = await digest(page);
  await move(page, ',');
  const isSo = async () => await seconds(page) <= before && await parts(page).item(earlier).count() > 0;
  for (let presses = 0; !await isSo(); presses += 1) {
    assert.ok(presses < 200 && await seconds(page) > 0, `keys lead back to ${earlier}`);
    await move(page, key);
  }
  await move(page, 'End');
  assert.equal(await seconds(page), now);
  assert.equal(await digest(page), there, 'the present is what it was');
}

/** The tab Why of an item says all of this. */
async function isExplained(page, item, words) {
  await choose(page, item);
  const { inspector } = parts(page);
  await turnTo(page, inspector.getByRole('tablist', { name: 'Details' }), 'Why');
  for (const one of words) await inspector.getByText(one).first().waitFor();
}

/** Plays on, as fast. */
async function goOn(page, speed) {
  await reach(page, parts(page).time);
  await page.keyboard.press(' ');
  await parts(page).button('Pause').waitFor();
  await goAt(page, speed);
}

/** What is applied comes up, in the Ownership view. */
async function comesUp(page, manifest, name) {
  await applyByKeys(page, manifest);
  await turnTo(page, views(page), 'Ownership');
  await goAt(page, '5×');
  await isThere(page, name);
  // Long enough that Page keys find it so.
  for (const came = await seconds(page); await seconds(page) < came + 6;) await page.waitForTimeout(100);
  await goAt(page, '1×');
}

test('a pasted Deployment comes up', inPage(async ({ page }) => {
  await comesUp(page, deployment(), up);
  await pausedSteppedAndScrubbed(page, await seconds(page), /^Deployment default\/web, desired 3, .*ready 0, available 0/, ',');
  await isExplained(page, up, ['apply web']);
}));

for (const [kind, manifest, name, pod] of [
  ['Deployment', deployment(), up, /^Pod default\/web-/],
  ['ReplicationController', controller, oldUp, /^Pod default\/old-/],
]) {
  test(`a ${kind} has a deleted Pod made anew`, inPage(async ({ page }) => {
    await comesUp(page, manifest, name);
    const before = await seconds(page);
    const gone = await deletePod(page, pod);
    await isThere(page, new RegExp(`^${gone},.*Terminating`));
    await page.waitForFunction((gone) => {
      const names = [...document.querySelectorAll('[role=treeitem]')].map((one) => one.getAttribute('aria-label') ?? '');
      return !names.some((name) => name.startsWith(`${gone},`));
    }, gone);
    await isThere(page, name);
    const all = await parts(page).item(pod).evaluateAll((items) => items.map((one) => one.getAttribute('aria-label').split(',')[0]));
    await pausedSteppedAndScrubbed(page, before, new RegExp(`^${gone},`));
    // The newest of them is the one that was made for it.
    const reasons = [];
    for (const one of all) {
      await choose(page, new RegExp(`^${one},`));
      await turnTo(page, parts(page).inspector.getByRole('tablist', { name: 'Details' }), 'Why');
      reasons.push(await parts(page).inspector.getByRole('tabpanel', { name: 'Why' }).innerText());
    }
    assert.ok(reasons.some((text) => text.includes(`delete ${gone.split('/')[1]}`)), reasons.join('\n\n'));
  }));
}

test('an update rolls under continuous traffic through a Service, which is answered before and after', inPage(async ({ page, shot }) => {
  await comesUp(page, deployment(rolls) + service, up);
  await isThere(page, /^Pod default\/client, Running, 1 of 1 ready/);
  await choose(page, /^Pod default\/client/);
  await turnTo(page, views(page), 'Network');
  await press(page, stage(page), 'Send a request');
  const form = stage(page).getByRole('form', { name: 'Send a request' });
  const type = async (locator, text) => {
    await reach(page, locator);
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText(text);
  };
  await reach(page, form.getByRole('combobox', { name: 'From' }));
  await page.keyboard.type('default/client');
  await type(form.getByLabel('To', { exact: true }), 'web');
  await type(form.getByLabel('Port', { exact: true }), '80');
  await reach(page, form.getByRole('checkbox', { name: 'Every second' }));
  await page.keyboard.press(' ');
  await page.keyboard.press('Enter');
  const rows = stage(page).getByRole('table', { name: 'Requests' }).getByRole('row');
  await rows.filter({ hasText: 'answered 200' }).first().waitFor();
  await turnTo(page, views(page), 'Ownership');
  const before = await seconds(page);
  await setImage(page, 'demo/web:2');
  await page.waitForFunction(() => document.querySelectorAll('[role=treeitem][aria-label^="ReplicaSet default/web-"]').length === 2);
  await shot('owners rolling under traffic');
  await pausedSteppedAndScrubbed(page, before, up);
  // What it waits for is explained where it is held, and in the end nothing was unavailable.
  await isExplained(page, /^Deployment default\/web/, [HELD]);
  await goOn(page, '5×');
  await isThere(page, /^ReplicaSet default\/web-\w+, desired 0, current 0, ready 0/);
  await isThere(page, up);
  const done = await seconds(page);
  await turnTo(page, views(page), 'Network');
  await page.waitForFunction((done) => [...document.querySelectorAll('table[aria-label=Requests] tr, [aria-label=Requests] tr')].some((row) =>
    /answered 200/.test(row.textContent) && Number(/t\+([\d.]+)/.exec(row.textContent)?.[1]) > done), done, { timeout: 90_000 });
  await isExplained(page, /^ReplicaSet default\/web-\w+, desired 3/, ['set image deployment/web web=demo/web:2']);
}));

test('an update to an image that is not there sticks, says so in a condition, and is rolled back', inPage(async ({ page }) => {
  await comesUp(page, deployment(`${rolls}\n  progressDeadlineSeconds: 15`), up);
  const before = await seconds(page);
  await setImage(page, 'demo/web:no-such');
  await goAt(page, '10×');
  await isThere(page, /^Pod default\/web-.*(ErrImagePull|ImagePullBackOff)/);
  const { inspector } = parts(page);
  await turnTo(page, inspector.getByRole('tablist', { name: 'Details' }), 'Summary');
  await inspector.getByText('ProgressDeadlineExceeded').waitFor();
  await pausedSteppedAndScrubbed(page, before, up);
  await isExplained(page, /^Deployment default\/web/, [HELD]);
  await goOn(page, '5×');
  const stuck = await seconds(page);
  await press(page, stage(page), 'Roll back');
  await isThere(page, up);
  await page.waitForFunction(() => ![...document.querySelectorAll('[role=treeitem]')].some((one) => /ErrImagePull|ImagePullBackOff/.test(one.getAttribute('aria-label') ?? '')));
  await pausedSteppedAndScrubbed(page, stuck, /^Pod default\/web-.*(ErrImagePull|ImagePullBackOff)/);
  await isExplained(page, /^ReplicaSet default\/web-\w+, desired 3/, ['rollout undo deployment/web']);
}));

test('a machine goes off: after 50 s it is missed, after 350 s its Pods are evicted', inPage(async ({ page }) => {
  await comesUp(page, deployment(), up);
  await choose(page, /^Node node-1/);
  const { inspector } = parts(page);
  const before = await seconds(page);
  await press(page, inspector, 'Power off');
  await isThere(page, /^Node node-1, Ready, .*machine off$/);
  const off = await seconds(page);
  const happened = async (reason) => {
    await turnTo(page, inspector.getByRole('tablist', { name: 'Details' }), 'Events');
    const told = inspector.getByRole('listitem').filter({ hasText: reason }).first();
    await told.waitFor();
    return Number(/t\+([\d.]+)/.exec(await told.innerText())[1]) - off;
  };
  await goAt(page, '50×');
  await isThere(page, /^Node node-1, NotReady/);
  const missed = await happened('NodeNotReady');
  assert.ok(missed > 40 && missed < 61, `missed ${missed} s after it went off`);
  await isThere(page, /^Pod default\/web-.*Terminating/);
  await goAt(page, '1×');
  await choose(page, /^Pod default\/web-.*Terminating/);
  const evicted = await happened('TaintManagerEviction');
  assert.ok(evicted > missed + 299 && evicted < missed + 311, `evicted ${evicted} s after it went off`);
  await pausedSteppedAndScrubbed(page, before, /^Node node-1, Ready, \d+ of 110 Pods$/);
  await isExplained(page, /^Pod default\/web-.*Terminating/, ['power off node-1']);
}));

test('a Job runs as many Pods as it is to complete, no more at once than it may', inPage(async ({ page }) => {
  await comesUp(page, job, /^Job default\/sums, completions 3, active 2/);
  const before = await seconds(page);
  await goAt(page, '2×');
  await isThere(page, /^Job default\/sums, completions 3, active 0, succeeded 3, failed 0/);
  await pausedSteppedAndScrubbed(page, before, /^Job default\/sums, completions 3, active [12], succeeded [0-2]/, ',');
  await isExplained(page, /^Job default\/sums/, ['apply sums']);
}));
