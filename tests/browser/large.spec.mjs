//! A large cluster is one picture at every depth: heat, then Pods, then everything, on a canvas from afar and thing by
//! thing from near; what it shows is said by the tree and counted in words.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { openLarge, web } from './large.mjs';
import { inPage } from './support.mjs';
import { parts } from './roles.mjs';

const NODES = 120;
const place = (page) => page.getByRole('navigation', { name: 'Place' });
const shade = (page) => page.getByRole('combobox', { name: 'Shade' });
/** Pods that are drawn thing by thing. */
const drawn = (page) => page.locator('[data-pod]').count();

/** Each eighth Pod fits nowhere; nothing fails. */
const pod = (number, nodes) => (number % 8 ? web(number, nodes)
  : web(number, nodes).replace(/nodeName.*/, 'nodeSelector: {disk: none}'));

async function open(page, url) {
  await openLarge(page, url, { nodes: NODES, pods: 480, pod });
  await place(page).waitFor({ timeout: 60_000 });
  await painted(page);
}

/** The canvas shows something; what, as one number. A worker draws it, so that it is read off a copy. */
async function painted(page) {
  const read = () => page.evaluate(() => {
    const canvas = document.querySelector('canvas');
    const copy = new OffscreenCanvas(canvas.clientWidth, canvas.clientHeight).getContext('2d');
    copy.drawImage(canvas, 0, 0, canvas.clientWidth, canvas.clientHeight);
    const { data } = copy.getImageData(0, 0, canvas.clientWidth, canvas.clientHeight);
    let sum = 0;
    for (let at = 0; at < data.length; at += 4) sum = (sum * 31 + data[at] + 256 * data[at + 1] + 7 * data[at + 3]) % 2_147_483_647;
    return sum;
  });
  // It is what it is once it has been the same for a while.
  let [last, since] = [0, Date.now()];
  while (last === 0 || Date.now() - since < 500) {
    const now = await read();
    if (now !== last) [last, since] = [now, Date.now()];
    await page.waitForTimeout(50);
  }
  return last;
}

test('it is drawn from afar by one canvas that only the tree speaks for, and a click there selects', { timeout: 120_000 }, inPage({ expected: /404/ }, async ({ page, url, shot }) => {
  await open(page, url);
  assert.equal(await drawn(page), 0, 'nothing is drawn thing by thing');
  assert.equal(await page.locator('canvas').getAttribute('aria-hidden'), 'true');
  for (const sign of ['cut corner: a Pod', 'dash: a Pod waits', 'bar: node cordoned', 'crossed, dashed: node NotReady']) {
    await parts(page).region('Inspector').getByText(sign).waitFor();
  }
  const box = await page.locator('canvas').boundingBox();
  await shot('large from afar');
  const chosen = page.getByRole('treeitem', { selected: true });
  const name = async () => /^(?:Node|Pod \w+\/) ?(\S+?),/.exec(await chosen.getAttribute('aria-label') ?? '')?.[1];
  // A node's card, wherever it is: the middle is full of them.
  for (let step = 0; step < 12 && !await name().catch(() => {}); step += 1) {
    await page.mouse.click(box.x + box.width * 0.5 + 5 * step, box.y + box.height * 0.5 + 4 * step);
    await chosen.waitFor({ state: 'attached' });
  }
  const crumbs = await place(page).getByRole('listitem').allInnerTexts();
  assert.match(crumbs.join(' '), /^Cluster zone-[abc] node-\d+/);
  assert.ok(crumbs.includes(await name()), `${await name()} in ${crumbs}`);
}));

test('its shade says CPU, memory or Pods', { timeout: 120_000 }, inPage({ expected: /404/ }, async ({ page, url }) => {
  await open(page, url);
  const pictures = [];
  for (const what of ['CPU requested', 'Pods', 'CPU requested']) {
    await shade(page).selectOption(what);
    pictures.push(await painted(page));
  }
  // At this size it isn't heat yet: seen from farther away it is.
  const box = await page.locator('canvas').boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let turns = 0; turns < 4; turns += 1) await page.mouse.wheel(0, 200);
  const heat = [];
  for (const what of ['CPU requested', 'Pods', 'CPU requested']) {
    await shade(page).selectOption(what);
    heat.push(await painted(page));
  }
  assert.equal(heat[0], heat[2]);
  assert.notEqual(heat[0], heat[1], 'no CPU is requested, but there are Pods');
}));

test('Enter goes in until everything is drawn, Escape comes out level by level', { timeout: 120_000 }, inPage({ expected: /404/ }, async ({ page, url, shot }) => {
  await open(page, url);
  const zoom = async () => Number(/now (\d+)/.exec(await parts(page).region('Stage').getByRole('button', { name: /^Zoom to/ }).getAttribute('aria-label'))[1]);
  const far = await zoom();
  await parts(page).item(/^Unscheduled/).focus();
  await page.keyboard.press('/');
  await page.keyboard.type('node-17');
  await page.getByRole('option', { name: /^Node node-17\b/ }).waitFor();
  await page.keyboard.press('Enter');
  await place(page).getByRole('button', { name: 'node-17', exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('[data-pod]').length > 0);
  assert.ok(await drawn(page) < 60, 'only what is seen is drawn');
  assert.equal(await page.locator('[data-node="node-17"]').count(), 1);
  await shot('large from near');
  const levels = [await zoom()];
  while (levels.at(-1) !== far) {
    await page.keyboard.press('Escape');
    await page.waitForTimeout(200);
    levels.push(await zoom());
    assert.ok(levels.at(-1) < levels.at(-2), `each is farther away: ${levels}`);
  }
  assert.ok(levels.length <= 4, `${levels}`);
  assert.equal(await drawn(page), 0);
}));

test('a double click, a wheel and a drag go where they would in a small cluster', { timeout: 120_000 }, inPage({ expected: /404/ }, async ({ page, url, shot }) => {
  await open(page, url);
  const box = await page.locator('canvas').boundingBox();
  const middle = [box.x + box.width * 0.3, box.y + box.height * 0.5];
  await page.mouse.dblclick(...middle);
  await page.waitForFunction(() => document.querySelectorAll('[data-pod], [data-node]').length > 0);
  const view = () => page.locator('.picture > g').getAttribute('transform');
  const before = await view();
  await page.mouse.move(...middle);
  await page.mouse.down();
  await page.mouse.move(middle[0] + 90, middle[1] + 40, { steps: 5 });
  await page.mouse.up();
  const after = await view();
  assert.notEqual(before, after);
  for (let turns = 0; turns < 3; turns += 1) await page.mouse.wheel(0, 200);
  await page.waitForFunction(() => document.querySelectorAll('[data-pod]').length === 0);
  await shot('large between');
  await parts(page).button('Fit').click();
  await painted(page);
}));

for (const [name, options] of [
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['with forced colours', { forcedColors: 'active' }],
]) {
  test(`it has no violation, ${name}`, { timeout: 120_000 }, inPage({ ...options, expected: /404/ }, async ({ page, url, shot }) => {
    await open(page, url);
    await shot(`large ${name}`);
    assert.deepEqual(await violations(page), []);
  }));
}
