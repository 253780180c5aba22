//! With a thumb: nothing lies over what is offered, nothing is out of sight to the side, and a turned phone is drawn anew.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { inPage } from './support.mjs';
import { openLarge } from './large.mjs';
import { apply, helloPod, parts } from './roles.mjs';

const upright = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const sideways = { ...upright, viewport: { width: 844, height: 390 } };
const pod = (name, cpu, more = '') => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
${more}  containers:
    - name: importer
      image: demo/web:1
      resources: {requests: {cpu: ${cpu}}}
`;
const batch = [...[1, 2, 3].map((n) => pod(`used-${n}`, '1100m', `  nodeName: node-${n}\n`)), pod('batch', '1200m')].join('---\n');

/** To a panel. */
const go = (page, name) => page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name, exact: true }).tap();

/** A Pod that no node takes, selected. */
async function waiting(page) {
  await go(page, 'Manifest');
  await apply(page, batch);
  await go(page, 'Stage');
  const item = parts(page).item(/^Pod default\/batch, Pending, .*Insufficient cpu/);
  await item.focus();
  await page.keyboard.press('Enter');
}

/** What scrolls sideways, but for tables in a region of their own. */
const sidewards = (page) => page.evaluate(() => [...document.querySelectorAll('*')]
  .filter((node) => node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 1 && !node.matches('[role=region]')
    && ['auto', 'scroll'].includes(getComputedStyle(node).overflowX))
  .map((node) => `${node.tagName} ${node.className}: ${node.scrollWidth} in ${node.clientWidth}`));

for (const [held, options] of [['upright', upright], ['sideways', sideways]]) {
  test(`held ${held}, what would make a Pod fit is reached and done`, inPage(options, async ({ page, shot }) => {
    await waiting(page);
    await go(page, 'Details');
    await parts(page).inspector.getByRole('button', { name: 'Why no node?' }).tap();
    await page.getByText('Smallest changes first.').waitFor();
    const offer = page.getByRole('list', { name: 'What would make it fit?' }).getByRole('listitem').last();
    const show = offer.getByRole('button', { name: 'Show edit' });
    await show.waitFor();
    // A tap waits until nothing else takes it, and would scroll by itself: here a thumb does.
    await page.locator('.scheduling').evaluate((view) => { view.scrollTop = view.scrollHeight; });
    await shot(`offers ${held}`);
    const is = await show.boundingBox();
    const hit = await page.evaluate(([x, y]) => document.elementFromPoint(x, y)?.innerText, [is.x + is.width / 2, is.y + is.height / 2]);
    assert.equal(hit, 'Show edit', 'nothing lies over it');
    assert.ok(is.height >= 44 && is.width >= 44, `${is.width} × ${is.height}`);
    await show.tap();
    await offer.getByRole('button', { name: 'Do it' }).tap();
    await parts(page).item(/^Pod default\/batch, Running, 1 of 1 ready$/).waitFor();
  }));
}

test('what is selected and isn’t what the Scheduling view is about still has its sheet', inPage(upright, async ({ page }) => {
  await waiting(page);
  await page.getByRole('tab', { name: 'Scheduling' }).tap();
  await page.getByRole('table', { name: 'Filters' }).waitFor();
  await parts(page).inspector.waitFor({ state: 'hidden' });
  await parts(page).item(/^Node node-2/).focus();
  await page.keyboard.press('Enter');
  await parts(page).inspector.getByRole('heading', { name: 'Node node-2' }).waitFor();
}));

for (const viewport of [upright.viewport, sideways.viewport, { width: 360, height: 640 }, { width: 320, height: 568 }]) {
  const { width, height } = viewport;
  test(`at ${width} × ${height} nothing scrolls sideways and a thumb finds every tool`, inPage({ ...upright, viewport }, async ({ page, shot }) => {
    await waiting(page);
    const stage = parts(page).region('Stage');
    const tools = { Machines: ['Add host', 'Add node', 'Remove', 'Fit'], Scheduling: ['Add host', 'Add node', 'Remove'] };
    for (const [view, names] of Object.entries(tools)) {
      await stage.getByRole('tab', { name: view }).tap();
      await stage.getByRole('tabpanel', { name: view }).waitFor();
      await shot(`tools ${view} ${width}`);
      assert.deepEqual(await sidewards(page), []);
      for (const name of names) {
        const box = await stage.getByRole('button', { name, exact: true }).boundingBox();
        assert.ok(box.x >= 0 && box.x + box.width <= width, `${name} is from ${box.x} on, ${box.width} wide`);
        assert.ok(box.width >= 44 && box.height >= 44, `${name} is ${box.width} × ${box.height}`);
      }
    }
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    for (const panel of ['Manifest', 'Details']) {
      await go(page, panel);
      assert.deepEqual((await sidewards(page)).filter((what) => !/cm-scroller|yaml/.test(what)), []);
    }
  }));
}

test('in a table that is wider than the phone, what a row is about stays in sight', inPage(upright, async ({ page, shot }) => {
  await waiting(page);
  await page.getByRole('tab', { name: 'Scheduling' }).tap();
  const table = page.getByRole('region', { name: 'Filters, node by node' });
  const head = table.getByRole('rowheader', { name: /NodeResourcesFit/ });
  await head.scrollIntoViewIfNeeded();
  const before = await head.boundingBox();
  const scrolled = await table.evaluate((node) => { node.scrollLeft = 10_000; return node.scrollLeft; });
  assert.ok(scrolled > 50, 'there is more than is seen');
  await shot('table scrolled');
  const after = await head.boundingBox();
  assert.ok(Math.abs(after.x - before.x) < 1, `it was at ${before.x}, it is at ${after.x}`);
  const last = await table.getByRole('columnheader', { name: /node-3/ }).boundingBox();
  assert.ok(last.x >= after.x + after.width - 1, 'and lies over no last column');
  const above = await page.evaluate(([x, y]) => document.elementFromPoint(x, y)?.closest('th')?.innerText, [after.x + 20, after.y + after.height / 2]);
  assert.match(above, /NodeResourcesFit/, 'nothing shines through it');
}));

test('turned, a picture that was looked at closely is laid out anew, and all of it is seen', inPage(upright, async ({ page }) => {
  await go(page, 'Manifest');
  await apply(page, helloPod);
  await go(page, 'Stage');
  await parts(page).item(/^Pod default\/hello-pod, Running, 1 of 1 ready/).focus();
  for (const key of ['+', '+', '+']) await page.keyboard.press(key);
  const seen = () => page.locator('svg.picture > g').getAttribute('transform');
  const close = await seen();
  await page.setViewportSize(sideways.viewport);
  await page.waitForTimeout(1000);
  const turned = await seen();
  assert.notEqual(turned, close);
  await parts(page).region('Stage').getByRole('button', { name: 'Fit', exact: true }).tap();
  await page.waitForTimeout(300);
  assert.equal(await seen(), turned);
}));

test('turned, a large cluster is drawn as one that was opened so', inPage(upright, async ({ page, url, shot }) => {
  await openLarge(page, url, { nodes: 60, pods: 200 });
  const drawn = async () => {
    await page.getByRole('combobox', { name: 'Shade' }).waitFor();
    await page.getByText(/^Replaying/).waitFor({ state: 'detached', timeout: 60_000 });
    await page.waitForTimeout(2000);
    return page.locator('canvas').evaluate((canvas) => canvas.toDataURL());
  };
  const before = await drawn();
  await page.setViewportSize(sideways.viewport);
  const turned = await drawn();
  await shot('turned large');
  assert.notEqual(turned, before);
  await page.reload();
  assert.ok(await drawn() === turned, 'the same as after a reload');
}));
