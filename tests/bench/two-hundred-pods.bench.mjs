//! 200 Pods applied at once on 20 nodes: the main thread's work per frame, of the whole run and of the
//! frames in which all 200 move or cross-fade, with a blank page's figures beside. How fast it is, is
//! measured and never asserted; that all 200 move at once and are drawn is counted in the page and asserted.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { inPage } from '../browser/support.mjs';
import { parts, richEditor } from '../browser/roles.mjs';
import { counting, report, traced } from './frames.mjs';

const pods = Array.from({ length: 200 }, (_, n) => `apiVersion: v1
kind: Pod
metadata:
  name: p${String(n).padStart(3, '0')}
spec:
  containers:
    - name: web
      image: demo/web:1
`).join('---\n');

async function twentyNodes(page) {
  const { button, region } = parts(page);
  for (let n = 4; n <= 20; n += 1) {
    await button('Add node').click();
    const form = page.getByRole('form', { name: 'Node' });
    await form.getByRole('textbox', { name: 'Name' }).fill(`node-${n}`);
    await form.getByRole('textbox', { name: 'CPU' }).fill('4');
    await form.getByRole('button', { name: /^Add/ }).click();
    await page.getByRole('treeitem', { name: new RegExp(`^Node node-${n},`) }).waitFor();
  }
  await region('Stage').getByRole('button', { name: 'Fit' }).click();
}

test('a blank page', inPage({ path: 'nothing-here', expected: /404/ }, async ({ page }) => {
  await counting(page);
  report('blank page', await traced(page, () => page.waitForTimeout(4000)));
}));

test('200 Pods applied at once on 20 nodes all move at once', { timeout: 300_000 }, inPage(async ({ page, shot }) => {
  await richEditor(page);
  await twentyNodes(page);
  const { editor } = parts(page);
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(pods);
  await page.waitForTimeout(1500);
  await counting(page);
  const frames = await traced(page, async () => {
    await page.keyboard.press('ControlOrMeta+Enter');
    await page.waitForTimeout(10_000);
  });
  const most = Math.max(...frames.map(({ moving }) => moving));
  const drawn = await page.evaluate(() => document.querySelectorAll('[data-pod]').length);
  report('200 Pods, ten seconds', frames);
  report('200 Pods, while all of them move', frames.filter(({ moving }) => moving === most));
  console.log(`200 Pods: ${drawn} drawn, ${most} in motion at once`);
  await shot('200 pods');
  assert.deepEqual({ drawn, most }, { drawn: 200, most: 200 });
}));
