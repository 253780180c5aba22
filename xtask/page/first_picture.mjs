//! Records which functions the first picture does not need: runs the page, each function leaving a mark when it is
//! called, on a desktop and on a phone, until the lab cluster stands there. The editor comes with the rest. What is named
//! [`ASKED`] and nobody calls on a usual visit comes only when somebody asks for it.
//! Needs `target/page/named.wasm` and dist/ of a release, and a Chromium. `cargo xtask first-picture` calls it.
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';
import { chromium } from 'playwright-core';
import { apply, helloPod, parts, richEditor } from '../../tests/browser/roles.mjs';
import { root } from './modules.mjs';
import { serve } from './server.mjs';
import { functions, hasName, mark, plain, record } from './split.mjs';

/** Lessons and what makes them, the Theory view, links and files, kubectl: whoever wants them asks for them (`src/ui/parts.rs`). */
const ASKED = /podarium::(kubectl|lesson|cluster::theory|scene::theory|history::link|ui::(lesson|links|theory|export|app::(asking|authoring|teaching)))\b|pulldown_cmark/;
/** In the deep end of the shadow stack, which nobody comes to: data begin behind it, at 1 MiB. */
const MARKS = 1024;
/** So long the picture is looked at, in milliseconds. */
const LOOKS = 300;
const VISITS = [
  { viewport: { width: 1440, height: 900 } },
  { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: 'dark', reducedMotion: 'reduce' },
];
/** So many times slower than this computer. */
const SLOWNESS = [1, 4, 12];

const module = binaryen.readBinary(readFileSync(`${root}target/page/named.wasm`));
const { own } = functions(module);
own.forEach(({ name, results, body }, i) => {
  const marks = module.i32.store8(0, 1, module.i32.const(MARKS + i), module.i32.const(1));
  binaryen.Function.setBody(module.getFunction(name), module.block(null, [marks, body], results));
});
const folder = `${root}target/page/first-picture`;
rmSync(folder, { recursive: true, force: true });
cpSync(`${root}dist`, folder, { recursive: true });
const wasm = readdirSync(folder).find((file) => file.endsWith('_bg.wasm'));
writeFileSync(`${folder}/${wasm}`, module.emitBinary());

const { url, stop } = await serve(folder);
const browser = await chromium.launch({
  executablePath: process.env.CHROME,
  args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu'],
});
const called = new Set(); // until the first picture
for (const [visit, rate] of VISITS.flatMap((visit) => SLOWNESS.map((rate) => [visit, rate]))) {
  const context = await browser.newContext(visit);
  const page = await context.newPage();
  await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate });
  await page.route(/\/(editor|rest|more)-/, () => {}); // they never come
  await page.goto(url);
  await page.getByRole('treeitem', { name: /^Node node-1,/ }).waitFor();
  await page.waitForTimeout(LOOKS * rate);
  // Whoever leaves at once waits for nothing: a page that goes may not stand still.
  await page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new PageTransitionEvent('pagehide'));
  });
  await page.waitForTimeout(LOOKS * rate);
  await marksOf(page, called);
  await context.close();
}
const usual = new Set(); // of a visit without what comes when it is asked for
for (const visit of VISITS) {
  const context = await browser.newContext(visit);
  await context.addInitScript(() => localStorage.setItem('podarium.welcome', 'seen'));
  const page = await context.newPage();
  await page.goto(url);
  await usualVisit(page);
  await context.close();
}
await browser.close();
stop();
const later = new Map();
for (const { name } of own.filter(({ name }) => hasName(name))) {
  const one = mark(name);
  if (!called.has(one)) later.set(one, ASKED.test(plain(name)) && !usual.has(one) ? 2 : 1);
}
record(later);
const more = [...later.values()].filter((part) => part === 2).length;
console.log(`the first picture needs ${called.size} of ${own.length} functions; ${more} come when they are asked for`);
process.exit(0);

/** Adds the functions that were called in a page. */
async function marksOf(page, into) {
  const marks = await page.evaluate(async ([from, count]) => {
    const { dataset } = document.querySelector('script[data-js]');
    const glue = await import(new URL(dataset.js, document.baseURI));
    globalThis.podarium.fetchPart = () => {};
    glue.bring_part(1); // whatever brings a part in can't be part of it
    const { memory } = await glue.default();
    return Array.from(new Uint8Array(memory.buffer, from, count));
  }, [MARKS, own.length]);
  own.forEach(({ name }, i) => { if (marks[i]) into.add(mark(name)); });
}

/** What nearly everybody does: a Pod is applied, looked at from all sides, taken back, deleted, and all begins anew, a reload too. */
async function usualVisit(page) {
  const isNarrow = page.viewportSize().width < 600;
  const panel = async (name) => { if (isNarrow) await page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name }).click(); };
  const { button, item } = parts(page);
  await richEditor(page);
  await panel('Manifest');
  await apply(page, helloPod.replace('image:', 'imagee:'));
  await page.waitForTimeout(LOOKS);
  await apply(page, helloPod);
  await panel('Stage');
  const pod = item(/^Pod default\/hello-pod, Running, 1 of 1 ready/);
  await pod.waitFor({ state: 'attached' });
  await pod.focus();
  await page.keyboard.press('Enter');
  for (const view of ['Pod', 'Scheduling', 'Network', 'Ownership', 'Machines']) {
    await page.getByRole('tab', { name: view, exact: true }).click();
    await page.waitForTimeout(LOOKS);
  }
  await panel('Details');
  for (const tab of ['Events', 'YAML', 'Why', 'Summary']) {
    await page.getByRole('tab', { name: tab, exact: true }).click();
    await page.waitForTimeout(LOOKS);
  }
  await panel('Stage');
  for (const name of ['Pause', 'Step', 'Undo', 'Redo', 'Play']) {
    await button(name).first().click();
    await page.waitForTimeout(LOOKS);
  }
  await panel('Details');
  await button('Delete').first().click();
  await page.waitForTimeout(10 * LOOKS);
  await button('New cluster').first().click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.waitForTimeout(10 * LOOKS);
  await marksOf(page, usual);
  await page.reload(); // its wasm begins anew
  await richEditor(page);
  await page.waitForTimeout(LOOKS);
  await marksOf(page, usual);
}
