//! What stands outside the wasm: the policy, the loader, and the dialog after a panic (static/boot.js).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { inPage } from './support.mjs';
import { apply, digest, helloPod, parts } from './roles.mjs';

const loaded = ({ page }) => page.waitForFunction(() => performance.getEntriesByType('resource')
  .some(({ name }) => name.endsWith('.wasm')));
const dialog = (page) => page.getByRole('alertdialog', { name: 'The simulation stopped' });

test('the policy is the first thing in the head, and nothing violates it', inPage(async ({ page }) => {
  await loaded({ page });
  const first = await page.evaluate(() => document.head.firstElementChild.outerHTML);
  assert.match(first, /http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
}));

test('the test page itself would notice a violated policy', inPage(async ({ page, problems }) => {
  await page.evaluate(() => document.body.setAttribute('style', 'color: red'));
  // The browser's own words and the page's listener each tell of it, one after the other.
  const told = () => [/console: .*Content Security Policy/, /policy violated: style-src/]
    .every((pattern) => problems.some((problem) => pattern.test(problem)));
  for (let tries = 0; tries < 100 && !told(); tries += 1) await page.waitForTimeout(50);
  assert(told(), problems.join('\n'));
  problems.splice(0);
}));

test('the page works from a sub-folder of a host', inPage({ prefix: '/some/folder/' }, loaded));

test('the theme follows the system until one is chosen', inPage({ colorScheme: 'dark' }, async ({ page }) => {
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), 'dark');
  for (const [colorScheme, other] of [['light', 'Dark'], ['dark', 'Light']]) {
    await page.emulateMedia({ colorScheme });
    await page.getByRole('button', { name: other, exact: true }).waitFor();
    assert.equal(await theme(), colorScheme);
  }
  await page.evaluate(() => localStorage.setItem('podarium.theme', 'light'));
  await page.reload();
  assert.equal(await theme(), 'light');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.equal(await theme(), 'light');
}));

test('after a panic the dialog takes focus, and Restore starts a fresh instance', inPage(async ({ page, shot }) => {
  await loaded({ page });
  await page.evaluate(() => {
    window.addEventListener('ping', () => { globalThis.pinged = true; });
    globalThis.timer = setTimeout(() => { globalThis.timed = true; }, 300);
    podarium.panicked('index out of bounds: the len is 3 but the index is 7', 41);
    podarium.panicked('an echo', 42);
  });
  await dialog(page).getByText('index out of bounds').waitFor();
  await shot('stopped');
  assert.equal(await dialog(page).count(), 1);
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Restore');
  await page.keyboard.press('Escape');
  assert.equal(await dialog(page).count(), 1);

  await page.keyboard.press('Enter');
  await page.waitForFunction(() => performance.getEntriesByType('resource')
    .some(({ name }) => name.endsWith('.js?instance=2')));
  assert.equal(await dialog(page).count(), 0);
  assert.deepEqual(await page.evaluate(() => podarium.recovery), { mode: 'restore', beforeEvent: 41 });
  // Nothing of the dead instance runs on.
  await page.evaluate(() => window.dispatchEvent(new Event('ping')));
  await page.waitForTimeout(400);
  assert.deepEqual(await page.evaluate(() => [globalThis.pinged, globalThis.timed]), [undefined, undefined]);
}));

test('a panic can be left behind without the last input', inPage(async ({ page }) => {
  await loaded({ page });
  await page.evaluate(() => podarium.panicked('no such node', 7));
  await dialog(page).getByRole('button', { name: 'Without the last input' }).click();
  assert.deepEqual(await page.evaluate(() => podarium.recovery), { mode: 'without-last-input', beforeEvent: 7 });
}));

/** A page whose wasm never comes, so that the test has the storage to itself. */
const withoutWasm = {
  before: (page) => page.route('**/*.wasm', (route) => route.fulfill({ status: 404 })),
  expected: /404|WebAssembly|Response|MIME/,
};

test('a page that cannot start says so', inPage(withoutWasm, async ({ page }) => {
  await page.getByRole('alert').getByText('Podarium could not start').waitFor();
}));

test('a report holds the message and all that is stored', inPage(withoutWasm, async ({ page }) => {
  await page.getByRole('alert').waitFor();
  await page.evaluate(() => new Promise((resolve, reject) => {
    const request = indexedDB.open('podarium', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('journal').put(
      { text: 'kind: Pod', state: new Uint8Array([1, 2, 255]) }, 'input-1');
    request.onerror = reject;
    request.onsuccess = () => { request.result.close(); resolve(); };
  }));
  await page.evaluate(() => podarium.panicked('no such node', 7));
  const [download] = await Promise.all([page.waitForEvent('download'),
    dialog(page).getByRole('button', { name: 'Save a report' }).click()]);
  const report = JSON.parse(await readFile(await download.path(), 'utf8'));
  assert.equal(report.message, 'no such node');
  assert.equal(report.eventNumber, 7);
  assert.deepEqual(report.stored, { journal: [['input-1', { text: 'kind: Pod', state: { base64: 'AQL/' } }]] });
  await dialog(page).getByRole('status').getByText('The report is saved').waitFor();
}));

test('a trap without a report opens the dialog too', inPage({ expected: /unreachable/ }, async ({ page }) => {
  await loaded({ page });
  await page.evaluate(() => setTimeout(() => { throw new WebAssembly.RuntimeError('unreachable'); }));
  await dialog(page).waitFor();
}));

test('what could not be stored is stored before anything later is', inPage({ expected: /QuotaExceeded|full/ }, async ({ page }) => {
  await apply(page, helloPod);
  await parts(page).item(/^Pod default\/hello-pod, Running, 1 of 1 ready$/).waitFor();
  await page.evaluate(() => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };
    globalThis.mend = () => { IDBObjectStore.prototype.put = put; };
  });
  await apply(page, helloPod.replaceAll('hello-pod', 'second'));
  await page.getByRole('alert').filter({ hasText: 'stores nothing' }).waitFor();
  await page.evaluate(() => globalThis.mend());
  await apply(page, helloPod.replaceAll('hello-pod', 'third'));
  await parts(page).item(/^Pod default\/third, Running, 1 of 1 ready$/).waitFor();
  await parts(page).button('Pause').click();
  await page.waitForTimeout(500);
  const before = await digest(page);
  await page.reload();
  await parts(page).item(/^Pod default\/second, Running, 1 of 1 ready$/).waitFor();
  assert.equal(await digest(page), before);
}));

test('records behind one that is missing are given up, and it is said', inPage(async ({ page }) => {
  for (const name of ['one', 'two', 'three']) await apply(page, helloPod.replaceAll('hello-pod', name));
  await parts(page).item(/^Pod default\/three, Running, 1 of 1 ready$/).waitFor();
  await parts(page).button('Pause').click();
  await page.evaluate(() => new Promise((resolve) => {
    indexedDB.open('podarium').onsuccess = ({ target: { result: database } }) => {
      const transaction = database.transaction('journal', 'readwrite');
      transaction.objectStore('journal').delete(1);
      transaction.oncomplete = () => { database.close(); resolve(); };
    };
  }));
  await page.reload();
  await page.getByRole('alert').filter({ hasText: 'could not be stored' }).waitFor();
  await parts(page).item(/^Pod default\/one/).waitFor();
  assert.equal(await parts(page).item(/^Pod default\/(two|three)/).count(), 0);
  await apply(page, helloPod.replaceAll('hello-pod', 'four'));
  await parts(page).item(/^Pod default\/four/).waitFor();
  await page.reload();
  await parts(page).item(/^Pod default\/four/).waitFor();
  assert.equal(await page.getByRole('alert').count(), 0);
}));

let giveUp;
const onItsWay = new Promise((resolve) => { giveUp = resolve; });
test('while the wasm is on its way, the page says so; when it does not come, too', inPage({ expected: /Failed|fetch|ERR_/, before: (page) => page.route('**/*.wasm', async (route) => {
  await onItsWay;
  await route.abort();
}) }, async ({ page, shot }) => {
  await page.getByText('Loading a cluster').waitFor();
  await shot('loading');
  giveUp();
  await page.getByRole('alert').getByRole('button', { name: 'Try again' }).waitFor();
  await shot('cannot-start');
}));

test('a database that never opens does not hold the page up for ever', inPage({ before: (page) => page.addInitScript(() => {
  IDBFactory.prototype.open = () => ({});
}) }, async ({ page }) => {
  await page.getByRole('alert').filter({ hasText: 'stores nothing' }).waitFor();
  await apply(page, helloPod);
  await parts(page).item(/^Pod default\/hello-pod, Running, 1 of 1 ready$/).waitFor();
}));

test('stored work without its beginning is left alone', inPage(async ({ page }) => {
  await apply(page, helloPod);
  await parts(page).item(/^Pod default\/hello-pod/).waitFor();
  await page.evaluate(() => new Promise((resolve) => {
    indexedDB.open('podarium').onsuccess = ({ target: { result: database } }) => {
      const transaction = database.transaction('meta', 'readwrite');
      transaction.objectStore('meta').delete('start');
      transaction.oncomplete = () => { database.close(); resolve(); };
    };
  }));
  await page.reload();
  await page.getByRole('alert').filter({ hasText: 'its beginning is missing' }).waitFor();
  const [, , , records] = await page.evaluate(() => globalThis.podarium.storage.read());
  assert.equal(records.length, 1);
}));
