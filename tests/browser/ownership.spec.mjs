//! Who keeps which Pods: a Deployment comes up, heals, rolls, sticks and goes back; a machine is lost and its Pods are
//! evicted; each by roles and names, by keyboard, watched, stepped, scrubbed back and explained.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { apply, digest, parts, seconds } from './roles.mjs';

const deployment = (image, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  ${more}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 2
      containers:
        - name: web
          image: ${image}
          ports: [{containerPort: 8080}]
`;
const rolls = 'strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}';
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const stage = (page) => parts(page).region('Stage');
const by = (page, role, name) => stage(page).getByRole(role, { name, exact: true });
const up = /^Deployment default\/web, desired 3, updated 3, ready 3, available 3/;
const sets = (page) => parts(page).item(/^ReplicaSet default\/web-/);
const pods = (page) => parts(page).item(/^Pod default\/web-/);
const panel = (page, name) => page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name, exact: true }).tap();
const step = (page, part) => by(page, 'list', 'Reconcile').getByRole('listitem').filter({ hasText: part });

/** The tree has so many ReplicaSets. */
const untilSets = (page, count) => page.waitForFunction((count) =>
  document.querySelectorAll('[role=treeitem][aria-label^="ReplicaSet default/web-"]').length === count, count);

/** A Deployment that is up, seen in the Ownership view. */
async function open(page, { narrow = false, more = '', image = 'demo/web:1' } = {}) {
  if (narrow) await panel(page, 'Manifest');
  await apply(page, deployment(image, more));
  if (narrow) await panel(page, 'Stage');
  await parts(page).speed.selectOption({ label: '5×' });
  await by(page, 'tab', 'Ownership').focus();
  await page.keyboard.press('Enter');
  await parts(page).item(up).waitFor({ state: 'attached' });
  await parts(page).speed.selectOption({ label: '1×' });
}

async function press(page, name) {
  await by(page, 'button', name).focus();
  await page.keyboard.press('Enter');
}

async function select(page, name) {
  await parts(page).item(name).first().focus();
  await page.keyboard.press('Enter');
}

/** The tab "Why" of what is selected has these words. */
async function why(page, words) {
  const { inspector } = parts(page);
  await inspector.getByRole('tab', { name: 'Why', exact: true }).focus();
  await page.keyboard.press('Enter');
  await inspector.getByText(words).first().waitFor();
}

test('a pasted Deployment comes up: owners nest in the tree, and each level keeps a number true', inPage(async ({ page, shot }) => {
  await open(page);
  assert.equal(await sets(page).count(), 1);
  assert.match(await sets(page).getAttribute('aria-label'), /^ReplicaSet default\/web-\w+, desired 3, current 3, ready 3/);
  assert.deepEqual(await sets(page).evaluateAll((all) => all.map((one) => one.getAttribute('aria-level'))), ['2']);
  assert.deepEqual(await pods(page).evaluateAll((all) => all.map((one) => one.getAttribute('aria-level'))), ['3', '3', '3']);
  await select(page, up);
  assert.equal(await by(page, 'meter', 'All Pods').getAttribute('aria-valuenow'), '3');
  assert.equal(await by(page, 'meter', 'Available').getAttribute('aria-valuenow'), '3');
  await step(page, 'Observe').first().waitFor();
  await step(page, 'Compare').first().waitFor();
  await step(page, 'nothing to do').first().waitFor();
  await parts(page).inspector.getByText('READY 3/3').waitFor();
  await why(page, 'apply web');
  await shot('ownership up');
}));

test('a deleted Pod is replaced by its ReplicaSet, and the look says why', inPage(async ({ page, shot }) => {
  await open(page);
  const before = await pods(page).evaluateAll((all) => all.map((one) => one.getAttribute('aria-label').split(',')[0]));
  await select(page, new RegExp(`^${before[0]},`));
  await parts(page).inspector.getByRole('button', { name: 'Delete', exact: true }).focus();
  await page.keyboard.press('Enter');
  await parts(page).item(new RegExp(`^${before[0]}, Running, Terminating`)).waitFor({ state: 'attached' });
  await shot('ownership healing');
  await page.waitForFunction((gone) => {
    const names = [...document.querySelectorAll('[role=treeitem]')].map((one) => one.getAttribute('aria-label') ?? '');
    const own = names.filter((name) => name.startsWith('Pod default/web-'));
    return own.length === 3 && own.every((name) => !name.startsWith(`${gone},`) && name.includes('1 of 1 ready'));
  }, before[0]);
  const after = await pods(page).evaluateAll((all) => all.map((one) => one.getAttribute('aria-label').split(',')[0]));
  await select(page, new RegExp(`^${after.find((name) => !before.includes(name))},`));
  await why(page, `delete ${before[0].split('/')[1]}`);
}));

test('a rolling update is watched between its fenceposts, stepped, and scrubbed back', inPage(async ({ page, shot }) => {
  await open(page, { more: rolls });
  const { time, button, speed } = parts(page);
  await select(page, up);
  await press(page, 'Set image');
  const form = by(page, 'form', 'Set image');
  await form.getByRole('textbox', { name: 'Image' }).fill('demo/web:2');
  const before = await seconds(page);
  await page.keyboard.press('Enter');
  await untilSets(page, 2);
  await button('Pause').click();
  const rows = async () => Number(await by(page, 'meter', 'All Pods').getAttribute('aria-valuenow'));
  let most = 0;
  await time.focus();
  for (let steps = 0; steps < 12; steps += 1) {
    await page.keyboard.press('.');
    await page.waitForTimeout(100);
    most = Math.max(most, await rows());
  }
  assert.ok(most <= 4, `${most} Pods are more than maxSurge allows`);
  await shot('ownership rolling');
  const there = await digest(page);
  // Back before the update there is one ReplicaSet again; and the same moment is the same again.
  const here = await seconds(page);
  while (await seconds(page) > before) await page.keyboard.press('PageDown');
  await untilSets(page, 1);
  await button('Go to now').click();
  await page.waitForFunction((here) => document.querySelector('[role=slider]').getAttribute('aria-valuetext').includes(`t+${here} s`), here.toFixed(1));
  assert.equal(await digest(page), there);
  await button('Play').click();
  await speed.selectOption({ label: '10×' });
  await parts(page).item(up).waitFor({ state: 'attached' });
  await parts(page).item(/^ReplicaSet default\/web-\w+, desired 0, current 0, ready 0/).waitFor({ state: 'attached' });
  await select(page, /^ReplicaSet default\/web-\w+, desired 3/);
  await why(page, 'set image deployment/web web=demo/web:2');
}));

test('an update to an image that is not there is stuck, says what it waits for, and goes back', inPage(async ({ page, shot }) => {
  await open(page, { more: `${rolls}\n  progressDeadlineSeconds: 15` });
  await select(page, up);
  await press(page, 'Set image');
  await by(page, 'form', 'Set image').getByRole('textbox', { name: 'Image' }).fill('demo/web:no-such');
  await page.keyboard.press('Enter');
  await parts(page).speed.selectOption({ label: '10×' });
  await parts(page).item(/^Pod default\/web-.*(ErrImagePull|ImagePullBackOff)/).first().waitFor({ state: 'attached' });
  await parts(page).inspector.getByRole('tab', { name: 'Summary', exact: true }).click();
  await parts(page).inspector.getByText('ProgressDeadlineExceeded').waitFor();
  await step(page, 'Wait').first().waitFor();
  await shot('ownership stuck');
  await press(page, 'Roll back');
  await parts(page).item(up).waitFor({ state: 'attached' });
  await select(page, /^ReplicaSet default\/web-\w+, desired 3/);
  await why(page, 'rollout undo deployment/web');
}));

test('Scale, Pause rollout, Resume rollout and Remove label do what they say', inPage(async ({ page }) => {
  await open(page, { more: rolls });
  await select(page, up);
  await press(page, 'Scale');
  const replicas = by(page, 'form', 'Scale').getByRole('spinbutton', { name: 'Replicas' });
  await replicas.fill('5');
  await page.keyboard.press('Enter');
  await parts(page).item(/^Deployment default\/web, desired 5, updated 5, ready 5, available 5/).waitFor({ state: 'attached' });
  await press(page, 'Pause rollout');
  await by(page, 'button', 'Resume rollout').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Resume rollout', 'the focus stays');
  await page.keyboard.press('Enter');
  await by(page, 'button', 'Pause rollout').waitFor();
  const name = (await pods(page).first().getAttribute('aria-label')).split(',')[0];
  await select(page, new RegExp(`^${name},`));
  await press(page, 'Remove label');
  // Nobody's now: it stands by itself, and another one has taken its place.
  await page.waitForFunction((name) => {
    const all = [...document.querySelectorAll('[role=treeitem]')];
    const one = all.find((item) => (item.getAttribute('aria-label') ?? '').startsWith(`${name},`));
    return one?.getAttribute('aria-level') === '2';
  }, name);
  await parts(page).item(/^Deployment default\/web, desired 5, updated 5, ready 5, available 5/).waitFor({ state: 'attached' });
}));

test('a machine goes off: it is missed after 50 s, its Pods are evicted after 350 s, and made anew', inPage(async ({ page, shot }) => {
  await open(page);
  await parts(page).item(/^Node node-1/).focus();
  await page.keyboard.press('Enter');
  const { inspector, item, speed } = parts(page);
  const hand = (name) => inspector.getByRole('button', { name, exact: true });
  await hand('Power off').focus();
  await page.keyboard.press('Enter');
  await hand('Power on').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Power on', 'the focus stays');
  await item(/^Node node-1, Ready, .*machine off$/).waitFor({ state: 'attached' });
  const off = await seconds(page);
  await speed.selectOption({ label: '50×' });
  await item(/^Node node-1, NotReady/).waitFor({ state: 'attached' });
  // As kubectl's STATUS has it, everywhere; its conditions say that nobody knows.
  await inspector.locator('.chip', { hasText: /^NotReady$/ }).waitFor();
  await parts(page).region('Stage').locator('svg text', { hasText: /^NotReady$/ }).waitFor({ state: 'attached' });
  await inspector.getByRole('listitem').filter({ hasText: /^Ready Unknown/ }).waitFor();
  assert.ok(await seconds(page) - off < 110, 'it is missed within about a minute');
  await item(/^Pod default\/web-.*, Terminating/).first().waitFor({ state: 'attached' });
  const evicted = await seconds(page) - off;
  assert.ok(evicted > 300 && evicted < 420, `evicted ${evicted} s after it went off`);
  await item(up).waitFor({ state: 'attached' });
  await shot('ownership evicted');
  await select(page, /^Pod default\/web-.*, Terminating/);
  await why(page, 'power off node-1');
}));

test('a machine is cut off and whole again, cordoned and uncordoned, by keyboard', inPage(async ({ page, shot }) => {
  await open(page);
  await parts(page).item(/^Node node-1/).focus();
  await page.keyboard.press('Enter');
  const { inspector, item, speed } = parts(page);
  const hand = async (name, next) => {
    await inspector.getByRole('button', { name, exact: true }).focus();
    await page.keyboard.press('Enter');
    await inspector.getByRole('button', { name: next, exact: true }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), next, 'the focus stays');
  };
  await hand('Cordon', 'Uncordon');
  await item(/^Node node-1, Ready, cordoned, /).waitFor({ state: 'attached' });
  await hand('Uncordon', 'Cordon');
  await hand('Partition', 'Heal');
  await item(/^Node node-1, Ready, .*cut off$/).waitFor({ state: 'attached' });
  await speed.selectOption({ label: '50×' });
  await item(/^Node node-1, NotReady, .*cut off$/).waitFor({ state: 'attached' });
  await speed.selectOption({ label: '1×' });
  await shot('machine cut off');
  await hand('Heal', 'Partition');
  await speed.selectOption({ label: '10×' });
  await item(/^Node node-1, Ready, \d+ of 110 Pods$/).waitFor({ state: 'attached' });
}));

test('what comes, goes and is counted moves, and where nothing moves no frame is asked for', inPage(async ({ page, shot }) => {
  await open(page, { more: rolls });
  await page.waitForTimeout(1_500);
  const frames = async (seconds) => page.evaluate((seconds) => new Promise((resolve) => {
    const ask = globalThis.requestAnimationFrame;
    let asked = 0;
    globalThis.requestAnimationFrame = (then) => { asked += 1; return ask.call(globalThis, then); };
    setTimeout(() => { globalThis.requestAnimationFrame = ask; resolve(asked); }, seconds * 1_000);
  }), seconds);
  assert.equal(await frames(1), 0, 'nothing moves');
  await select(page, up);
  await press(page, 'Set image');
  await by(page, 'form', 'Set image').getByRole('textbox', { name: 'Image' }).fill('demo/web:2');
  await page.evaluate(() => {
    globalThis.seen = {};
    const look = () => {
      const picture = document.querySelector('.own-view');
      const note = (name, is) => { if (is) globalThis.seen[name] = true; };
      note('mark', picture.querySelector('.marked'));
      note('ring', picture.querySelector('.ready-ring'));
      note('fades', [...picture.querySelectorAll('.net-pod[opacity]')].length > 0);
      note('rolls', picture.querySelector('.owner g[opacity] > .count'));
      requestAnimationFrame(look);
    };
    look();
  });
  await page.keyboard.press('Enter');
  await untilSets(page, 2);
  await page.waitForTimeout(150);
  await parts(page).button('Pause').click();
  await shot('ownership moving');
  // Paused it stands, and back it goes.
  const picture = () => page.locator('.owners').first().evaluate((one) => one.outerHTML);
  const before = await picture();
  await page.waitForTimeout(300);
  assert.equal(await picture(), before);
  await parts(page).button('Play').click();
  await page.waitForFunction(() => ['mark', 'ring', 'fades', 'rolls'].every((name) => globalThis.seen[name]), null, { timeout: 60_000 })
    .catch(async () => assert.fail(JSON.stringify(await page.evaluate(() => globalThis.seen))));
}));

test('with reduced motion what comes is there, and nothing is on its way', inPage({ reducedMotion: 'reduce' }, async ({ page }) => {
  await open(page, { more: rolls });
  await select(page, up);
  await press(page, 'Set image');
  await by(page, 'form', 'Set image').getByRole('textbox', { name: 'Image' }).fill('demo/web:2');
  await page.evaluate(() => {
    globalThis.moved = 0;
    new MutationObserver(() => { globalThis.moved += document.querySelectorAll('.owners [opacity], .owners .ready-ring').length; })
      .observe(document.querySelector('.own-view'), { subtree: true, childList: true, attributes: true });
  });
  await page.keyboard.press('Enter');
  await untilSets(page, 2);
  await page.waitForTimeout(2_000);
  assert.equal(await page.evaluate(() => globalThis.moved), 0);
}));

test('Manifest and Terminal fold by button, key and bar, stay so, and come back where something is to be seen there', inPage(async ({ page, shot }) => {
  await open(page);
  const { region, button } = parts(page);
  const folded = page.getByRole('group', { name: 'Folded' });
  const wide = () => stage(page).evaluate((one) => one.clientWidth);
  const before = await wide();
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  await button('Fold Manifest and Terminal').focus();
  await page.keyboard.press('Enter');
  await region('Manifest').waitFor({ state: 'hidden' });
  await region('Terminal').waitFor({ state: 'hidden' });
  assert.equal(await focused(), 'Manifest', 'the focus is on what brings it back');
  assert.ok(await wide() > before + 300);
  await shot('ownership folded');
  assert.deepEqual(await violations(page), []);
  await page.reload();
  await folded.getByRole('button', { name: 'Terminal', exact: true }).focus();
  await page.keyboard.press('Enter');
  await region('Terminal').getByRole('textbox', { name: 'Command' }).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('ControlOrMeta+b');
  await region('Terminal').waitFor({ state: 'hidden' });
  assert.equal(await focused(), 'Manifest');
  await page.keyboard.press('ControlOrMeta+b');
  await region('Manifest').waitFor();
  await page.getByRole('separator', { name: 'Width of Manifest' }).focus();
  await page.keyboard.press('Enter');
  await region('Manifest').waitFor({ state: 'hidden' });
  // A line of the text is to be seen.
  await select(page, up);
  await why(page, 'apply web');
  await parts(page).inspector.getByRole('button', { name: /^Show line \d+$/ }).click();
  await region('Manifest').waitFor();
}));

test('on a phone nothing folds', inPage(phone, async ({ page }) => {
  await panel(page, 'Manifest');
  assert.equal(await parts(page).button('Fold Manifest and Terminal').count(), 0);
  await page.keyboard.press('ControlOrMeta+b');
  await parts(page).region('Manifest').waitFor();
}));

for (const colorScheme of ['light', 'dark']) {
  for (const device of ['desktop', 'phone']) {
    const options = { colorScheme, ...(device === 'phone' ? phone : {}) };
    test(`axe finds nothing in the Ownership view in the ${colorScheme} on a ${device}`, inPage(options, async ({ page, shot }) => {
      const narrow = device === 'phone';
      if (narrow) await panel(page, 'Stage');
      await by(page, 'tab', 'Ownership').click();
      await stage(page).getByText('Nothing owns a Pod yet.').waitFor();
      assert.deepEqual(await violations(page), []);
      await open(page, { narrow, more: rolls });
      await press(page, 'Set image');
      await by(page, 'form', 'Set image').getByRole('textbox', { name: 'Image' }).fill('demo/web:2');
      assert.deepEqual(await violations(page), []);
      await page.keyboard.press('Enter');
      await untilSets(page, 2);
      await page.waitForTimeout(1_500);
      await shot(`ownership ${colorScheme} ${device}`);
      assert.deepEqual(await violations(page), []);
      const wide = await page.evaluate(() => document.querySelector('.own-view').scrollWidth <= document.querySelector('.own-view').clientWidth);
      assert.ok(wide, 'nothing scrolls sideways');
    }));
  }
}
