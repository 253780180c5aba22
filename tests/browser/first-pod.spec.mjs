//! The main job: a manifest typed or pasted becomes a Pod that is seen coming alive.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { inPage } from './support.mjs';
import { apply, duo, helloPod, helloPodJson, parts, richEditor, text, watchPods, write } from './roles.mjs';

const ready = /^Pod default\/hello-pod, Running, 1 of 1 ready$/;

test('hello-pod in YAML becomes Ready', inPage(async ({ page, shot }) => {
  await apply(page, helloPod);
  await parts(page).item(ready).waitFor();
  await parts(page).item(/^Container hello-ctr, Running, ready, 0 restarts/).waitFor();
  await shot('hello-pod light');
}));

test('hello-pod in JSON becomes Ready', inPage({ colorScheme: 'dark' }, async ({ page, shot }) => {
  await apply(page, helloPodJson);
  await parts(page).item(ready).waitFor();
  await shot('hello-pod dark');
}));

for (const [name, manifest] of [['YAML', helloPod], ['JSON', helloPodJson]]) {
  test(`${name} typed character by character arrives exactly as typed`, inPage(async ({ page }) => {
    await richEditor(page);
    await write(page, '');
    for (const character of manifest) {
      await page.keyboard.press(character === '\n' ? 'Enter' : character === ' ' ? 'Space' : character);
    }
    assert.equal(await text(page), manifest);
    await page.keyboard.press('ControlOrMeta+Enter');
    await parts(page).item(ready).waitFor();
  }));
}

test('what is typed before the rich editor arrives is kept, with the caret', inPage({
  before: (page) => page.route('**/editor*.js', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await route.continue();
  }),
}, async ({ page }) => {
  const { editor } = parts(page);
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('kind: Pod');
  await richEditor(page);
  await page.keyboard.type(' # and on');
  assert.equal(await text(page), 'kind: Pod # and on');
}));

test('a Pod is deployed whole: Pending until all run, Ready only when all are', inPage(async ({ page, shot }) => {
  await write(page, duo);
  const seen = watchPods(page, /^Pod default\/duo/, /^Pod default\/duo, Running, 2 of 2 ready$/);
  await page.keyboard.press('ControlOrMeta+Enter');
  await parts(page).item(/^Container first, Running, ready/).waitFor();
  await shot('one of two pulls');
  await parts(page).item(/^Pod default\/duo, Running, 1 of 2 ready/).waitFor();
  await shot('one of two ready');
  const names = await seen;
  const steps = names.map((name) => /, (\w+), (\d) of 2 ready/.exec(name)?.slice(1).join(' '));
  assert.ok(steps.some((step) => step === 'Pending 0'), names.join('\n'));
  assert.ok(steps.includes('Running 1'), names.join('\n'));
  assert.equal(steps.at(-1), 'Running 2');
  for (const step of steps) assert.ok(['Pending 0', 'Pending 1', 'Running 1', 'Running 2'].includes(step), step);
  const order = ['Pending 0', 'Pending 1', 'Running 1', 'Running 2'];
  const ranks = steps.map((step) => order.indexOf(step));
  assert.deepEqual(ranks, [...ranks].sort(), 'it never goes back');
}));

test('other kinds are stored, listed and said not to be simulated yet', inPage(async ({ page }) => {
  await apply(page, `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: colours
rules: []
`);
  await parts(page).item(/^Role default\/colours.*, not simulated yet$/).waitFor();
}));

test('a line lights the shape that it made, and a shape its lines', inPage(async ({ page, shot }) => {
  await richEditor(page);
  await apply(page, duo);
  await parts(page).item(/^Pod default\/duo, Running/).waitFor();
  const line = (text) => page.locator('.cm-line').filter({ hasText: text });
  const lit = page.locator('svg .lit');
  await page.keyboard.press('ControlOrMeta+Home');
  await page.waitForFunction(() => document.querySelectorAll('[data-pod] > .lit').length === 1);
  const whole = await lit.boundingBox();
  await line('demo/web:1').hover();
  await page.waitForFunction((height) => document.querySelector('svg .lit').getBoundingClientRect().height < height, whole.height);
  await shot('a line lights its container');
  assert.equal(await page.locator('.cm-line.lit').count(), 0, 'the line itself is not what is looked at');
  await page.locator('[data-container=second]').hover();
  await line('demo/slow:1').and(page.locator('.lit')).waitFor();
  assert.equal(await line('demo/web:1').and(page.locator('.lit')).count(), 0);
  await parts(page).region('Timeline').hover();
  await page.waitForFunction(() => document.querySelectorAll('[data-pod] > .lit').length === 1);
  assert.equal(await page.locator('.cm-line.lit').count(), 0);
}));

test('a new cluster is seen whole, however crowded the one before was', inPage(async ({ page }) => {
  await richEditor(page); // by then the picture has its size
  const zoom = () => page.getByRole('button', { name: /^Zoom to 100 %, now \d+ %$/ }).innerText();
  const until = async (wanted) => {
    for (let tries = 0; !wanted(await zoom()); tries += 1) {
      assert.ok(tries < 100, `it stays at ${await zoom()}`);
      await page.waitForTimeout(50);
    }
  };
  const before = await zoom();
  const crowd = Array.from({ length: 60 }, (_, number) => helloPod.replace('hello-pod', `p${number}`)).join('---\n');
  await apply(page, crowd);
  await until((text) => parseInt(text, 10) < parseInt(before, 10));
  await page.getByRole('button', { name: 'New cluster' }).click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Enter');
  await until((text) => text === before);
}));
