//! 1,000 requests a virtual second through 100 Services over 1,000 Pods, playing at 1× in the page: the main thread's
//! work frame by frame, and how many of its tasks take more than 50 ms. It is the cluster of `benches/common/traffic.rs`,
//! imported. How fast it is, is measured and never asserted; that so many requests were sent is.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inPage } from '../browser/support.mjs';
import { parts } from '../browser/roles.mjs';
import { counting, report, traced } from './frames.mjs';

const SERVICES = 100;
const PODS = 1000;
const NODES = (PODS + SERVICES) / 10;

const uid = (kind, n) => `00000000-0000-4000-8000-${kind}${String(n).padStart(11, '0')}`;
const address = (n) => `10.96.1.${n + 1}`;
const capacity = { cpu: '8', memory: '32Gi', pods: '110', 'ephemeral-storage': '100Gi' };
const resources = { requests: { cpu: '100m', memory: '64Mi' } };

const node = (n) => ({
  apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${n}`, uid: uid(1, n), labels: { 'topology.kubernetes.io/zone': `zone-${n % 3}` } },
  spec: { podCIDR: `10.244.${n + 1}.0/24` },
  status: {
    capacity, allocatable: capacity, conditions: [{ type: 'Ready', status: 'True' }],
    addresses: [{ type: 'InternalIP', address: `192.168.0.${n + 2}` }],
  },
});
const service = (n) => ({
  apiVersion: 'v1', kind: 'Service', metadata: { name: `web-${n}`, namespace: 'default', uid: uid(2, n) },
  spec: { clusterIP: address(n), clusterIPs: [address(n)], selector: { web: String(n) }, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }] },
});
const pod = (name, number, labels, container) => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', uid: uid(3, number), labels },
  spec: { containers: [{ ...container, resources }] },
});
const web = (n) => pod(`web-${n}`, n, { web: String(n % SERVICES) }, { name: 'web', image: 'demo/web:1' });
const client = (n) => {
  const [host, pause] = n % 2 ? [address(n), '0.099'] : [`web-${n}`, '0.098'];
  const script = `while true; do wget -q -O /dev/null http://${host}/; sleep ${pause}; done`;
  return pod(`client-${n}`, PODS + n, {}, { name: 'sh', image: 'busybox:1.36', command: ['sh', '-c', script] });
};

function exported() {
  const many = (count, make) => Array.from({ length: count }, (_, n) => make(n));
  const items = [...many(NODES, node), ...many(SERVICES, service), ...many(PODS, web), ...many(SERVICES, client)];
  const file = join(mkdtempSync(join(tmpdir(), 'podarium-')), 'traffic.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  return file;
}

test('1,000 requests a second through 100 Services over 1,000 Pods', { timeout: 600_000 }, inPage(async ({ page, shot }) => {
  const { button } = parts(page);
  const chosen = page.waitForEvent('filechooser');
  await button('Import').click();
  await (await chosen).setFiles(exported());
  await page.getByText(/^Imported 110 nodes and 1,?100 Pods/).first().waitFor({ timeout: 240_000 });
  await button('Play').click({ timeout: 2000 }).catch(() => {});
  await page.waitForTimeout(60_000);
  await counting(page, () => 0);
  const frames = await traced(page, () => page.waitForTimeout(10_000));
  report('1,000 requests a second, the cluster seen from afar', frames);
  const long = frames.filter(({ longest }) => longest > 50).length;
  console.log(`1,000 requests a second: ${long} of ${frames.length} frames have a task over 50 ms`);
  await shot('network bench');
}));
