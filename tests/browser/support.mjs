//! What all browser tests share. A test is
//!
//!     test('typing hello-pod makes a Pod', inPage(async ({ page, shot }) => { … }));
//!     test('the same in the dark', inPage({ colorScheme: 'dark', viewport: { width: 390, height: 844 } }, async …));
//!
//! It gets a fresh context on a static host, and fails also on a violated policy, an error in the console,
//! or a request to another origin. Needs a built page: `cargo xtask build`.
import { after } from 'node:test';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from '../../xtask/page/server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const dist = process.env.PODARIUM_DIST ?? join(here, '../../dist');
const chromes = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser']
  .flatMap((name) => (process.env.PATH ?? '').split(':').map((folder) => `${folder}/${name}`))
  .concat('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');

/** One browser for a file of tests, with what a closed network and a container need. */
let browser;
async function launch() {
  const root = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: process.env.CHROME ?? chromes.find((path) => existsSync(path)),
    args: [...(root ? ['--no-sandbox'] : []), '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}
const hosts = new Map(); // by prefix
const host = (prefix) => {
  if (!hosts.has(prefix)) hosts.set(prefix, serve(dist, { prefix }));
  return hosts.get(prefix);
};
after(async () => {
  await browser?.then((running) => running.close());
  for (const { stop } of await Promise.all(hosts.values())) stop();
});

/**
 * Wraps a test's body. Whoever opens the page was here before, and isn't welcomed, unless `firstVisit` is set.
 * Options: `prefix` (the folder on the host, default '/'), `path` ('?lesson=…', '#v1.…'),
 * `expected` (a pattern for errors that belong to the test), `before` (async, gets the page before it is opened),
 * and all of Playwright's context options (viewport, colorScheme, reducedMotion, …).
 * The body gets `page`, `context`, `url`, `problems` (what would fail the test, so far),
 * `shot(name)`, which saves tests/browser/screenshots/NAME.png, and `elsewhere(address)`: a page at it, as another
 * person has it.
 */
export function inPage(options, body = options) {
  const { prefix = '/', path = '', expected, before, firstVisit = false, ...contextOptions } = options === body ? {} : options;
  return async () => {
    browser ??= launch();
    const { url } = await host(prefix);
    const problems = [];
    const problem = (text) => { if (!expected?.test(text)) problems.push(text); };
    const contexts = [];
    const fresh = async () => {
      const context = await (await browser).newContext({ viewport: { width: 1440, height: 900 }, ...contextOptions });
      contexts.push(context);
      watch(context, new URL(url).origin, problem);
      if (!firstVisit) await context.addInitScript(wasWelcomed);
      await context.addInitScript(() => addEventListener('securitypolicyviolation', (event) => console.error(
        `policy violated: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)));
      return context;
    };
    const context = await fresh();
    const elsewhere = async (address = '') => {
      const page = await (await fresh()).newPage();
      await page.goto(new URL(address, url).href);
      return page;
    };
    const page = await context.newPage();
    const shot = (name) => screenshot(page, name);
    try {
      await before?.(page);
      await page.goto(url + path);
      await Promise.race([body({ page, context, url, problems, shot, elsewhere }), tooLate()]);
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve))).catch(() => {}); // late messages
    } catch (error) {
      await shot(`FAILED ${error.message.split('\n')[0].replace(/[^\w ]+/g, '').slice(0, 60)}`).catch(() => {});
      if (problems.length > 0) error.message += `\nand on the page: ${problems.join('\n')}`;
      throw error;
    } finally {
      for (const one of contexts) await one.close();
    }
    if (problems.length > 0) throw new Error(`on the page: ${problems.join('\n')}`);
  };
}

/** In the page: remembers an earlier visit, where anything is remembered. */
function wasWelcomed() {
  try {
    localStorage.setItem('podarium.welcome', 'seen');
  } catch { /* blocked, or no page of a host */ }
}

/** A test that waits for what never comes fails; it doesn't stand. */
function tooLate() {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('it took more than five minutes')), 300_000).unref();
  });
}

function watch(context, origin, problem) {
  context.on('console', (message) => {
    if (message.type() === 'error') problem(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => problem(`uncaught: ${error.error()?.stack ?? error.error()}`));
  context.on('request', (request) => {
    const asked = new URL(request.url());
    if (['http:', 'https:', 'ws:', 'wss:'].includes(asked.protocol) && asked.origin !== origin) {
      problem(`a request to another origin: ${asked}`);
    }
  });
}

async function screenshot(page, name) {
  const folder = join(here, 'screenshots');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name.replaceAll(' ', '-')}.png`) });
}
