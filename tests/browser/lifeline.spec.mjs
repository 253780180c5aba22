//! A Pod's life, by keyboard and in words: the moments that decided it as frames, and all of it as a list.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { apply, duo, parts, seconds } from './roles.mjs';

const missing = duo.replace('demo/slow:1', 'demo/slow:none');
const loops = `apiVersion: v1
kind: Pod
metadata:
  name: duo
spec:
  containers:
    - name: first
      image: demo/web:1
      resources: {requests: {cpu: 100m}}
    - name: second
      image: busybox:1.36
      command: ["sh", "-c", "sleep 2; exit 3"]
      resources: {requests: {cpu: 50m}}
`;

/** Applies a Pod, waits for its tree item, and opens the Pod view on one of its three, by keyboard. */
async function open(page, manifest, item, show) {
  const there = async (name) => {
    const tab = page.getByRole('navigation').getByRole('button', { name, exact: true });
    if (await tab.isVisible()) await tab.click();
  };
  await parts(page).tree.waitFor({ state: 'attached' });
  await there('Manifest');
  await apply(page, manifest);
  await there('Stage');
  await parts(page).item(item).waitFor({ timeout: 60_000 });
  await parts(page).item(/^Pod default\/duo/).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Machines' }).focus();
  await page.keyboard.press('ArrowRight');
  await choose(page, show);
}

/** Goes to a choice of "Show", by keyboard. */
async function choose(page, show) {
  const choices = page.getByRole('radiogroup', { name: 'Show' });
  const chosen = choices.getByRole('radio', { checked: true });
  await chosen.focus();
  for (let i = 0; i < 3 && !await choices.getByRole('radio', { name: show }).isChecked(); i += 1) {
    const before = await chosen.innerText();
    await page.keyboard.press('ArrowRight');
    await chosen.filter({ hasNotText: before }).waitFor(); // the next key is for the choice that is shown then
  }
  assert.ok(await choices.getByRole('radio', { name: show }).isChecked());
}

const frames = (page) => page.getByRole('list', { name: 'Frames' }).getByRole('listitem');
const headings = (page) => page.getByRole('list', { name: 'Frames' }).getByRole('heading').allInnerTexts();
const moments = (page) => page.getByRole('list', { name: 'Moments' }).getByRole('button');
const current = (page, list) => page.getByRole('list', { name: list }).locator('[aria-current]');

/** As the page writes a moment: t+3.2 s. */
const shown = async (page) => `t+${(await seconds(page)).toFixed(1)} s`;

test('a Pod of two is one unit in five frames, and each leads to its moment', inPage(async ({ page, shot }) => {
  await open(page, duo, /^Pod default\/duo, Running, 2 of 2 ready/, 'Film strip');
  assert.deepEqual(await headings(page), ['One unit, no node', 'Bound whole', 'Sandbox, then images',
    'Half ready is not Ready', 'Ready, in service']);
  assert.match(await rows(page).last().innerText(), /^The whole Pod\s+nothing\s+3 of 3 nodes: node-1, node-2, node-3$/);
  await page.getByText(/^One by one, they could have gone to different nodes\. A Pod is one decision: all of it went to node-\d\.$/).waitFor();
  const half = frames(page).nth(3);
  const at = /t\+[\d.]+ s/.exec(await half.innerText())[0];
  await half.getByRole('button').focus();
  await page.keyboard.press('Enter');
  await parts(page).item(/^Pod default\/duo, Running, 1 of 2 ready/).waitFor();
  assert.equal(await shown(page), at);
  assert.equal(await current(page, 'Frames').innerText(), 'Half ready is not Ready');
  await page.getByText('All ready? No: second not ready. Ready False.').waitFor({ state: 'attached' });
  await shot('film-strip');
  // What was lived after it is still there; arrows walk.
  assert.equal(await frames(page).count(), 5);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await parts(page).item(/^Pod default\/duo, Pending, 0 of 2 ready/).waitFor();
  await parts(page).item(/^Container first, Waiting/).waitFor();
  assert.equal(await current(page, 'Frames').innerText(), 'Sandbox, then images');
  await parts(page).time.press('End');
  await page.getByText('All ready? Yes: Ready True.').waitFor({ state: 'attached' });
}));

const rows = (page) => page.getByRole('table', { name: 'One by one' }).getByRole('row');

test('one by one its containers would find nodes, and what the Pod finds is said beside it', inPage(async ({ page, shot }) => {
  await open(page, loops.replace(/cpu: \d+m/g, 'cpu: 1500m'), /^Pod default\/duo, Pending, 0 of 2 ready, .*Insufficient cpu/, 'Film strip');
  const told = await rows(page).allInnerTexts();
  const cells = told.map((row) => row.split(/\s*[\t\n]\s*/).join(' | '));
  assert.deepEqual(cells, [
    'Placed alone | Asks for | Nodes that would take it',
    'first | 1500m CPU | 3 of 3 nodes: node-1, node-2, node-3',
    'second | 1500m CPU | 3 of 3 nodes: node-1, node-2, node-3',
    'The whole Pod | 3 CPU | none of 3 nodes',
  ]);
  const lens = page.getByRole('region', { name: 'One by one, or whole?' });
  await lens.getByText('Together they find none, so none of them is placed').waitFor();
  await lens.getByRole('button').scrollIntoViewIfNeeded();
  await shot('film-strip-one-by-one');
}));

for (const [kind, options] of [['', {}], [' on a phone in the dark', { colorScheme: 'dark', viewport: { width: 390, height: 844 }, hasTouch: true }]]) {
  test(`a Service leaves the half ready Pod out, and takes it up whole${kind}`, inPage(options, async ({ page, shot }) => {
    const labelled = duo.replace('  name: duo\n', '  name: duo\n  labels: {app: duo}\n');
    await open(page, `${labelled}---
apiVersion: v1
kind: Service
metadata: {name: front}
spec: {selector: {app: duo}, ports: [{port: 80}]}
`, /^Pod default\/duo, Running, 2 of 2 ready/, 'Film strip');
    const said = (heading) => frames(page).filter({ has: page.getByRole('heading', { name: heading }) }).getByText(/^Service front: /);
    await said('Bound whole').filter({ hasText: /: no endpoint$/ }).waitFor({ state: 'attached' });
    await said('Half ready is not Ready').filter({ hasText: /: no endpoint, ready: false [\d.]+ (µs|ms) later$/ }).waitFor({ state: 'attached' });
    await said('Ready, in service').filter({ hasText: /: ready: false, ready: true [\d.]+ (µs|ms) later$/ }).waitFor({ state: 'attached' });
    await page.getByText('Service front: ready: true; 1 ready endpoint.').waitFor({ state: 'attached' });
    await shot(`in-service${kind}`);
    await frames(page).nth(3).getByRole('button').focus();
    await page.keyboard.press('Enter');
    await page.getByText('Service front: ready: true; 1 ready endpoint.').waitFor({ state: 'detached' });
    await shot(`half-in-service${kind}`);
    await choose(page, 'Life line');
    await moments(page).filter({ hasText: 'Service front: ready: true' }).waitFor({ state: 'attached' });
    assert.deepEqual(await violations(page), []);
    await shot(`life-line-in-service${kind}`);
  }));
}

test('one missing image keeps the whole Pod out', inPage(async ({ page, shot }) => {
  await open(page, missing, /^Pod default\/duo, Pending, 1 of 2 ready, (ErrImagePull|ImagePullBackOff)/, 'Film strip');
  const frame = frames(page).filter({ hasText: 'One missing image keeps the whole Pod out' });
  await frame.getByText('second waits, ErrImagePull. READY 1/2').waitFor();
  await frame.getByText('phase Pending').waitFor();
  await frame.getByText('STATUS ErrImagePull').waitFor();
  assert.ok(!(await headings(page)).includes('Ready, in service'));
  await shot('film-strip-missing');
}));

test('a life is a list that is walked through by keyboard, and its end is told', inPage(async ({ page, shot }) => {
  await open(page, duo, /^Pod default\/duo, Running, 2 of 2 ready/, 'Life line');
  const words = await moments(page).allInnerTexts();
  const has = (pattern) => assert.ok(words.some((text) => pattern.test(text)), `${pattern}: ${words.join('\n')}`);
  [/created/, /bound to node-\d, PodScheduled True/, /first: Pulling image "demo\/web:1"/, /phase Running/, /Ready True/].forEach(has);
  // One tab stop: the moment that is shown.
  await current(page, 'Moments').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => /bound to/.test(document.querySelector('ol [aria-current]')?.textContent ?? ''));
  assert.equal(await shown(page), /t\+[\d.]+ s/.exec(words[1])[0]);
  await parts(page).item(/^Pod default\/duo, Pending, 0 of 2 ready/).waitFor();
  await shot('life-line');
  // A pointer finds it again in the drawing, which stays as it is while nothing is lived.
  const then = await page.locator('.chart .playhead').boundingBox();
  const bound = await shown(page);
  await parts(page).time.focus();
  for (let i = 0; i < 20; i += 1) await page.keyboard.press('ArrowRight');
  await page.waitForFunction((time) => document.querySelector('[role=slider][aria-label=Time]').getAttribute('aria-valuetext') !== time, bound);
  await page.mouse.click(then.x + then.width / 2, then.y + then.height / 2);
  // A bar that begins beside it is meant as well: another tenth, where both are near its edge.
  await page.waitForFunction((time) => {
    const [there, wanted] = [document.querySelector('[role=slider][aria-label=Time]').getAttribute('aria-valuetext'), time].map((text) => Number(/[\d.]+/.exec(text)[0]));
    return Math.abs(there - wanted) < 0.15;
  }, bound);
  await parts(page).button('Go to now').click();
  await parts(page).button('Delete').click();
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('10×');
  await moments(page).filter({ hasText: 'deleted' }).waitFor({ timeout: 60_000 });
  await choose(page, 'Film strip');
  assert.deepEqual((await headings(page)).slice(-2), ['Stopped as one', 'Gone whole']);
}));

test('a crash loop of minutes is drawn in windows', inPage(async ({ page, shot }) => {
  await open(page, loops, /^Pod default\/duo, Running, 1 of 2 ready, (Error|CrashLoopBackOff)/, 'Life line');
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('100×');
  await parts(page).item(/^Container second, .*, [4-9] restarts$/).waitFor({ timeout: 60_000 });
  await parts(page).button('Pause').click();
  await page.getByText(/changes are too close together/).waitFor();
  await shot('life-line-loop');
  await page.getByRole('combobox', { name: 'Window' }).selectOption('10 seconds');
  await page.getByText(/changes are too close together/).waitFor({ state: 'detached' });
  await choose(page, 'Film strip');
  await frames(page).filter({ hasText: 'A crash loop, in place' }).getByText(/second ended with exit 3, again, after 1 restart/).waitFor();
  await frames(page).filter({ hasText: '100m + 50m = 150m CPU' }).waitFor();
}));

for (const colorScheme of ['light', 'dark']) {
  for (const [device, viewport] of [['desktop', { width: 1440, height: 900 }], ['phone', { width: 390, height: 844 }]]) {
    test(`axe finds nothing in a life in the ${colorScheme} on a ${device}, and nothing scrolls sideways`, inPage({ colorScheme, viewport, hasTouch: device === 'phone' }, async ({ page, shot }) => {
      await open(page, duo, /^Pod default\/duo, Running, 2 of 2 ready/, 'Film strip');
      for (const show of ['Film strip', 'Life line']) {
        await choose(page, show);
        await shot(`${show} ${colorScheme} ${device}`);
        assert.deepEqual(await violations(page), []);
        const sideways = await page.evaluate(() => [document.documentElement, document.querySelector('.pod-view')]
          .filter((part) => part.scrollWidth > part.clientWidth).length);
        assert.equal(sideways, 0);
      }
    }));
  }
}
