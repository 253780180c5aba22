//! Bad input never changes the cluster, and says where it is bad.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { inPage } from './support.mjs';
import { apply, digest, helloPod, parts, richEditor, write } from './roles.mjs';

const misspelt = helloPod.replace('containers:', 'contianers:');

test('a misspelt field is named with its place, and nothing is applied', inPage(async ({ page, shot }) => {
  await richEditor(page);
  const before = await parts(page).pods.count();
  await apply(page, misspelt);
  await parts(page).problems.first().waitFor();
  const items = await parts(page).problems.allInnerTexts();
  assert.ok(items.some((item) => item.trim().startsWith('Line 6, column 3: unknown field "spec.contianers"')), items.join('\n'));
  await shot('unknown field');
  await page.waitForTimeout(300);
  assert.equal(await parts(page).pods.count(), before);
  await page.keyboard.press('F8');
  await page.keyboard.type('X');
  const { manifest } = await page.evaluate(() => ({ manifest: podarium.manifest() }));
  assert.match(manifest, /^ {2}Xcontianers:/m, 'F8 goes to the problem');
}));

/** How long the page takes to say what is wrong, and what it says. */
async function refusal(page, put) {
  await richEditor(page);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await page.waitForTimeout(300);
  const before = await digest(page);
  await parts(page).editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('Delete');
  const told = page.evaluate(() => new Promise((resolve) => {
    const list = () => document.querySelector('[role=list][aria-label="Problems"], ul[aria-label="Problems"], ol[aria-label="Problems"]');
    const start = { at: null };
    globalThis.putting = () => { start.at = performance.now(); };
    const watcher = new MutationObserver(() => {
      const first = list()?.querySelector('li, [role=listitem]');
      if (first && start.at !== null) {
        watcher.disconnect();
        resolve({ text: first.innerText, milliseconds: performance.now() - start.at });
      }
    });
    watcher.observe(document.body, { subtree: true, childList: true, characterData: true });
  }));
  await put();
  const { text, milliseconds } = await told;
  await page.keyboard.press('ControlOrMeta+Enter');
  await page.waitForTimeout(300);
  assert.equal(await digest(page), before, 'the cluster is as it was');
  return { text, milliseconds };
}

/** A paste, without the driver's own way of typing 10 MB. */
const paste = (page, make) => page.evaluate((make) => {
  const text = new Function(`return ${make}`)();
  const inShadow = (root) => root.activeElement?.shadowRoot ? inShadow(root.activeElement.shadowRoot) : root.activeElement;
  const data = new DataTransfer();
  data.setData('text/plain', text);
  globalThis.putting();
  inShadow(document).dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true, composed: true }));
}, make);

for (const [what, make, pattern] of [
  ['a tab as indentation', `'apiVersion: v1\\nkind: Pod\\nmetadata:\\n\\tname: hello-pod\\n'`, /tab|cannot start any token/],
  ['a 10 MB paste', `'a: b\\n'.repeat(2 * 1024 * 1024)`, /2 MiB/],
  ['an alias bomb', `'a: &a [x, x, x, x, x, x, x, x, x]\\n' + [...'bcdefghij'].map((c, i) => c + ': &' + c + ' [' + Array(9).fill('*' + 'abcdefghij'[i]).join(', ') + ']\\n').join('')`, /alias/],
]) {
  test(`${what} gives a clear error within 100 ms and leaves the cluster as it was`, inPage(async ({ page }) => {
    const { text, milliseconds } = await refusal(page, () => paste(page, make));
    assert.match(text, pattern);
    assert.ok(milliseconds <= 100, `${milliseconds} ms`);
    console.log(`# ${what}: ${milliseconds.toFixed(0)} ms: ${text}`);
  }));
}

test('a duplicate key is a warning, and the last one wins', inPage(async ({ page }) => {
  await apply(page, helloPod.replace('image: demo/web:1', 'image: demo/web:2\n      image: demo/web:1'));
  await parts(page).item(/^Pod default\/hello-pod, Running, 1 of 1 ready/).waitFor();
  const items = await parts(page).problems.allInnerTexts();
  assert.ok(items.some((item) => /^Line 8, column \d+: warning: .*image/.test(item.trim())), items.join('\n'));
}));

test('a valid field that is not simulated is marked at the field', inPage(async ({ page, shot }) => {
  await richEditor(page);
  await write(page, helloPod.replace('spec:\n', 'spec:\n  setHostnameAsFQDN: true\n'));
  await parts(page).notes.first().waitFor();
  const items = await parts(page).notes.allInnerTexts();
  assert.ok(items.some((item) => item.includes('Line 6, column 3: spec.setHostnameAsFQDN is valid, but not simulated here')), items.join('\n'));
  await shot('not simulated');
}));

test('one bad document stops the whole Apply', inPage(async ({ page }) => {
  await richEditor(page);
  const before = await parts(page).pods.count();
  await apply(page, `${helloPod}---\n${misspelt.replace('hello-pod', 'other')}`);
  await parts(page).problems.first().waitFor();
  await page.waitForTimeout(500);
  assert.equal(await parts(page).pods.count(), before);
}));
