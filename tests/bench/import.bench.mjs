//! An export of 1,000 nodes and 10,000 Pods, managedFields and Secrets beside, imported by file: how long
//! it takes, the longest task of the main thread while it is read and while the world takes it in, and the
//! first drawing of the new cluster. Measured, never asserted; that all of it arrives is asserted.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inPage } from '../browser/support.mjs';
import { parts } from '../browser/roles.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [nodes, pods] = (process.env.EXPORT ?? '1000,10000').split(',').map(Number);

/** Marks in the trace when the import goes from one stage to the next. */
const marking = (page) => page.evaluate(() => {
  let stage = '';
  const look = () => {
    const said = document.querySelector('[role=progressbar]')?.getAttribute('aria-valuetext') ?? '';
    const now = /about/.test(said) ? 'reading' : /stored/.test(said) ? 'storing' : said ? 'taking' : stage && 'shown';
    if (now !== stage) performance.mark(`import ${stage = now}`);
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
});

/** The largest memory that a process of the browser ever had, in MiB. */
function memory() {
  const peaks = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).map((pid) => {
    try {
      if (!/--type=renderer/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))) return 0;
      return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    } catch { return 0; }
  });
  return Math.max(...peaks) / 1024;
}

test('1,000 nodes and 10,000 Pods by file', { timeout: 600_000 }, inPage(async ({ page }) => {
  const file = join(mkdtempSync(join(tmpdir(), 'export-')), 'cluster.yaml');
  execFileSync('cargo', ['xtask', 'export-cluster', '--nodes', nodes, '--pods', pods, file], { cwd: root });
  await parts(page).tree.waitFor();
  await page.waitForTimeout(1000);
  await marking(page);
  const browser = page.context().browser();
  await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing', '__metadata'] });
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), parts(page).button('Import').first().click()]);
  await chooser.setFiles(file);
  await page.getByText(/^Imported [\d,]+ nodes and [\d,]+ Pods/).first().waitFor({ timeout: 500_000 });
  await page.waitForTimeout(1000);
  const events = JSON.parse((await browser.stopTracing()).toString()).traceEvents;
  const marks = events.filter(({ name }) => name.startsWith('import '));
  const { pid, tid } = marks[0];
  const tasks = events.filter((event) => /RunTask$/.test(event.name) && event.pid === pid && event.tid === tid && event.dur);
  const seconds = (from, to) => ((to - from) / 1e6).toFixed(1);
  console.log(`the file has ${(statSync(file).size / 2 ** 20).toFixed(0)} MiB; the page's process had ${memory().toFixed(0)} MiB at most`);
  marks.forEach((mark, at) => {
    const until = marks[at + 1]?.ts ?? Infinity;
    const during = tasks.filter(({ ts, dur }) => ts + dur > mark.ts && ts < until);
    const longest = (of) => Math.max(0, ...during.map((task) => (of(task) ?? 0) / 1000)).toFixed(0);
    const long = during.filter(({ dur }) => dur > 50_000).length;
    const lasts = until === Infinity ? '' : ` ${seconds(mark.ts, until)} s,`;
    console.log(`${mark.name}:${lasts} longest task ${longest(({ dur }) => dur)} ms `
      + `(on the processor ${longest(({ tdur }) => tdur)}), ${long} of ${during.length} over 50 ms`);
  });
  const found = await page.evaluate(() => JSON.parse(globalThis.podarium.journal()).records
    .flatMap((record) => record.Input?.input.Import?.parts ?? []).join('').split('\n')
    .reduce((all, line) => ({ ...all, [/"kind":"(Node|Pod)","metadata"/.exec(line)?.[1]]: (all[/"kind":"(Node|Pod)","metadata"/.exec(line)?.[1]] ?? 0) + 1 }), {}));
  assert.deepEqual([found.Node, found.Pod], [nodes, pods]);
}));
