//! For anyone who shows something: a link opens on the same frame elsewhere, a world is a file, a room sees it.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { inPage } from './support.mjs';
import { apply, digest, duo, helloPod, parts, richEditor, seconds } from './roles.mjs';
import { choose } from './keyed.mjs';
import { violations } from './axe.mjs';

const NAME = 'Link to this moment';
const ready = /^Pod default\/hello-pod, Running, 1 of 1 ready/;
const linked = (page) => page.waitForFunction(() => location.hash.startsWith('#v1.'));
const dialog = (page, name) => page.getByRole('dialog', { name });
const pause = async (page) => {
  await parts(page).button('Pause').click();
  await parts(page).button('Play').waitFor();
};

/** Steps until the time is another to the eye: two changes may be less than a tenth of a second apart. */
async function stepUntil(page, key, isThere) {
  for (let steps = 0; steps < 30; steps += 1) {
    await page.keyboard.press(key);
    for (let waits = 0; waits < 10; waits += 1) {
      if (isThere(await seconds(page))) return;
      await page.waitForTimeout(20);
    }
  }
  assert.fail(`${key}: the time stays ${await seconds(page)}`);
}

/** Presses a button of the banner, which stands in the menu where the page is narrow. */
async function press(page, name) {
  const button = page.getByRole('banner').getByRole('button', { name, exact: true });
  if (await button.count() === 0) await parts(page).button('More').click();
  await button.click();
}

async function linkOf(page) {
  await page.evaluate(() => history.replaceState(null, '', location.pathname));
  await press(page, NAME);
  await linked(page);
  return page.url();
}

/**
 * The stage's picture, once nothing in it changes any more. It is painted anew first: where a browser painted over only
 * a part of it, single pixels of edges may differ by a shade.
 */
async function frame(page) {
  const stage = parts(page).region('Stage');
  await page.evaluate(async () => {
    await document.fonts.ready;
    const frames = () => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
    for (const display of ['none', '']) {
      document.getElementById('app').style.display = display;
      await frames();
    }
  });
  let before = await stage.screenshot();
  for (let tries = 0; tries < 20; tries += 1) {
    await page.waitForTimeout(150);
    const now = await stage.screenshot();
    if (now.equals(before)) return now;
    before = now;
  }
  return assert.fail('the stage never rests');
}

/** What a link has to bring elsewhere. */
async function seen(page) {
  return {
    digest: await digest(page),
    time: await parts(page).time.getAttribute('aria-valuetext'),
    view: await page.getByRole('tablist', { name: 'View' }).getByRole('tab', { selected: true }).innerText(),
    selected: await page.getByRole('treeitem', { selected: true }).evaluateAll((all) => all.map((one) => one.getAttribute('aria-label'))),
    speed: await parts(page).speed.evaluate((select) => select.selectedOptions[0].label),
  };
}

async function opensThere(page, elsewhere, shot, name) {
  const link = await linkOf(page);
  const [there, here] = [await elsewhere(link), await seen(page)];
  const picture = await frame(page);
  if (shot) await shot(`link of ${name}`);
  await parts(there).button('Back to my cluster').waitFor();
  await parts(there).item(ready).or(there.getByRole('treeitem', { name: /^Node node-1/ })).first().waitFor();
  await there.waitForFunction((time) => document.querySelector('[role=slider][aria-label=Time]').getAttribute('aria-valuetext') === time, here.time);
  await there.locator('section[aria-label=Timeline][aria-busy=false]').waitFor();
  assert.deepEqual(await seen(there), here);
  await parts(there).button('Play').waitFor();
  const again = await frame(there);
  if (!again.equals(picture)) {
    const file = (where) => new URL(`screenshots/FAILED-link-${name.replaceAll(' ', '-')}-${where}.png`, import.meta.url);
    await Promise.all([writeFile(file('here'), picture), writeFile(file('there'), again)]);
  }
  assert.ok(again.equals(picture), `the frame of ${name} is the same, to the byte`);
  return there;
}

test('a link opens elsewhere on the same frame, paused, with the same view, speed and selection', inPage(async ({ page, elsewhere, shot }) => {
  await richEditor(page);
  await apply(page, helloPod);
  await parts(page).item(ready).waitFor();
  await parts(page).speed.selectOption('2×');
  await pause(page);
  await choose(page, ready);
  const there = await opensThere(page, elsewhere, shot, 'machines');
  await there.screenshot({ path: 'tests/browser/screenshots/link-opened.png' });
  // It stays there, whatever is done elsewhere, and lives on.
  const before = await seen(there);
  await there.reload();
  await parts(there).item(ready).waitFor();
  await there.waitForFunction((time) => document.querySelector('[role=slider][aria-label=Time]').getAttribute('aria-valuetext') === time, before.time);
  assert.deepEqual(await seen(there), before, 'after a reload');
  await parts(there).button('Play').click();
  await there.waitForFunction((time) => document.querySelector('[role=slider][aria-label=Time]').getAttribute('aria-valuetext') !== time, before.time);
}));

test('a link to the midst of a movement, in the past, seen closer', inPage(async ({ page, elsewhere, shot }) => {
  await richEditor(page);
  await apply(page, duo);
  await parts(page).item(/^Pod default\/duo, Running/).waitFor();
  await pause(page);
  await parts(page).time.focus();
  for (let presses = 0; presses < 12; presses += 1) await page.keyboard.press('ArrowLeft');
  await page.locator('section[aria-label=Timeline][aria-busy=false]').waitFor();
  await parts(page).region('Stage').locator('svg.picture').hover({ position: { x: 300, y: 300 } });
  await page.mouse.wheel(0, -400);
  await page.mouse.move(5, 5);
  await opensThere(page, elsewhere, shot, 'the past');
}));

for (const [view, choice] of [['Pod', 'Anatomy'], ['Pod', 'Film strip'], ['Pod', 'Life line'], ['Scheduling'], ['Network'], ['Ownership']]) {
  test(`a link to the view ${view}${choice ? `, ${choice},` : ''} opens on it`, inPage(async ({ page, elsewhere }) => {
    await richEditor(page);
    await apply(page, helloPod);
    await parts(page).item(ready).waitFor();
    await pause(page);
    await parts(page).item(ready).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: view, exact: true }).click();
    if (choice) await page.getByRole('radio', { name: choice }).click();
    await opensThere(page, elsewhere, undefined, choice ?? view);
  }));
}

test('a link leaves the own cluster as it is, and what is done to its cluster stays with it', inPage(async ({ page, elsewhere }) => {
  await richEditor(page);
  await apply(page, helloPod);
  await parts(page).item(ready).waitFor();
  await pause(page);
  const link = await linkOf(page);
  const there = await elsewhere();
  await richEditor(there);
  await apply(there, helloPod.replace('hello-pod', 'mine'));
  await parts(there).item(/^Pod default\/mine, Running/).waitFor();
  await pause(there);
  await there.waitForTimeout(300);
  const mine = await digest(there);
  await there.goto(link); // only the fragment is another one
  await parts(there).button('Back to my cluster').waitFor();
  await parts(there).item(ready).waitFor();
  assert.equal(await parts(there).item(/mine/).count(), 0);
  assert.equal(await digest(there), await digest(page));
  assert.match(await there.evaluate(() => podarium.manifest()), /hello-pod/, 'the editor has what made it');
  await richEditor(there);
  await apply(there, helloPod.replace('hello-pod', 'more'));
  await parts(there).item(/^Pod default\/more/).waitFor();
  await there.waitForTimeout(300);
  await there.reload();
  await parts(there).item(/^Pod default\/more/).waitFor();
  await parts(there).button('Back to my cluster').click();
  await parts(there).item(/^Pod default\/mine, Running/).waitFor();
  assert.equal(await digest(there), mine);
  assert.equal(await parts(there).item(/more/).count(), 0);
  assert.equal(await parts(there).button('Back to my cluster').count(), 0);
  await there.goBack();
  await parts(there).item(/^Pod default\/more/).waitFor();
  // Whoever opens the link anew sees its moment.
  const anew = await there.context().newPage();
  await there.close();
  await anew.goto(link);
  await parts(anew).item(ready).waitFor();
  assert.equal(await parts(anew).item(/more/).count(), 0);
}));

test('who made a link finds the own cluster after a reload, with what was done since', inPage(async ({ page }) => {
  await richEditor(page);
  await apply(page, helloPod);
  await parts(page).item(ready).waitFor();
  await pause(page);
  await linkOf(page);
  await apply(page, helloPod.replace('hello-pod', 'later'));
  await parts(page).item(/^Pod default\/later/).waitFor();
  await page.waitForTimeout(300);
  await page.reload();
  await parts(page).item(/^Pod default\/later/).waitFor();
  assert.equal(await parts(page).button('Back to my cluster').count(), 0);
}));

test('a link is in the clipboard; where the browser refuses, in a field', inPage({ permissions: ['clipboard-read', 'clipboard-write'] }, async ({ page, shot }) => {
  await parts(page).item(/^Node node-1, Ready/).waitFor();
  const link = await linkOf(page);
  await page.getByRole('banner').getByText('Link copied').waitFor();
  await shot('link copied');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);
  await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); });
  const other = await linkOf(page);
  const field = dialog(page, NAME).getByRole('textbox', { name: 'Link' });
  assert.equal(await field.inputValue(), other);
  await shot('link to copy');
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Escape');
  await field.waitFor({ state: 'detached' });
}));

test('what is too long for a link is offered as a file', inPage(async ({ page, shot }) => {
  await richEditor(page);
  const noise = Array.from({ length: 12_000 }, (_, at) => ((at * 7919 + at * at * 31) % 36).toString(36)).join('');
  const letters = await page.evaluate(() => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(9000)))));
  await apply(page, helloPod.replace('name: hello-pod', `name: hello-pod\n  annotations:\n    noise: "${letters}${noise.slice(0, 10)}"`));
  await parts(page).item(ready).waitFor();
  await press(page, NAME);
  await dialog(page, NAME).getByText(/too long for a link: an address has room for 8,000 characters\. This one would have 1\d,\d\d\d/).waitFor();
  await shot('link too long');
  assert.deepEqual(await violations(page), []);
  const [download] = await Promise.all([page.waitForEvent('download'), dialog(page, NAME).getByRole('button', { name: 'Save' }).click()]);
  assert.match(download.suggestedFilename(), /^podarium-[0-9a-f]+\.json$/);
  assert.equal(new URL(page.url()).hash, '');
}));

const hit = async (page, name, file) => {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press(page, name)]);
  await chooser.setFiles({ name: file.name ?? 'world.json', mimeType: 'application/json', buffer: Buffer.from(file.text) });
};
const alert = (page) => page.getByRole('alert');

test('a saved world is opened elsewhere, by Open, by a drop, and by Import', inPage(async ({ page, elsewhere, shot }) => {
  await richEditor(page);
  await apply(page, helloPod);
  await parts(page).item(ready).waitFor();
  await pause(page);
  await page.getByRole('tab', { name: 'Ownership' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Save')]);
  const text = await readFile(await download.path(), 'utf8');
  assert.equal(download.suggestedFilename(), `podarium-${JSON.parse(text).journal.seed.toString(16)}.json`);
  const here = await seen(page);
  for (const way of ['Open', 'Import']) {
    const there = await elsewhere();
    await richEditor(there);
    await hit(there, way, { text });
    await parts(there).item(ready).waitFor();
    assert.deepEqual(await seen(there), here, way);
    await parts(there).button('Play').waitFor();
    await there.waitForTimeout(300);
    await there.reload();
    await parts(there).item(ready).waitFor();
    assert.equal(await digest(there), here.digest, 'it is stored');
    if (way === 'Import') continue;
    // What was done is asked about before it is left.
    await hit(there, way, { text });
    await dialog(there, 'Open').waitFor();
    await there.screenshot({ path: 'tests/browser/screenshots/open-asks.png' });
    await dialog(there, 'Open').getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await digest(there), here.digest);
    await hit(there, way, { text });
    await dialog(there, 'Open').getByRole('button', { name: 'Open', exact: true }).click();
    await dialog(there, 'Open').waitFor({ state: 'detached' });
    await parts(there).item(ready).waitFor();
    assert.equal(await digest(there), here.digest);
  }
  await shot('saved');
}));

test('what is no world, or a hostile one, is refused with what helps, and all stays as it was', inPage(async ({ page }) => {
  await richEditor(page);
  await apply(page, helloPod);
  await parts(page).item(ready).waitFor();
  await pause(page);
  const before = await digest(page);
  for (const [text, words] of [
    [helloPod, /no world of Podarium .* goes through Import/],
    [`{"podarium":1,"journal":${'['.repeat(100_000)}`, /recursion limit/],
    [`{"podarium":1,"journal":[${'0,'.repeat(5_000_000)}0]}`, /more than this page takes in/],
    ['{"podarium":9}', /version 9.*reload the page/],
  ]) {
    await hit(page, 'Open', { text });
    await alert(page).getByText(words).waitFor();
    assert.equal(await digest(page), before);
  }
}));

test('a link that is cut off, damaged or of a later version is told so, and the own cluster is shown', inPage(async ({ page, elsewhere, shot }) => {
  await parts(page).item(/^Node node-1, Ready/).waitFor();
  const link = await linkOf(page);
  for (const [wrong, words] of [
    [link.slice(0, -40), /cut off: \d+ characters came of \d+/],
    [link.replace(/.{5}$/, 'AAAAA'), /damaged/],
    [link.replace('#v1.', '#v2.'), /version 2.*reload the page/],
    [`${link.split('#')[0]}#v1.hello`, /no link of Podarium/],
  ]) {
    const there = await elsewhere(wrong);
    await alert(there).getByText(words).waitFor();
    await parts(there).item(/^Node node-1, Ready/).waitFor();
    assert.equal(await parts(there).button('Back to my cluster').count(), 0);
    await there.context().close();
  }
  await shot('link refused');
}));

for (const colorScheme of ['light', 'dark']) {
  for (const viewport of [{ width: 1440, height: 900 }, { width: 1000, height: 700 }, { width: 390, height: 844 }]) {
    test(`at ${viewport.width} in the ${colorScheme} everything of the banner is found by keys`, inPage({ colorScheme, viewport }, async ({ page, shot }) => {
      await parts(page).item(/^Node node-1, Ready/).waitFor();
      const button = (name) => page.getByRole('banner').getByRole('button', { name, exact: true });
      const more = button('More');
      if (viewport.width < 1280) {
        assert.equal(await button('Presentation').count(), 0);
        await more.focus();
        await page.keyboard.press('Enter');
      } else assert.equal(await more.count(), 0);
      for (const name of ['Save', 'Open', 'Presentation', 'Keys', NAME, 'Import', 'New cluster']) await button(name).waitFor();
      await shot(`banner ${viewport.width} ${colorScheme}`);
      assert.deepEqual(await violations(page), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      for (const name of ['Save', 'Open']) {
        for (let presses = 0; presses < 12 && !await button(name).evaluate((node) => node === document.activeElement); presses += 1) await page.keyboard.press('Tab');
      }
      if (viewport.width >= 1280) return;
      await page.keyboard.press('Escape');
      await button('Presentation').waitFor({ state: 'hidden' });
      assert.equal(await page.evaluate(() => document.activeElement.textContent), '···');
      await page.keyboard.press('Enter');
      await button('Keys').focus();
      await page.keyboard.press('Enter');
      await dialog(page, 'Keys').waitFor();
      await page.keyboard.press('Escape');
      await page.waitForFunction(() => document.activeElement.textContent === '···');
    }));
  }
}

for (const viewport of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
  test(`at ${viewport.width} a presentation is larger, and a clicker steps from anywhere`, inPage({ viewport }, async ({ page, shot }) => {
    const panel = (name) => page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name }).click();
    const isNarrow = viewport.width < 600;
    await richEditor(page);
    if (isNarrow) await panel('Manifest');
    await apply(page, helloPod);
    if (isNarrow) await panel('Stage');
    await parts(page).item(/^Pod default\/hello-pod/).waitFor();
    const size = () => page.evaluate(() => Number.parseFloat(getComputedStyle(document.documentElement).fontSize));
    const usual = await size();
    const heightOf = async (name) => (await parts(page).button(name).boundingBox()).height;
    await press(page, 'Presentation');
    assert.equal(await size(), usual * 1.35);
    assert.ok(Math.abs(await heightOf('Dark') - 44) < 1, `a button is ${await heightOf('Dark')} high`);
    await pause(page);
    const before = await seconds(page);
    await parts(page).button('New cluster').focus();
    await stepUntil(page, 'PageDown', (now) => now > before);
    const after = await seconds(page);
    await parts(page).tree.locator('[tabindex="0"]').focus();
    await stepUntil(page, 'PageUp', (now) => now < after);
    for (const view of ['Machines', 'Network', 'Ownership', 'Scheduling', 'Pod']) {
      await page.getByRole('tab', { name: view, exact: true }).click();
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight), view);
      await shot(`presentation ${view} ${viewport.width}`);
    }
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('.banner > *, .controls > *, .stage > header > *')]
      .filter((node) => node.getBoundingClientRect().right > innerWidth + 1).map((node) => node.outerHTML.slice(0, 80))), []);
    await page.reload();
    await parts(page).item(/^Node node-1, Ready/).waitFor();
    assert.equal(await size(), usual * 1.35, 'it is remembered');
    await press(page, 'Presentation');
    assert.equal(await size(), usual);
    const still = await seconds(page);
    await parts(page).button('New cluster').focus();
    await page.keyboard.press('PageDown');
    await page.waitForTimeout(200);
    assert.equal(await seconds(page), still, 'otherwise Page keys are nobody’s');
  }));
}
