//! A teacher makes a lesson of a cluster, by keyboard: the zip holds a folder that the prover accepts, and where it can't be
//! whole there is none. A learner puts Now beside Goal. The same in the dark, and on a phone.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { helloPod, parts, richEditor, seconds, write } from './roles.mjs';

const EXAMPLE = '03-lifecycle/02-ready-means-all';
const press = async (locator, key = 'Enter') => { await locator.focus(); await locator.press(key); };
const PHONE = { viewport: { width: 390, height: 844 } };

/** Files of a zip of stored entries, as its central directory lists them. */
function unzipped(bytes) {
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const files = new Map();
  for (let at = bytes.readUInt32LE(end + 16), left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    assert.equal(bytes.readUInt32LE(at), 0x02014b50);
    assert.equal(bytes.readUInt16LE(at + 10), 0, 'stored');
    const [size, name, extra, comment] = [bytes.readUInt32LE(at + 20), ...[28, 30, 32].map((place) => bytes.readUInt16LE(at + place))];
    const local = bytes.readUInt32LE(at + 42);
    const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    files.set(bytes.toString('utf8', at + 46, at + 46 + name), bytes.subarray(from, from + size));
    at += 46 + name + extra + comment;
  }
  return files;
}

async function command(page, line) {
  const box = page.getByRole('region', { name: 'Terminal', exact: true }).getByRole('textbox', { name: 'Command' });
  await box.focus();
  await box.fill(line);
  await box.press('Enter');
}

async function pass(page, length) {
  const until = await seconds(page) + length;
  for (let n = 0; n < 300 && await seconds(page) < until; n += 1) await page.waitForTimeout(100);
}

/** Opens the dialog, from the bar or from its menu. */
async function exporting(page) {
  const button = parts(page).button('Export as lesson');
  if (!await button.isVisible()) await press(parts(page).button('More'));
  await press(button);
  const dialog = page.getByRole('dialog', { name: 'Export as lesson' });
  await dialog.waitFor();
  return dialog;
}

/** A Pod with an image that doesn't exist; mended after a while. */
async function mended(page) {
  const { speed, item } = parts(page);
  await richEditor(page);
  await write(page, helloPod.replace('demo/web:1', 'demo/web:bad'));
  await page.keyboard.press('ControlOrMeta+Enter');
  await speed.selectOption({ label: '10×' });
  await item(/^Pod default\/hello-pod, Pending, .*(ErrImagePull|ImagePullBackOff)/).waitFor();
  await command(page, 'kubectl set image pod/hello-pod hello-ctr=demo/web:1');
  await item(/^Pod default\/hello-pod, Running, 1 of 1 ready/).waitFor({ timeout: 60_000 });
  await pass(page, 6);
}

function proves(files) {
  const root = mkdtempSync(join(tmpdir(), 'podarium-lesson-'));
  let folder;
  for (const [name, bytes] of files) {
    folder = join(root, dirname(name));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(root, name), bytes);
  }
  return execFileSync(`${process.env.PODARIUM_NATIVE}/lessons`, [folder], { encoding: 'utf8' });
}

test('a Pod that was mended is exported by keyboard, and the prover accepts what is in the zip', { timeout: 240_000 }, inPage(async ({ page, shot }) => {
  await mended(page);
  const dialog = await exporting(page);
  assert.match(await dialog.getByRole('combobox', { name: 'The lesson begins at' }).evaluate((select) => select.selectedOptions[0].textContent), /before: set image/);
  const ready = dialog.getByRole('checkbox', { name: 'Pod default/hello-pod is Running and Ready' });
  assert.equal(await ready.isChecked(), true);
  await dialog.getByRole('textbox', { name: 'Title' }).fill('One wrong letter');
  await shot('export written');
  assert.deepEqual(await violations(page), []);
  // What is missing is named, and there is no file.
  await dialog.getByRole('textbox', { name: 'Hints' }).fill('One hint');
  await press(dialog.getByRole('button', { name: 'Check and download' }));
  const alert = dialog.getByRole('alert');
  await alert.filter({ hasText: 'lesson.md: three hints at least are wanted' }).waitFor();
  await alert.scrollIntoViewIfNeeded();
  await shot('export refused');
  assert.deepEqual(await violations(page), []);
  await dialog.getByRole('textbox', { name: 'Hints' }).fill('Look at its Events.\nWhich image can be pulled?\nkubectl set image');
  const longest = page.evaluate(() => new Promise((done) => {
    let most = 0;
    const watch = new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) most = Math.max(most, duration); });
    watch.observe({ type: 'longtask' });
    globalThis.ended = () => { watch.disconnect(); done(most); };
  }));
  const [download] = await Promise.all([page.waitForEvent('download', { timeout: 120_000 }), press(dialog.getByRole('button', { name: 'Check and download' }))]);
  await page.evaluate(() => globalThis.ended());
  const most = await longest;
  assert.ok(most < 200, `a task of ${most} ms`);
  assert.equal(download.suggestedFilename(), 'one-wrong-letter.zip');
  await dialog.getByRole('status').filter({ hasText: 'Proved, and handed out' }).waitFor();
  await shot('export proved');
  const files = unzipped(readFileSync(await download.path()));
  assert.deepEqual([...files.keys()].sort(), ['goal.yaml', 'lesson.md', 'solution-1.yaml', 'start.yaml', 'wrong-1.yaml'].map((name) => `one-wrong-letter/${name}`));
  assert.match(files.get('one-wrong-letter/solution-1.yaml').toString(), /kubectl set image pod\/hello-pod/);
  assert.match(proves(files), /proved, 1 accepted, 1 refused, 0 asked again\nlessons: 1 of 1 proved/);
  await press(dialog.getByRole('button', { name: 'Close' }));
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Export as lesson');
}));

/** Counts turns that work in slices takes: timers without a length. */
const countTurns = (page) => page.addInitScript(() => {
  globalThis.turns = 0;
  const original = globalThis.setTimeout;
  globalThis.setTimeout = function (...given) {
    globalThis.turns += Number(given.length === 1);
    return original.apply(globalThis, given);
  };
});

test('Cancel ends the proof, and nothing is handed out', { timeout: 240_000 }, inPage({ before: countTurns }, async ({ page }) => {
  await mended(page);
  await parts(page).button('Pause').click();
  const dialog = await exporting(page);
  // It takes many turns on a slow computer.
  await (await page.context().newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate: 10 });
  // In the midst of it, by the page's own clock.
  await page.evaluate(() => {
    const [cancel] = [...document.querySelectorAll('.export button')].filter(({ innerText }) => innerText === 'Cancel');
    const before = globalThis.turns;
    const timer = setInterval(() => {
      if (globalThis.turns < before + 2) return;
      clearInterval(timer);
      cancel.click();
      globalThis.left = globalThis.turns;
    }, 1);
  });
  await press(dialog.getByRole('button', { name: 'Check and download' }));
  await dialog.waitFor({ state: 'detached' });
  await page.waitForTimeout(2000);
  const more = await page.evaluate(() => globalThis.turns - globalThis.left);
  assert.ok(more <= 2, `the work goes on for ${more} turns`);
}));

test('words follow the goals and the start, what was written and ticked stays, and missing lessons are said', { timeout: 240_000 }, inPage({ expected: /503/ }, async ({ page, shot }) => {
  await mended(page);
  const dialog = await exporting(page);
  const field = (name) => dialog.getByRole('textbox', { name: new RegExp(`^${name}`) });
  const goals = dialog.getByRole('group', { name: 'Goals' }).getByRole('checkbox');
  const ticked = () => dialog.getByRole('group', { name: 'Goals' }).evaluate((group) => [...group.querySelectorAll('label')]
    .filter((label) => label.querySelector('input').checked)
    .map((label) => label.innerText.replace('(so at the start, too)', '').trim()));
  const says = async (name, text) => assert.ok((await field(name).inputValue()).includes(text), `${name}: ${await field(name).inputValue()}`);
  const all = await goals.count();
  assert.ok(all > 2, `${all} goals`);
  for (let n = 0; n < all; n += 1) await goals.nth(n).uncheck();
  await goals.nth(all - 1).check();
  const [only] = await ticked();
  assert.equal(await field('Title').inputValue(), only);
  await says('Question', `Is this so then: ${only}?`);
  await says('Task', `this is so: ${only}.`);
  await field('Title').fill('Mine');
  await field('Task').fill('Do it');
  await goals.first().check();
  const both = (await ticked()).join('; ');
  assert.match(both, /; /);
  await says('Question', `Is this so then: ${both}?`);
  // What is wrong changes neither goals nor words.
  await dialog.getByRole('radio', { name: 'Option 1 is what the cluster shows' }).check();
  await field('What is there').fill('See [this](?lesson=01-pods/02-hello-pod).');
  await page.route('**/lessons*/**', (route) => route.fulfill({ status: 503 }));
  await page.route('**/lessons*.json', (route) => route.fulfill({ status: 503 }));
  await press(dialog.getByRole('button', { name: 'Check and download' }));
  await dialog.getByRole('alert').filter({ hasText: 'Lessons could not be fetched' }).waitFor();
  await dialog.getByRole('alert').scrollIntoViewIfNeeded();
  await shot('export without an index');
  assert.equal((await ticked()).join('; '), both);
  assert.equal(await dialog.getByRole('radio', { name: 'Option 1 is what the cluster shows' }).isChecked(), true);
  // Another start has other goals.
  await dialog.getByRole('combobox', { name: 'The lesson begins at' }).selectOption({ index: 0 });
  await page.waitForFunction((both) => ![...document.querySelectorAll('textarea[name=question]')].some(({ value }) => value.includes(`${both}?`)), both);
  await says('Question', `Is this so then: ${(await ticked()).join('; ')}?`);
  assert.equal(await field('Title').inputValue(), 'Mine');
  assert.equal(await field('Task').inputValue(), 'Do it');
}));

test('on a phone in the dark the dialog is whole, and what is no step is said', { timeout: 240_000 }, inPage({ ...PHONE, colorScheme: 'dark' }, async ({ page, shot }) => {
  const dialog = await exporting(page);
  await dialog.getByText('Nothing was done in this cluster yet').waitFor();
  await shot('export phone empty');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await press(parts(page).button('Stage'));
  await page.getByRole('tab', { name: 'Theory' }).press('Enter');
  await press(parts(page).button('Place one'));
  const again = await exporting(page);
  await again.getByRole('checkbox').first().check();
  assert.ok(await again.evaluate((dialog) => dialog.scrollWidth <= dialog.clientWidth), 'nothing sideways');
  await shot('export phone dark');
  assert.deepEqual(await violations(page), []);
  await press(again.getByRole('button', { name: 'Check and download' }));
  await again.getByRole('alert').filter({ hasText: 'what is done in the Theory view is no step of a lesson: do it with kubectl' }).waitFor();
  await again.getByRole('alert').scrollIntoViewIfNeeded();
  await shot('export phone dark refused');
  assert.deepEqual(await violations(page), []);
}));

for (const [name, options] of [['wide', {}], ['wide in the dark', { colorScheme: 'dark' }], ['on a phone', PHONE], ['on a phone in the dark', { ...PHONE, colorScheme: 'dark' }]]) {
  test(`Compare with goal puts Now beside Goal, cause first, ${name}`, { timeout: 240_000 }, inPage({ path: `?lesson=${EXAMPLE}`, ...options }, async ({ page, shot }) => {
    const region = page.getByRole('region', { name: 'Lesson', exact: true });
    const button = region.getByRole('button', { name: 'Compare with goal' });
    await press(region.getByRole('radiogroup', { name: 'Predict' }).getByRole('radio').first(), 'Space');
    assert.equal(await button.count(), 0, 'nothing is compared before it runs');
    await press(region.getByRole('button', { name: 'Lock prediction and run' }));
    await region.getByText('What the cluster shows').waitFor({ timeout: 120_000 });
    assert.equal(await button.getAttribute('aria-pressed'), 'false');
    await press(button, 'Space');
    assert.equal(await button.getAttribute('aria-pressed'), 'true');
    const rows = region.getByRole('list', { name: 'What differs' }).getByRole('listitem');
    const told = (await rows.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '));
    assert.match(told[0], /^Container helper of Pod duo.*Now Waiting ImagePullBackOff.*Goal ready$/);
    assert.match(told[1], /^Pod duo.*Now Pending, 1 of 2 ready.*Goal Ready$/);
    assert.match(told[2], /^Service duo, ready endpoints.*Now 0.*Goal 1$/);
    assert.equal(told.length, 3);
    await rows.last().scrollIntoViewIfNeeded();
    await shot(`compare ${name}`);
    assert.deepEqual(await violations(page), []);
    await press(button, 'Enter');
    assert.equal(await rows.count(), 0);
  }));
}
