//! Anything is found by a few letters, from the keyboard; and the tree works alike however many Pods there are.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { openLarge, web } from './large.mjs';
import { inPage } from './support.mjs';
import { apply, duo, helloPod, parts, richEditor } from './roles.mjs';

const box = (page) => page.getByRole('combobox', { name: 'Find a Pod, node or label' });
const options = (page) => page.getByRole('listbox', { name: 'Found' }).getByRole('option');
const said = (page, pattern) => page.getByRole('status').filter({ hasText: pattern }).waitFor({ state: 'attached' });
const lonely = helloPod.replace('hello-pod', 'lonely').replace('spec:', 'spec:\n  nodeSelector: {disk: none}');

const focused = (page) => page.evaluate(() => {
  const here = document.activeElement;
  return `${here.getAttribute('role') ?? here.tagName} ${here.getAttribute('aria-label') ?? here.innerText.slice(0, 60)}`;
});
async function untilFocused(page, pattern) {
  for (let tries = 0; !pattern.test(await focused(page)); tries += 1) {
    assert.ok(tries < 80, `the focus is on ${await focused(page)}`);
    await page.waitForTimeout(50);
  }
}

test('/ finds by name, label, node and reason; Enter selects it everywhere, Escape goes back', inPage(async ({ page, shot }) => {
  await richEditor(page);
  await apply(page, `${helloPod.replace('hello-pod', 'hello-pod\n  labels: {tier: front}')}---\n${duo}---\n${lonely}`);
  await parts(page).item(/^Pod default\/lonely, Pending, 0 of 1 ready, 3 node/).waitFor({ state: 'attached' });
  await parts(page).item(/^Node node-2/).focus();
  await page.keyboard.press('/');
  await untilFocused(page, /^combobox /);
  assert.equal(await box(page).inputValue(), '', 'the key itself is not typed');
  await page.keyboard.type('o');
  await options(page).first().waitFor();
  for (const [text, expected] of [
    ['hello', [/^Pod default\/hello-pod/]],
    ['default/', [/default\/duo/, /default\/hello-pod/, /default\/lonely/]],
    ['tier=front', [/hello-pod.*tier=front/s]],
    ['tier', [/hello-pod.*tier=front/s]],
    ['node-3', [/^Node node-3/, ...[]]],
    ["didn't match", [/lonely.*didn't match/s]],
    ['host', [/^Host host-1/, /^Host host-2/]],
  ]) {
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type(text);
    await page.waitForFunction(([first]) => new RegExp(first, 's').test(document.querySelector('[role=option]')?.textContent ?? ''), [expected[0].source]);
    const found = await options(page).allInnerTexts();
    for (const [at, pattern] of expected.entries()) assert.match(found[at], pattern, text);
  }
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('nowhere');
  await said(page, /^Nothing found/);
  await page.keyboard.press('Escape');
  await untilFocused(page, /^treeitem Node node-2/);
  assert.equal(await box(page).inputValue(), '');
  await page.keyboard.press('/');
  await page.keyboard.type('default');
  await said(page, /^3 found/);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await options(page).last().and(page.getByRole('option', { selected: true })).waitFor(); // it goes round
  assert.equal(await box(page).getAttribute('aria-activedescendant'), await options(page).last().getAttribute('id'));
  await shot('found');
  await page.keyboard.press('Enter');
  await untilFocused(page, /^treeitem Pod default\/lonely/);
  await parts(page).inspector.getByRole('heading', { name: /lonely/ }).waitFor();
  assert.equal(await parts(page).item(/^Pod default\/lonely/).getAttribute('aria-selected'), 'true');
}));

test('letters typed in the tree go to a name, and do nothing else', inPage(async ({ page }) => {
  const { item } = parts(page);
  await item(/^Unscheduled/).focus();
  const zoom = page.getByRole('button', { name: /^Zoom to 100 %/ });
  const before = await zoom.getAttribute('aria-label');
  await page.keyboard.type('node-2');
  await untilFocused(page, /^treeitem Node node-2/);
  assert.equal(await zoom.getAttribute('aria-label'), before, 'a - in a name is no zoom');
  await page.waitForTimeout(1100);
  await page.keyboard.type('hh');
  await untilFocused(page, /^treeitem Host host-1/);
  await page.waitForTimeout(1100);
  await page.keyboard.press('-');
  await page.waitForFunction((before) => !document.querySelector(`[aria-label="${before}"]`), before);
}));

test('in a text field / is a letter', inPage(async ({ page }) => {
  await richEditor(page);
  await parts(page).editor.focus();
  await page.keyboard.type('#/');
  assert.match(await page.evaluate(() => globalThis.podarium.manifest()), /#\//);
  assert.doesNotMatch(await focused(page), /^combobox/);
}));

test('nothing selected: the inspector sums the cluster up, and asks why', inPage(async ({ page }) => {
  const { inspector } = parts(page);
  await inspector.getByRole('heading', { name: '3 nodes, 0 Pods' }).waitFor();
  await richEditor(page);
  await apply(page, `${helloPod}---\n${lonely}`);
  await inspector.getByRole('heading', { name: '3 nodes, 2 Pods' }).waitFor();
  await inspector.getByText('The Pending one has no node.').waitFor();
  await inspector.getByRole('button', { name: 'Why?' }).focus();
  await page.keyboard.press('Enter');
  await inspector.getByRole('heading', { name: /lonely/ }).waitFor();
  assert.equal(await page.getByRole('tab', { name: 'Scheduling' }).getAttribute('aria-selected'), 'true');
}));

test('what fails needs a look, and a button selects it', inPage(async ({ page }) => {
  const { inspector } = parts(page);
  await richEditor(page);
  await apply(page, helloPod.replace('demo/web:1', 'demo/web:bad'));
  const look = inspector.getByRole('region', { name: 'Needs a look' }).getByRole('button', { name: /^hello-ctr in hello-pod/ });
  await look.focus();
  await page.keyboard.press('Enter');
  await inspector.getByRole('heading', { name: 'Container hello-ctr' }).waitFor();
}));

for (const colorScheme of ['light', 'dark']) {
  for (const [device, viewport] of [['desktop', { width: 1440, height: 900 }], ['tablet', { width: 1024, height: 768 }], ['phone', { width: 390, height: 844 }]]) {
    test(`axe finds nothing in what was found, ${colorScheme}, ${device}`, inPage({ colorScheme, viewport, hasTouch: device === 'phone' }, async ({ page, shot }) => {
      const go = (name) => page.getByRole('navigation').getByRole('button', { name, exact: true }).click();
      await parts(page).tree.waitFor({ state: 'attached' });
      if (device === 'phone') await go('Manifest');
      await richEditor(page);
      await apply(page, `${helloPod}---\n${lonely}`);
      if (device === 'phone') await go('Stage');
      await parts(page).item(/^Pod default\/hello-pod, Running/).waitFor({ state: 'attached' });
      await parts(page).item(/^Node node-2/).focus();
      await page.keyboard.press('/');
      await untilFocused(page, /^combobox /);
      assert.deepEqual(await violations(page), []);
      await page.keyboard.type('default');
      await options(page).nth(1).waitFor();
      await page.keyboard.press('ArrowDown');
      await shot(`found ${colorScheme} ${device}`);
      assert.deepEqual(await violations(page), []);
      await page.keyboard.press('Escape');
      await untilFocused(page, /^treeitem Node node-2/);
    }));
  }
}

test('in a large cluster Nodes begin closed, and the tree works by keyboard alone', inPage(async ({ page, url, shot }) => {
  const pod = (number, nodes) => number === 700 ? lonely : web(number, nodes);
  await openLarge(page, url, { nodes: 400, pods: 701, pod });
  const { item, inspector } = parts(page);
  const rows = () => page.locator('[role=treeitem]').count();
  await inspector.getByRole('heading', { name: '400 nodes, 701 Pods' }).waitFor({ timeout: 60_000 });
  await page.getByRole('slider', { name: 'Time' }).focus();
  await page.keyboard.press('Space');
  await inspector.getByText('700', { exact: true }).waitFor({ timeout: 60_000 });
  assert.ok(await rows() < 300, `${await rows()} items are in the page`);
  await item(/^Unscheduled, 1 Pod/).focus();
  assert.equal(await item(/^Unscheduled/).getAttribute('aria-expanded'), 'false');
  await page.keyboard.press('Enter');
  await item(/^Pod default\/lonely, Pending/).waitFor({ state: 'attached' });
  await page.keyboard.press('End');
  await untilFocused(page, /^treeitem Node node-399, /);
  await page.keyboard.press('ArrowUp');
  await untilFocused(page, /^treeitem Node node-396, /);
  assert.equal(await item(/^Node node-396, /).getAttribute('aria-setsize'), '133');
  assert.equal(await item(/^Node node-396, /).getAttribute('aria-posinset'), '132');
  await page.keyboard.press('PageUp');
  await untilFocused(page, /^treeitem Node node-336, /);
  await page.keyboard.press('Home');
  await untilFocused(page, /^treeitem Unscheduled/);
  await page.keyboard.type('node-123');
  await untilFocused(page, /^treeitem Node node-123, Ready, 2 of 110 Pods/);
  assert.equal(await item(/^Node node-123, /).getAttribute('aria-expanded'), 'false');
  await page.keyboard.press('ArrowRight');
  await page.getByRole('treeitem', { name: /^Node node-123, /, expanded: true }).waitFor();
  await page.keyboard.press('ArrowRight');
  await untilFocused(page, /^treeitem Pod default\/web-00122, Running, 1 of 1 ready/);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await untilFocused(page, /^treeitem Node node-123/);
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('treeitem', { name: /^Node node-123, /, expanded: false }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('app=web');
  await said(page, /^350 found/);
  assert.equal(await options(page).count(), 50);
  await inspector.getByText('and 300 more').waitFor();
  await shot('large found');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('web-00388');
  await options(page).filter({ hasText: 'web-00388' }).waitFor();
  await page.keyboard.press('Enter');
  await untilFocused(page, /^treeitem Pod default\/web-00388/);
  assert.equal(await item(/^Pod default\/web-00388/).getAttribute('aria-selected'), 'true');
  assert.equal(await item(/^Node node-389, /).getAttribute('aria-expanded'), 'true');
  await inspector.getByRole('heading', { name: /web-00388/ }).waitFor();
  assert.ok(await rows() < 300, `${await rows()} items are in the page`);
  assert.deepEqual(await violations(page), []);
}));
