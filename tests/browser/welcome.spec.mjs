//! The welcome: on a first visit a Pod comes alive by itself, can be paused and asked why, and the page offers "Learn" or
//! "Play". It comes once, and never where something else was asked for or begun.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { apply, duo, helloPod, parts, richEditor, text } from './roles.mjs';

const READY = /^Pod default\/hello-pod, Running, 1 of 1 ready/;
/** By then it has come, if it comes at all. */
const LONG = 5_000;
const NAME = 'podarium.welcome';

const card = (page) => page.getByRole('dialog', { name: 'Welcome', exact: true });
const offer = (page, name) => card(page).getByRole('button', { name, exact: true });
const hasFocus = (locator) => locator.evaluate((element) => element.contains(document.activeElement));
const firstly = (options, body = options) => inPage({ firstVisit: true, ...(options === body ? {} : options) }, body);

async function comesNot(page) {
  await richEditor(page);
  await page.waitForTimeout(LONG);
  assert.equal(await card(page).count(), 0);
}

test('in thirty seconds a Pod comes alive, stands still when it is to, and tells why', firstly(async ({ page }) => {
  const from = Date.now();
  const { button, item, pods, inspector, region } = parts(page);
  await card(page).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement === document.body), true, 'nobody’s focus is taken');
  await item(/^Pod default\/hello-pod, Pending/).waitFor();
  await item(READY).waitFor();
  assert.ok(Date.now() - from < 30_000);
  await card(page).getByText('Running, Ready').waitFor();
  assert.equal(await text(page), helloPod);
  await page.keyboard.press('Space');
  await button('Play').and(region('Timeline').getByRole('button')).waitFor();
  await offer(page, 'Ask why').click();
  assert.equal(await inspector.getByRole('tab', { name: 'Why' }).getAttribute('aria-selected'), 'true');
  assert.equal(await hasFocus(inspector), true);
  await inspector.getByText('You applied').or(inspector.getByText(/line \d+/)).first().waitFor();
  await inspector.getByRole('tab', { name: 'Events' }).click();
  assert.equal(await inspector.getByRole('tab', { name: 'Events' }).getAttribute('aria-selected'), 'true');
  assert.equal(await pods.count(), 1);
  await region('Timeline').getByRole('button', { name: 'Undo' }).click();
  await pods.first().waitFor({ state: 'detached' });
}));

test('Play leaves the editor to whoever plays, and a reload welcomes nobody again', firstly(async ({ page }) => {
  await parts(page).item(READY).waitFor();
  await offer(page, 'Play').click();
  assert.equal(await card(page).count(), 0);
  assert.equal(await hasFocus(parts(page).region('Manifest')), true);
  await page.keyboard.press('ControlOrMeta+Home');
  await page.keyboard.type('# mine');
  assert.match(await text(page), /^# mine/);
  await page.reload();
  await parts(page).item(/^Pod default\/hello-pod/).waitFor();
  await comesNot(page);
}));

test('Escape means Play; a reload before anything was chosen brings it back no more', firstly(async ({ page }) => {
  await card(page).waitFor();
  await page.keyboard.press('Escape');
  await card(page).waitFor({ state: 'detached' });
  assert.equal(await hasFocus(parts(page).region('Manifest')), true);
}));

test('a reload while it is there brings it back no more', firstly(async ({ page }) => {
  await parts(page).item(READY).waitFor();
  await card(page).waitFor();
  await page.reload();
  await comesNot(page);
}));

test('Learn begins the first lesson; the Pod is still there afterwards', firstly(async ({ page, url }) => {
  await parts(page).item(READY).waitFor();
  await page.waitForTimeout(1200); // stored
  await offer(page, 'Learn').click();
  await page.getByRole('region', { name: 'Lesson', exact: true }).getByRole('heading', { level: 2 }).waitFor();
  assert.match(page.url(), /\?lesson=01-pods\/01-/);
  assert.equal(await card(page).count(), 0);
  await page.goto(url);
  await parts(page).item(READY).waitFor();
  await comesNot(page);
}));

test('whoever leaves before it has come is welcomed when they are back, and finds the manifest', firstly(async ({ page }) => {
  for (let visits = 0; visits < 2; visits += 1) {
    await richEditor(page);
    await page.waitForTimeout(400); // the cluster is stored
    assert.equal(await card(page).count(), 0);
    await page.reload();
  }
  await card(page).waitFor();
  assert.equal(await text(page), helloPod);
  await parts(page).item(READY).waitFor();
  await page.reload();
  await comesNot(page);
  assert.equal(await text(page), helloPod);
}));

test('who saw it because they asked for it is not welcomed again', firstly(async ({ page }) => {
  await richEditor(page);
  await page.keyboard.press('F1');
  await page.getByRole('dialog', { name: 'Keys' }).getByRole('button', { name: 'Show the welcome' }).press('Enter');
  await card(page).waitFor();
  await page.keyboard.press('Escape');
  await card(page).waitFor({ state: 'detached' });
  await parts(page).item(READY).waitFor();
  await parts(page).button('New cluster').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start over' }).click();
  await parts(page).pods.first().waitFor({ state: 'detached' });
  await page.reload();
  await comesNot(page);
}));

test('it is reached and left by keys alone', firstly(async ({ page }) => {
  await parts(page).item(READY).waitFor();
  await page.keyboard.press('F6');
  assert.equal(await hasFocus(card(page)), true);
  const names = [];
  for (let n = 0; n < 3; n += 1) {
    names.push(await page.evaluate(() => document.activeElement.textContent));
    await page.keyboard.press('Tab');
  }
  assert.deepEqual(names, ['Ask why', 'Learn', 'Play']);
  assert.equal(await hasFocus(card(page)), false, 'it is no trap');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await card(page).waitFor({ state: 'detached' });
  assert.equal(await hasFocus(parts(page).region('Manifest')), true);
}));

test('Escape leaves the focus where somebody put it', firstly(async ({ page }) => {
  await parts(page).item(READY).focus();
  await page.keyboard.press('Escape');
  await card(page).waitFor({ state: 'detached' });
  assert.equal(await hasFocus(parts(page).tree), true);
}));

test('whoever writes already is left alone', firstly(async ({ page }) => {
  await parts(page).editor.click();
  await comesNot(page);
  assert.equal(await parts(page).pods.count(), 0);
  await apply(page, duo);
  await parts(page).item(/^Pod default\/duo/).waitFor();
  await page.reload();
  await parts(page).item(/^Pod default\/duo/).waitFor();
  await comesNot(page);
  assert.equal(await parts(page).pods.count(), 1);
}));

for (const [what, path] of [['a lesson', '?lesson=01-pods/02-hello-pod'], ['the map of lessons', '?lesson=']]) {
  test(`it is not in the way of ${what}`, firstly({ path }, async ({ page }) => {
    await page.getByRole('region', { name: 'Lesson', exact: true }).getByRole('heading').first().waitFor();
    await comesNot(page);
    assert.equal(await parts(page).pods.count(), 0);
  }));
}

test('it is not in the way of a link, nor of what was stored', inPage(async ({ page, elsewhere }) => {
  await richEditor(page);
  await apply(page, duo);
  await parts(page).item(/^Pod default\/duo/).waitFor();
  await parts(page).button('Link to this moment').click();
  await page.waitForFunction(() => location.hash.startsWith('#v1.'));
  const other = await elsewhere();
  await other.context().addInitScript((name) => { if (location.hash) localStorage.removeItem(name); }, NAME);
  await other.goto('about:blank');
  await other.goto(page.url());
  await parts(other).item(/^Pod default\/duo/).waitFor();
  await comesNot(other);
  // Here is work that was stored, and nothing else is remembered.
  await page.context().addInitScript((name) => localStorage.removeItem(name), NAME);
  await page.goto(page.url().split('#')[0]);
  await parts(page).item(/^Pod default\/duo/).waitFor();
  await comesNot(page);
}));

test('it waits until somebody looks', firstly({
  before: (page) => page.addInitScript(() => {
    let hidden = true;
    Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true });
    globalThis.look = () => { hidden = false; document.dispatchEvent(new Event('visibilitychange')); };
  }),
}, async ({ page }) => {
  await comesNot(page);
  await page.evaluate(() => globalThis.look());
  await card(page).waitFor();
  await parts(page).item(READY).waitFor();
}));

test('who asks for it sees it again: with the Pod that is there, or with a new one', inPage(async ({ page }) => {
  const { item, pods, region } = parts(page);
  await richEditor(page);
  const again = async () => {
    await page.keyboard.press('F1');
    await page.getByRole('dialog', { name: 'Keys' }).getByRole('button', { name: 'Show the welcome' }).press('Enter');
    await card(page).waitFor();
    assert.equal(await hasFocus(card(page)), true);
  };
  await again();
  await item(READY).waitFor();
  await page.keyboard.press('Escape');
  await again();
  assert.equal(await pods.count(), 1);
  await region('Timeline').getByRole('button', { name: 'Undo' }).click();
  await pods.first().waitFor({ state: 'detached' });
  await again();
  await item(READY).waitFor();
  await parts(page).button('New cluster').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start over' }).click();
  await card(page).waitFor({ state: 'detached' });
}));

for (const [width, height, colorScheme] of [[900, 500, 'light'], [1000, 768, 'dark'], [1000, 768, 'light'], [1199, 900, 'light']]) {
  test(`at ${width} by ${height} in the ${colorScheme} it covers nothing that can be used`, firstly({ viewport: { width, height }, colorScheme }, async ({ page, shot }) => {
    const { region, item } = parts(page);
    await item(READY).waitFor({ state: 'attached' });
    await card(page).waitFor();
    await page.waitForTimeout(500); // it has come to rest
    await shot(`welcome beside all at ${width} ${colorScheme}`);
    const box = await card(page).boundingBox();
    const names = ['Manifest', 'Terminal', 'Stage', 'Inspector', 'Timeline'];
    const others = [...names.map(region), ...await page.getByRole('separator').all(), page.getByRole('textbox', { name: 'Command' })];
    for (const other of others) {
      const { x, y, width, height } = await other.boundingBox();
      const apart = x + width <= box.x || box.x + box.width <= x || y + height <= box.y || box.y + box.height <= y;
      assert.ok(apart, `it lies over ${other}`);
    }
    for (const name of ['Apply', 'Examples']) {
      const one = await region('Manifest').getByRole('button', { name }).boundingBox();
      assert.ok(one.y + one.height <= box.y, `${name} is in sight`);
    }
    for (const name of ['Ask why', 'Learn', 'Play']) {
      const one = await offer(page, name).boundingBox();
      assert.ok(one.y + one.height <= box.y + box.height, `${name} is in sight`);
    }
    await offer(page, 'Ask why').click();
    await parts(page).inspector.getByRole('tab', { name: 'Why' }).waitFor();
    await shot(`welcome asked why at ${width} ${colorScheme}`);
    assert.deepEqual(await violations(page), []);
    await offer(page, 'Play').click();
    await card(page).waitFor({ state: 'detached' });
  }));
}

const SIZES = {
  'a wide page': { viewport: { width: 1440, height: 900 } },
  'a small laptop': { viewport: { width: 1280, height: 720 } },
  'a page with a drawer': { viewport: { width: 1024, height: 768 } },
  'a tablet': { viewport: { width: 768, height: 1024 }, hasTouch: true },
  'a phone': { viewport: { width: 390, height: 844 }, hasTouch: true },
  'a phone held sideways': { viewport: { width: 844, height: 390 }, hasTouch: true },
};
/** Chance that puts the Pod on this node: the last ones are the farthest from where it begins. */
const SEEDS = { 'node-2': 0x505c96f4, 'node-3': 0xf506c515 };
const byChance = (seed) => (page) => page.addInitScript((seed) => {
  crypto.getRandomValues = (array) => {
    new DataView(array.buffer, array.byteOffset).setUint32(0, seed, true);
    return array;
  };
}, seed);

for (const [size, context] of Object.entries(SIZES)) {
  for (const [node, look] of [['node-2', { colorScheme: 'light' }], ['node-3', { colorScheme: 'dark', reducedMotion: 'reduce' }]]) {
    const before = byChance(SEEDS[node]);
    test(`on ${size} in the ${look.colorScheme} it stands beside its Pod, and axe finds nothing`, firstly({ before, ...context, ...look }, async ({ page, shot }) => {
      await parts(page).item(READY).waitFor({ state: 'attached' });
      await parts(page).item(new RegExp(`^Node ${node}, Ready, 1 of 110 Pods`)).waitFor({ state: 'attached' });
      await card(page).waitFor();
      await page.waitForTimeout(1000); // its ring
      await shot(`welcome on ${size} ${look.colorScheme}`);
      assert.deepEqual(await violations(page), []);
      const pod = await page.locator('svg text', { hasText: 'hello-pod' }).first().boundingBox();
      const box = await card(page).boundingBox();
      const { width, height } = page.viewportSize();
      assert.ok(pod.y >= 0 && pod.y + pod.height <= height && pod.x + pod.width <= width, 'the Pod is in sight');
      const apart = pod.y + pod.height < box.y || pod.x > box.x + box.width || pod.x + pod.width < box.x;
      assert.ok(apart, 'the card covers the Pod');
      for (const name of ['Ask why', 'Learn', 'Play']) {
        const one = await offer(page, name).boundingBox();
        assert.ok(one.y + one.height <= height && one.x + one.width <= width, `${name} is in sight`);
      }
      await offer(page, 'Play').click();
      await card(page).waitFor({ state: 'detached' });
      await shot(`welcome left on ${size} ${look.colorScheme}`);
    }));
  }
}
