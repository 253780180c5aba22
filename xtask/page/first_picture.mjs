//! Records which functions the first picture does not need: runs the page, each function leaving a mark when it is
//! called, on a desktop and on a phone, until the lab cluster stands there. The editor comes with the rest.
//! Needs `target/page/named.wasm` and dist/ of a release, and a Chromium. `cargo xtask first-picture` calls it.
import { cpSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';
import { chromium } from 'playwright-core';
import { root } from './modules.mjs';
import { serve } from './server.mjs';
import { functions, hasName, mark, record } from './split.mjs';

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
const called = new Set();
for (const [visit, rate] of VISITS.flatMap((visit) => SLOWNESS.map((rate) => [visit, rate]))) {
  const context = await browser.newContext(visit);
  const page = await context.newPage();
  await (await context.newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate });
  await page.route(/\/(editor|rest)-/, () => {}); // they never come
  await page.goto(url);
  await page.getByRole('treeitem', { name: /^Node node-1,/ }).waitFor();
  await page.waitForTimeout(LOOKS * rate);
  // Whoever leaves at once waits for nothing: a page that goes may not stand still.
  await page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new PageTransitionEvent('pagehide'));
  });
  await page.waitForTimeout(LOOKS * rate);
  const marks = await page.evaluate(async ([from, count]) => {
    const { dataset } = document.querySelector('script[data-js]');
    const glue = await import(new URL(dataset.js, document.baseURI));
    globalThis.podarium.fetchRest = () => {};
    glue.bring_rest(); // whatever brings the rest in can't be part of it
    const { memory } = await glue.default();
    return Array.from(new Uint8Array(memory.buffer, from, count));
  }, [MARKS, own.length]);
  own.forEach(({ name }, i) => { if (marks[i]) called.add(mark(name)); });
}
await browser.close();
stop();
const later = new Set(own.filter(({ name }) => hasName(name)).map(({ name }) => mark(name)).filter((one) => !called.has(one)));
record(later);
console.log(`the first picture needs ${called.size} of ${own.length} functions`);
process.exit(0);
