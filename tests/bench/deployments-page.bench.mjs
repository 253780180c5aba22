//! 1,000 Deployments of ten Pods pasted into a cluster of 1,000 nodes and applied, playing at 1× in the page: the main
//! thread's work frame by frame until all are available, and how many of its tasks take more than 50 ms. They are
//! those of `benches/common/deployments.rs`. How fast it is, is measured and never asserted; that all come up is.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inPage } from '../browser/support.mjs';
import { parts, paste, richEditor, seconds } from '../browser/roles.mjs';
import { counting, report, traced } from './frames.mjs';

const COUNT = Number(process.env.DEPLOYMENTS ?? 1000);
const PODS = COUNT * 10;
/** Each part of the trace is so long. */
const PART = 10_000;

const capacity = { cpu: '8', memory: '32Gi', pods: '110', 'ephemeral-storage': '100Gi' };
const node = (n) => ({
  apiVersion: 'v1', kind: 'Node',
  metadata: { name: `node-${n}`, uid: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`, labels: { 'topology.kubernetes.io/zone': `zone-${n % 3}` } },
  status: { capacity, allocatable: capacity, conditions: [{ type: 'Ready', status: 'True' }] },
});
const deployment = (n) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web-${n}, labels: {app: web-${n}}}
spec:
  replicas: 10
  selector: {matchLabels: {app: web-${n}}}
  template:
    metadata: {labels: {app: web-${n}}}
    spec:
      containers:
      - name: web
        image: demo/web:1
        ports: [{containerPort: 8080}]
        resources: {requests: {cpu: 100m, memory: 64Mi}}
`;
const many = (make) => Array.from({ length: COUNT }, (_, n) => make(n));

function exported() {
  const file = join(mkdtempSync(join(tmpdir(), 'podarium-')), 'nodes.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: many(node) }));
  return file;
}

/** How many Deployments have all their Pods, as kubectl tells it in the terminal. */
async function up(page) {
  const region = page.getByRole('region', { name: 'Terminal', exact: true });
  const line = "kubectl get deployments | grep -c ' 10/10 '";
  await region.getByRole('textbox', { name: 'Command' }).fill(line);
  await region.getByRole('textbox', { name: 'Command' }).press('Enter');
  const ended = region.getByRole('group', { name: new RegExp(`^${line.replace(/[|]/g, '\\|')}, exit`) }).last();
  await ended.waitFor({ timeout: 60_000 });
  return Number(await ended.locator('pre').last().innerText());
}

test('1,000 Deployments of ten Pods come up on 1,000 nodes', { timeout: 600_000 }, inPage(async ({ page, shot }) => {
  const { button } = parts(page);
  const chosen = page.waitForEvent('filechooser');
  await button('Import').click();
  await (await chosen).setFiles(exported());
  await page.getByText(/^Imported [\d,]+ nodes/).first().waitFor({ timeout: 240_000 });
  await button('Play').click({ timeout: 2000 }).catch(() => {});
  await richEditor(page);
  await paste(page, many(deployment).join('---\n'));
  await page.waitForTimeout(5000);
  await counting(page, () => 0);
  const all = [];
  const [began, clock] = [await seconds(page), Date.now()];
  let well = 0;
  for (let part = 1; part <= 12 && well < COUNT; part += 1) {
    const frames = await traced(page, async () => {
      if (part === 1) await page.keyboard.press('ControlOrMeta+Enter');
      await page.waitForTimeout(PART);
    });
    well = await up(page);
    report(`1,000 Deployments, ${part}. ten seconds, ${well} are up`, frames);
    all.push(...frames);
  }
  const took = (Date.now() - clock) / 1000;
  report('1,000 Deployments, all of it', all);
  const long = all.filter(({ longest }) => longest > 50).length;
  console.log(`1,000 Deployments: ${long} of ${all.length} frames have a task over 50 ms; `
    + `${((await seconds(page)) - began).toFixed(0)} virtual seconds in ${took.toFixed(0)}`);
  await shot('deployments bench');
  assert.equal(well, COUNT);
}));
