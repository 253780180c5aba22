//! 200 Pods applied at once on 20 nodes: the main thread's work per frame while all of them move or
//! cross-fade, with a blank page's figures beside. Measured, never asserted.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { inPage } from '../browser/support.mjs';
import { parts, richEditor } from '../browser/roles.mjs';

const pods = Array.from({ length: 200 }, (_, n) => `apiVersion: v1
kind: Pod
metadata:
  name: p${String(n).padStart(3, '0')}
spec:
  containers:
    - name: web
      image: demo/web:1
`).join('---\n');

/** Traces `run` and reckons the main thread's work: longest task, and work per frame. */
async function traced(page, run) {
  const browser = page.context().browser();
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline.frame', '__metadata'] });
  await run();
  const events = JSON.parse((await browser.stopTracing()).toString()).traceEvents;
  const names = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const ofPage = (event) => names.some(({ pid, tid }) => pid === event.pid && tid === event.tid);
  const tasks = events.filter((event) => /RunTask$/.test(event.name) && event.ph === 'X' && ofPage(event));
  const busiest = busiestThread(tasks);
  const work = tasks.filter((event) => event.tid === busiest.tid && event.pid === busiest.pid).sort((a, b) => a.ts - b.ts);
  const frames = events.filter((event) => event.name === 'BeginMainThreadFrame' && event.pid === busiest.pid && event.tid === busiest.tid)
    .map(({ ts }) => ts).sort((a, b) => a - b);
  const perFrame = frames.slice(0, -1).map((start, i) => work
    .filter(({ ts }) => ts >= start && ts < frames[i + 1]).reduce((sum, { dur }) => sum + (dur ?? 0) / 1000, 0));
  const gaps = frames.slice(1).map((end, i) => (end - frames[i]) / 1000).filter((gap) => gap < 500);
  return {
    frames: perFrame.length,
    longest: Math.max(0, ...work.map(({ dur }) => (dur ?? 0) / 1000)),
    p95: percentile(perFrame, 0.95),
    median: percentile(perFrame, 0.5),
    dropped: gaps.filter((gap) => gap > 25).length / Math.max(1, gaps.length),
  };
}

function busiestThread(tasks) {
  const sums = new Map();
  for (const { pid, tid, dur } of tasks) sums.set(`${pid} ${tid}`, (sums.get(`${pid} ${tid}`) ?? 0) + (dur ?? 0));
  const [pid, tid] = [...sums].sort((a, b) => b[1] - a[1])[0][0].split(' ').map(Number);
  return { pid, tid };
}

function percentile(numbers, part) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function report(what, { frames, longest, p95, median, dropped }) {
  console.log(`${what}: ${frames} frames, work per frame median ${median.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, `
    + `longest task ${longest.toFixed(0)} ms, ${(dropped * 100).toFixed(1)} % of frames over 25 ms`);
}

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

test('a blank page', inPage({ path: 'nothing-here' , expected: /404/ }, async ({ page }) => {
  report('blank page', await traced(page, () => page.evaluate(() => new Promise((resolve) => {
    const end = performance.now() + 4000;
    const tick = () => performance.now() < end ? requestAnimationFrame(tick) : resolve();
    tick();
  }))));
}));

test('200 Pods applied at once on 20 nodes', { timeout: 300_000 }, inPage(async ({ page, shot }) => {
  await richEditor(page);
  await twentyNodes(page);
  const { editor } = parts(page);
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(pods);
  await page.waitForTimeout(1500);
  let most = 0;
  const figures = await traced(page, async () => {
    await page.keyboard.press('ControlOrMeta+Enter');
    for (let i = 0; i < 40; i += 1) {
      const moving = await page.evaluate(() => document.querySelectorAll('[data-motion]').length);
      most = Math.max(most, moving);
      if (i === 8) await shot('200 pods in motion');
      await page.waitForTimeout(250);
    }
  });
  report('200 Pods on 20 nodes', figures);
  const drawn = await page.evaluate(() => document.querySelectorAll('[data-pod]').length);
  console.log(`200 Pods on 20 nodes: ${drawn} Pods drawn, at most ${most} in motion at a look`);
  await shot('200 pods');
  assert.equal(drawn, 200);
}));
