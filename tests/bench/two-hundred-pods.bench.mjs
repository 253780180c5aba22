//! 200 Pods applied at once on 20 nodes: the main thread's work per frame, of the whole run and of the
//! frames in which all 200 move or cross-fade, with a blank page's figures beside. How fast it is, is
//! measured and never asserted; that all 200 move at once and are drawn is counted in the page and asserted.
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

/** In the page: counts what moves with every frame, and marks it in the trace. */
async function counting(page) {
  await page.evaluate(() => {
    const count = () => {
      performance.mark(`moving ${document.querySelectorAll('[data-motion]').length}`);
      requestAnimationFrame(count);
    };
    count();
  });
}

/** Traces `run` and reckons the main thread's work, frame by frame. */
async function traced(page, run) {
  const browser = page.context().browser();
  await browser.startTracing(page, {
    categories: ['toplevel', 'blink.user_timing', 'devtools.timeline', 'disabled-by-default-devtools.timeline.frame', '__metadata'],
  });
  await run();
  const events = JSON.parse((await browser.stopTracing()).toString()).traceEvents;
  const names = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const ofPage = (event) => names.some(({ pid, tid }) => pid === event.pid && tid === event.tid);
  const tasks = events.filter((event) => /RunTask$/.test(event.name) && event.ph === 'X' && ofPage(event));
  const busiest = busiestThread(tasks);
  const here = ({ pid, tid }) => pid === busiest.pid && tid === busiest.tid;
  const work = tasks.filter(here);
  // A frame begins with the task in which the browser says so.
  const begins = events.filter((event) => event.name === 'BeginMainThreadFrame' && here(event)).map(({ ts }) => ts);
  const starts = work.filter(({ ts, dur }) => begins.some((begin) => begin >= ts && begin <= ts + dur)).map(({ ts }) => ts).sort((a, b) => a - b);
  const marks = events.filter((event) => event.name.startsWith('moving ') && here(event));
  return starts.slice(0, -1).map((start, i) => {
    const within = ({ ts }) => ts >= start && ts < starts[i + 1];
    const during = work.filter(within);
    const sum = (of) => during.reduce((all, task) => all + (of(task) ?? 0) / 1000, 0);
    return {
      lasts: (starts[i + 1] - start) / 1000,
      wall: sum(({ dur }) => dur),
      cpu: sum(({ tdur, dur }) => tdur ?? dur),
      longest: Math.max(0, ...during.map(({ dur }) => (dur ?? 0) / 1000)),
      moving: Math.max(0, ...marks.filter(within).map(({ name }) => Number(name.split(' ')[1]))),
    };
  });
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

function report(what, frames) {
  const part = (of, p) => percentile(frames.map(of), p).toFixed(1);
  const gaps = frames.map(({ lasts }) => lasts).filter((gap) => gap < 500);
  const late = gaps.filter((gap) => gap > 25).length / Math.max(1, gaps.length);
  console.log(`${what}: ${frames.length} frames, work per frame median ${part(({ wall }) => wall, 0.5)} ms, p95 ${part(({ wall }) => wall, 0.95)} ms `
    + `(of it on the processor ${part(({ cpu }) => cpu, 0.5)} and ${part(({ cpu }) => cpu, 0.95)} ms), `
    + `longest task ${part(({ longest }) => longest, 1)} ms, ${(late * 100).toFixed(1)} % of frames over 25 ms`);
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
