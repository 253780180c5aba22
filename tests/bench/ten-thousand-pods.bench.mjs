//! 1,000 nodes and 10,000 Pods, imported and playing: the main thread's work per frame while a person pans and zooms
//! at each depth, with a blank page's figures beside. How fast it is, is measured and never asserted; that the
//! view really moved in each frame is counted in the page and asserted.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inPage } from '../browser/support.mjs';
import { parts } from '../browser/roles.mjs';
import { counting, report, traced } from './frames.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What kubectl prints of such a cluster, in a file. */
function exported() {
  const file = join(mkdtempSync(join(tmpdir(), 'podarium-')), 'cluster.yaml');
  const made = spawnSync('cargo', ['xtask', 'export-cluster', '--nodes', '1000', '--pods', '10000', '--plain', file], { cwd: root, encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  return file;
}

async function imported(page) {
  const { button } = parts(page);
  const chosen = page.waitForEvent('filechooser');
  await button('Import').click();
  await (await chosen).setFiles(exported());
  await page.getByRole('navigation', { name: 'Place' }).waitFor({ timeout: 240_000 });
}

/** How the picture is looked at now, as one number: it differs as soon as the view moves. */
const view = () => {
  const matrix = document.querySelector('.picture > g').getAttribute('transform');
  return [...matrix].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_000_007, 7);
};

const turns = async (count, turn) => {
  for (let i = 0; i < count; i += 1) await turn(i);
};

/** Holds the picture and moves it about, one step a frame. */
async function pan(page, [x, y], steps) {
  await page.mouse.move(x, y);
  await page.mouse.down();
  await turns(steps, async (i) => {
    await page.mouse.move(x + 180 * Math.sin(i / 14), y + 110 * Math.sin(i / 9));
    await page.waitForTimeout(8);
  });
  await page.mouse.up();
}

test('a blank page, and a pointer that is dragged over it', inPage({ path: 'nothing-here', expected: /404/ }, async ({ page }) => {
  await counting(page, () => 0);
  report('blank page', await traced(page, () => pan(page, [700, 400], 240)));
}));

test('10,000 Pods on 1,000 nodes are panned and zoomed', { timeout: 600_000 }, inPage(async ({ page, shot }) => {
  await imported(page);
  const picture = await page.locator('svg.picture').boundingBox();
  const middle = [picture.x + picture.width * 0.45, picture.y + picture.height * 0.55];
  const { button } = parts(page);
  await button('Play').click({ timeout: 2000 }).catch(() => {});
  await counting(page, view);
  const all = [];
  const measured = async (what, run) => {
    const frames = await traced(page, run);
    const moved = frames.filter(({ moving }, i) => i > 0 && moving !== frames[i - 1].moving);
    report(what, frames);
    console.log(`${what}: the view moved in ${moved.length} of ${frames.length} frames`);
    assert.ok(moved.length > 60, `${what}: really moving`);
    all.push(...moved);
    await shot(`10000 pods ${what}`);
  };
  await page.mouse.move(...middle);
  for (const [depth, closer] of [['heat', 0], ['pips', 3], ['larger pips', 3], ['names', 3], ['one node', 3]]) {
    await turns(closer, async () => {
      await page.mouse.wheel(0, -200);
      await page.waitForTimeout(120);
    });
    await page.waitForTimeout(1500);
    await measured(`panning, ${depth}`, () => pan(page, middle, 240));
  }
  await measured('zooming through all depths', () => turns(240, async (i) => {
    await page.mouse.wheel(0, i % 120 < 60 ? 45 : -45);
    await page.waitForTimeout(8);
  }));
  report('10,000 Pods, all of it', all);
}));
