//! Time is under the person's control, and every way back leads to the same state.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { inPage } from './support.mjs';
import { apply, digest, duo, helloPod, parts, richEditor, seconds } from './roles.mjs';

const ready = /^Pod default\/hello-pod, Running, 1 of 1 ready/;

async function pausedWithHelloPod(page) {
  await apply(page, helloPod);
  await parts(page).item(ready).waitFor();
  await parts(page).button('Pause').click();
  await parts(page).button('Play').waitFor();
}

test('scrubbing to a time and back gives the same state', inPage(async ({ page, shot }) => {
  await pausedWithHelloPod(page);
  const [before, now] = [await digest(page), await seconds(page)];
  await parts(page).time.focus();
  await page.keyboard.press('Home');
  await page.waitForFunction(() => document.querySelector('[role=slider][aria-label=Time]').getAttribute('aria-valuetext').startsWith('t+0.0'));
  assert.notEqual(await digest(page), before);
  assert.equal(await parts(page).pods.count(), 0);
  await page.keyboard.press('End');
  await parts(page).item(ready).waitFor();
  assert.equal(await seconds(page), now);
  assert.equal(await digest(page), before);
  for (let i = 0; i < 12; i += 1) await page.keyboard.press('ArrowLeft');
  await shot('in the past');
  await page.keyboard.press('End');
  assert.equal(await digest(page), before);
}));

test('a pointer goes to the moment under it, and drags it', inPage(async ({ page }) => {
  await pausedWithHelloPod(page);
  const { x, y, width, height } = await parts(page).time.boundingBox();
  const at = async (time) => {
    await page.waitForFunction((time) => Math.abs(document.querySelector('[role=slider][aria-label=Time]').getAttribute('aria-valuenow') - time) < 0.15, time);
  };
  const lived = Number(await parts(page).time.getAttribute('aria-valuemax'));
  const window = [20, 60, 120].find((seconds) => lived <= seconds * 0.9); // what the lanes show of a young cluster
  await page.mouse.move(x + width * 2 / window, y + height / 2);
  await page.mouse.down();
  await at(2);
  await page.mouse.move(x + width * 3 / window, y + height * 2); // captured: also outside
  await at(3);
  await page.mouse.up();
  await page.mouse.move(x + width * 1 / window, y + height / 2);
  await page.waitForTimeout(100);
  await at(3);
}));

test('a reload, and the same journal run natively, give the same state', inPage(async ({ page }) => {
  await pausedWithHelloPod(page);
  await page.waitForTimeout(1500);
  const before = await digest(page);
  const journal = await page.evaluate(() => podarium.journal());
  const file = join(mkdtempSync(join(tmpdir(), 'podarium-')), 'journal.json');
  writeFileSync(file, journal);
  const replay = join(process.env.PODARIUM_NATIVE ?? 'target/debug', 'replay');
  assert.match(execFileSync(replay, [file], { encoding: 'utf8' }), new RegExp(`digest ${before}`));
  await page.reload();
  await parts(page).item(ready).waitFor();
  await parts(page).button('Play').waitFor();
  assert.equal(await digest(page), before);
}));

test('paused, all of a large Apply is done, and a reload comes back to it', inPage(async ({ page }) => {
  await richEditor(page);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  const names = Array.from({ length: 150 }, (_, i) => `pod-${i}`);
  await apply(page, names.map((name) => helloPod.replace('hello-pod', name)).join('---\n'));
  await parts(page).item(/^Pod default\/pod-149, Pending/).waitFor();
  await page.waitForTimeout(1500);
  const before = await digest(page);
  await page.reload();
  await parts(page).item(/^Pod default\/pod-149, Pending/).waitFor();
  await page.waitForTimeout(1500);
  assert.equal(await digest(page), before);
  assert.equal(await page.getByRole('alert').count(), 0, 'nothing is said of another state');
}));

test('Step goes to the next recorded change, and back one event', inPage(async ({ page }) => {
  await parts(page).button('Pause').click();
  await apply(page, helloPod);
  await parts(page).button('Step').click();
  await parts(page).item(/^Pod default\/hello-pod, Pending, 0 of 1 ready/).waitFor();
  const at = await seconds(page);
  for (let i = 0; i < 4; i += 1) await parts(page).button('Step').click();
  const later = await seconds(page);
  assert.ok(later > at, `${later} is after ${at}`);
  await parts(page).time.focus();
  await page.keyboard.press(',');
  await page.waitForTimeout(200);
  assert.ok(await seconds(page) <= later);
}));

test('Undo takes the Pod back, Redo brings it again', inPage(async ({ page }) => {
  await pausedWithHelloPod(page);
  const before = await digest(page);
  await parts(page).button('Undo').click();
  await parts(page).item(ready).waitFor({ state: 'detached' });
  assert.equal(await parts(page).pods.count(), 0);
  await parts(page).button('Redo').click();
  await parts(page).item(ready).waitFor();
  assert.equal(await digest(page), before);
}));

test('pausing freezes a Pod in mid-flight, and the picture stays', inPage(async ({ page, shot }) => {
  await parts(page).speed.selectOption('¼×');
  const pause = await page.getByRole('button', { name: 'Pause', exact: true }).elementHandle();
  await page.evaluate((button) => new MutationObserver((_, observer) => {
    if (!document.querySelector('[data-motion="travels"]')) return;
    observer.disconnect();
    setTimeout(() => button.click(), 100); // some way on, not just leaving
  }).observe(document.body, { subtree: true, attributeFilter: ['data-motion'] }), pause);
  await apply(page, duo);
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
  await page.waitForTimeout(200);
  const picture = () => page.evaluate(() => document.querySelector('[role=region][aria-label=Stage] svg, section[aria-label=Stage] svg')?.outerHTML);
  const first = await picture();
  assert.match(first, /data-motion="travels"/, 'it is on its way');
  await shot('in mid-flight');
  await page.waitForTimeout(500);
  assert.equal(await picture(), first);
}));

/** Counts what is asked of the browser. */
const counting = async (page) => page.addInitScript(() => {
  const asked = globalThis.asked = { frames: 0, timers: 0 };
  for (const [name, kind] of [['requestAnimationFrame', 'frames'], ['setTimeout', 'timers'], ['setInterval', 'timers']]) {
    const original = globalThis[name];
    globalThis[name] = function (...rest) { asked[kind] += 1; return original.apply(globalThis, rest); };
  }
});

test('paused, from two seconds after the last input nothing is asked of the browser', inPage({ before: counting }, async ({ page }) => {
  await pausedWithHelloPod(page);
  await page.waitForTimeout(2200);
  const before = await page.evaluate(() => ({ ...asked }));
  await page.waitForTimeout(2500);
  assert.deepEqual(await page.evaluate(() => ({ ...asked })), before);
}));

test('playing with nothing in motion asks for no frame', inPage({ before: counting }, async ({ page }) => {
  await apply(page, helloPod);
  await parts(page).item(ready).waitFor();
  await page.waitForTimeout(2500);
  const before = await page.evaluate(() => ({ ...asked }));
  await page.waitForTimeout(3000);
  const after = await page.evaluate(() => ({ ...asked }));
  assert.equal(after.frames, before.frames);
  assert.ok(after.timers - before.timers <= 8, `${after.timers - before.timers} timers in 3 s`);
}));

test('a panic in the core is recovered, with the input before it kept', inPage({ path: '?debug', expected: /panic|unreachable/ }, async ({ page, shot }) => {
  await apply(page, helloPod);
  await parts(page).item(ready).waitFor();
  await parts(page).button('Panic in the core').click();
  const dialog = page.getByRole('alertdialog', { name: 'The simulation stopped' });
  await dialog.waitFor();
  await shot('stopped');
  await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
  await parts(page).item(ready).waitFor();
  await parts(page).button('Play').waitFor();
  await parts(page).button('Play').click();
  await dialog.waitFor();
  await dialog.getByRole('button', { name: 'Without the last input' }).click();
  await parts(page).item(ready).waitFor();
  await parts(page).button('Play').click();
  await page.waitForTimeout(2500);
  assert.equal(await dialog.count(), 0);
}));

test('a reload goes on as fast as before, and does what is asked for meanwhile', inPage(async ({ page }) => {
  const { button } = parts(page);
  await apply(page, helloPod);
  await page.getByRole('combobox', { name: 'Speed' }).selectOption('10×');
  await parts(page).item(/^Pod default\/hello-pod, Running, 1 of 1 ready$/).waitFor();
  await button('Pause').click();
  await page.waitForTimeout(300);
  await page.reload();
  // At once: before or after the replay is over.
  await button('Add host').click();
  await parts(page).item(/^Host host-3/).waitFor();
  assert.equal(await page.getByRole('combobox', { name: 'Speed' }).inputValue(), '1000');
}));
