//! Why a Pod waits, and what would make it fit: node by node, with the exact words, and by keyboard alone.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { apply, parts } from './roles.mjs';

const pod = (name, cpu, more = '') => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
${more}  containers:
    - name: importer
      image: demo/web:1
      resources:
        requests:
          cpu: ${cpu}
`;
const tainted = `apiVersion: v1
kind: Node
metadata:
  name: node-3
spec:
  taints:
    - {key: dedicated, value: db, effect: NoSchedule}
`;
const taken = [1, 2].map((n) => pod(`used-${n}`, '1100m', `  nodeName: node-${n}\n`));
const message = '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. no new claims to '
  + 'deallocate, preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption '
  + 'victims found for incoming pod.';

/** A Pod that no node takes, seen in the Scheduling view, by keyboard. */
async function waiting(page) {
  await apply(page, [...taken, tainted].join('---\n'));
  await parts(page).item(/^Pod default\/used-2, Running/).waitFor();
  await apply(page, pod('batch', '1200m'));
  const item = parts(page).item(/^Pod default\/batch, Pending/);
  await item.waitFor();
  await item.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Pod', exact: true }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('table', { name: 'Filters' }).waitFor();
}

/** Presses a button that has a name, by keyboard. */
async function press(button) {
  await button.focus();
  await button.press('Enter');
}

const offer = (page, words) => page.getByRole('list', { name: 'What would make it fit?' })
  .getByRole('listitem').filter({ hasText: words });

test('a Pod that no node takes: the message, each node’s reason, and the line', inPage(async ({ page, shot }) => {
  await waiting(page);
  await page.getByRole('tabpanel', { name: 'Scheduling' }).getByText(message, { exact: true }).waitFor();
  const row = (name) => page.getByRole('table', { name: 'Filters' }).getByRole('row', { name });
  const cells = async (name) => (await row(name).getByRole('cell').allInnerTexts()).map((text) => text.split('\n').slice(0, 2).join(' '));
  assert.deepEqual(await cells('NodeUnschedulable'), ['pass', 'pass', 'pass']);
  assert.deepEqual(await cells('TaintToleration'), ['pass', 'pass', 'fail node(s) had untolerated taint(s)']);
  assert.deepEqual(await cells('NodeResourcesFit'), ['fail Insufficient cpu', 'fail Insufficient cpu', 'not asked']);
  await row('NodeResourcesFit').getByText('asks 1200m, used 1100m of 2: over by 300m').first().waitFor();
  await shot('scheduling-pending');
  const reason = page.getByRole('list', { name: 'Reasons' }).getByRole('listitem').filter({ hasText: '2 Insufficient cpu' });
  await press(reason.getByRole('button', { name: 'Line 11' }));
  await page.waitForFunction(() => document.activeElement.closest('[aria-label=Manifest]'));
}));

test('an offer that is accepted schedules the Pod, by keyboard alone', inPage(async ({ page, shot }) => {
  await waiting(page);
  await press(offer(page, 'Ask for 900m instead of 1200m cpu').getByRole('button', { name: 'Show edit' }));
  await page.waitForFunction(() => globalThis.podarium.manifest().includes('cpu: 900m'));
  await page.keyboard.press('Control+Enter');
  await press(page.getByRole('button', { name: 'Replace' }));
  await parts(page).item(/^Pod default\/batch, Running, 1 of 1 ready$/).waitFor();
  const scores = page.getByRole('table', { name: 'Scores' });
  await scores.getByRole('columnheader', { name: /chosen$/ }).waitFor();
  assert.equal(await scores.getByRole('row', { name: /^TaintToleration/ }).getByRole('cell').first().innerText().then((text) => text.split('\n')[0]), '0, 100, 300');
  await scores.getByRole('row', { name: /^Total/ }).waitFor();
  await shot('scheduling-scored');
}));

for (const [words, then] of [
  ['Tolerate the taint dedicated=db:NoSchedule', ['Control+Enter']],
  ['Take the taint dedicated=db:NoSchedule from node-3', ['Control+Enter']],
  ['Delete Pod default/used-1', 'Do it'],
  ['Add a node like node-1', 'Do it'],
]) {
  test(`an offer schedules the Pod: ${words}`, inPage(async ({ page }) => {
    await waiting(page);
    await press(offer(page, words).first().getByRole('button', { name: 'Show edit' }));
    if (then === 'Do it') await press(offer(page, words).first().getByRole('button', { name: 'Do it' }));
    else {
      await page.waitForFunction(() => document.activeElement.closest('[aria-label=Manifest]'));
      await page.keyboard.press(then[0]);
    }
    await parts(page).item(/^Pod default\/batch, Running, 1 of 1 ready$/).waitFor();
  }));
}

test('earlier attempts are kept, and victims are named', inPage(async ({ page }) => {
  await apply(page, [
    'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1000\n',
    ...[1, 2, 3].map((n) => pod(`low-${n}`, '1500m')),
  ].join('---\n'));
  await parts(page).item(/^Pod default\/low-3, Running/).waitFor();
  await apply(page, pod('urgent', '1', '  priorityClassName: high\n'));
  await parts(page).item(/^Pod default\/urgent/).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Scheduling' }).click();
  await parts(page).item(/^Pod default\/urgent, Running/).waitFor({ timeout: 60_000 });
  const attempt = page.getByRole('combobox', { name: 'Attempt' });
  await attempt.selectOption({ index: 0 });
  const view = page.getByRole('tabpanel', { name: 'Scheduling' });
  await view.getByRole('list', { name: 'Victims' }).getByRole('button', { name: /^Pod default\/low-\d, priority 0$/ }).waitFor();
  await view.getByText('With any of them back the new Pod would not fit.').waitFor();
  const rules = await view.getByRole('list', { name: 'Rules' }).getByRole('listitem').allInnerTexts();
  assert.deepEqual(rules.slice(0, 2), [
    'fewest victims that a disruption budget protects, 0: 3 nodes are left',
    'least important of the most important victims, priority 0: 3 nodes are left',
  ]);
}));

test('a Pod for which there is room beside the preemptor stays, and is named', inPage(async ({ page }) => {
  await apply(page, [
    'apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1000\n',
    ...[1, 2, 3].flatMap((n) => [['large', '1200m'], ['small', '300m']]
      .map(([size, cpu]) => pod(`${size}-${n}`, cpu, `  nodeName: node-${n}\n`))),
    pod('urgent', '1500m', '  priorityClassName: high\n'),
  ].join('---\n'));
  await parts(page).item(/^Pod default\/urgent/).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Scheduling' }).click();
  await parts(page).item(/^Pod default\/urgent, Running/).waitFor({ timeout: 60_000 });
  await page.getByRole('combobox', { name: 'Attempt' }).selectOption({ index: 0 });
  const named = (name) => page.getByRole('list', { name }).getByRole('button').allInnerTexts();
  const [[victim], [stays]] = [await named('Victims'), await named('Less important, but may stay')];
  assert.match(victim, /^Pod default\/large-\d, priority 0$/);
  assert.equal(stays, victim.replace('large', 'small'));
}));

test('a Pod that was not tried yet: what would be decided now, and what would make it fit', inPage(async ({ page }) => {
  await parts(page).button('Pause').click();
  await apply(page, pod('batch', '4'));
  await parts(page).item(/^Pod default\/batch, Pending/).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Scheduling' }).click();
  const view = page.getByRole('tabpanel', { name: 'Scheduling' });
  await view.getByText('The scheduler has not tried this Pod yet.').waitFor();
  await view.getByRole('heading', { name: 'Tried now, no node would take it' }).waitFor();
  await view.getByText('3 Insufficient cpu', { exact: true }).waitFor();
  await view.getByRole('table', { name: 'Filters' }).getByText('fail').nth(2).waitFor();
  await offer(page, /^Ask for 2 instead of 4 cpu/).waitFor();
  assert.equal(await view.getByRole('combobox', { name: 'Attempt' }).count(), 0);
  await parts(page).button('Play').click();
  await view.getByRole('heading', { name: 'No node takes it' }).waitFor();
  await view.getByRole('combobox', { name: 'Attempt' }).waitFor();
}));

test('of many nodes some are shown, and any can be found', inPage(async ({ page }) => {
  const record = (n) => `apiVersion: v1\nkind: Node\nmetadata:\n  name: record-${n}\n`;
  await apply(page, [...Array.from({ length: 14 }, (_, n) => record(n)), ...taken, pod('batch', '4')].join('---\n'));
  await parts(page).item(/^Pod default\/batch, Pending/).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('tab', { name: 'Scheduling' }).click();
  const view = page.getByRole('tabpanel', { name: 'Scheduling' });
  const heads = async () => (await view.getByRole('table', { name: 'Filters' }).getByRole('columnheader').allInnerTexts())
    .map((text) => text.split('\n')[0]);
  await view.getByText('Nodes 1 to 12 of 17').waitFor();
  const first = await heads();
  assert.equal(first.length, 12);
  await press(view.getByRole('button', { name: 'Next nodes' }));
  await view.getByText('Nodes 13 to 17 of 17').waitFor();
  assert.deepEqual(new Set([...first, ...await heads()]).size, 17);
  await view.getByRole('textbox', { name: 'Find a node' }).fill('node-2');
  await view.getByText('Nodes 1 to 1 of 1', { exact: true }).waitFor();
  assert.deepEqual(await heads(), ['node-2']);
  await view.getByRole('textbox', { name: 'Find a node' }).fill('none such');
  await view.getByText('None of 17 nodes has that in its name.').waitFor();
}));

for (const colorScheme of ['light', 'dark']) {
  for (const [device, viewport] of [['desktop', { width: 1440, height: 900 }], ['phone', { width: 390, height: 844 }]]) {
    test(`axe finds nothing in the Scheduling view, ${colorScheme}, ${device}`, inPage({ colorScheme, viewport, hasTouch: device === 'phone' }, async ({ page, shot }) => {
      const go = async (name) => {
        if (device === 'phone') await page.getByRole('navigation').getByRole('button', { name, exact: true }).click();
      };
      await go('Manifest');
      await apply(page, [...taken, tainted, pod('batch', '1200m')].join('---\n'));
      await go('Stage');
      await parts(page).item(/^Pod default\/batch, Pending/).waitFor();
      await page.getByRole('tab', { name: 'Scheduling' }).click();
      await page.getByRole('table', { name: 'Filters' }).waitFor();
      await offer(page, 'Add a node').first().waitFor();
      await shot(`scheduling ${colorScheme} ${device}`);
      assert.deepEqual(await violations(page), []);
    }));
  }
}
