//! A cluster that was exported comes in as it was: by file, by drop and by paste; it can be cancelled, and
//! what can't be taken leaves the old cluster alone.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { digest, parts, paste, richEditor, seconds, write } from './roles.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'export-'));
const made = new Map();

/** A made-up cluster's export; the same numbers give the same bytes. */
function exported(nodes, pods) {
  const file = join(folder, `${nodes}-${pods}.yaml`);
  if (!made.has(file)) {
    execFileSync('cargo', ['xtask', 'export-cluster', '--nodes', nodes, '--pods', pods, file], { cwd: root });
    made.set(file, readFileSync(file, 'utf8'));
  }
  return { file, text: made.get(file) };
}

const small = () => exported(12, 130);
/** Its numbers: every 37th node from the fifth on isn't Ready. */
const imported = /^Imported 12 nodes and 130 Pods; \d Pods are Pending\. Time is paused\./;

async function choose(page, file) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), parts(page).button('Import').first().click()]);
  await chooser.setFiles(file);
}

async function done(page, sentence = imported) {
  await page.getByText(sentence).first().waitFor({ timeout: 60_000 });
}

const names = (items) => items.evaluateAll((all) => all.map((item) => item.getAttribute('aria-label')));
const nodes = (page) => page.getByRole('treeitem', { name: /^Node / });

/** What the export says of its Pods: `namespace/name` to phase. */
function phases(text) {
  const items = text.split('\n- apiVersion: v1\n').filter((item) => /\n {2}kind: Pod\n/.test(item));
  return new Map(items.map((item) => [
    `${/\n {4}namespace: (.*)\n/.exec(item)[1]}/${/\n {4}name: (.*)\n/.exec(item)[1]}`,
    /\n {4}phase: (.*)\n/.exec(item)[1],
  ]));
}

test('a file is imported: paused, with its nodes and Pods, and goes on with Play', inPage(async ({ page, shot }) => {
  await parts(page).tree.waitFor();
  await choose(page, small().file);
  await done(page);
  await shot('imported');
  await parts(page).button('Play').waitFor();
  const status = page.locator('[role=status]').filter({ hasText: imported });
  await status.waitFor({ state: 'attached' });
  assert.equal(await nodes(page).count(), 12);
  const at = await seconds(page);
  await page.waitForTimeout(500);
  assert.equal(await seconds(page), at, 'time stands still');
  const journal = await page.evaluate(() => globalThis.podarium.journal());
  assert.ok(!journal.includes('aHVudGVy') && !journal.includes('managedFields'), 'no secret leaves the file');
  await parts(page).button('Undo').click();
  await page.getByRole('treeitem', { name: /^Node node-1/ }).waitFor();
  assert.equal(await nodes(page).count(), 3);
  await parts(page).button('Redo').click();
  await page.getByRole('treeitem', { name: /^Node gke-prod/ }).first().waitFor();
  await parts(page).button('Play').click();
  await page.waitForTimeout(1500);
  assert.ok(await seconds(page) > at);
}));

test('phases are those of the export, and a Pending Pod is explained before Play', inPage(async ({ page }) => {
  await parts(page).tree.waitFor();
  const { file, text } = small();
  await choose(page, file);
  await done(page);
  const pending = [...phases(text)].filter(([, phase]) => phase === 'Pending').map(([name]) => name);
  const items = await names(parts(page).pods);
  for (const name of pending) {
    assert.ok(items.some((item) => item.startsWith(`Pod ${name}, `)), `${name} in\n${items.join('\n')}`);
  }
  const waits = page.getByRole('treeitem', { name: /^Pod \S+, Pending.*(affinity|Insufficient)/ });
  await waits.first().focus();
  await page.keyboard.press('Enter');
  await parts(page).inspector.getByText(/0\/12 nodes are available: /).first().waitFor();
}));

test('as many are Pending as the list of all states says', inPage(async ({ page }) => {
  await parts(page).tree.waitFor();
  await choose(page, exported(12, 300).file);
  const notice = parts(page).region('Import').getByText(/Pending/);
  await notice.waitFor({ timeout: 60_000 });
  const [, said] = /(\d+) Pods? (?:is|are) Pending/.exec(await notice.innerText());
  const row = parts(page).inspector.getByRole('listitem').filter({ hasText: /^Pending/ });
  const [listed] = /\d+$/.exec(await row.innerText());
  assert.equal(said, listed);
}));

test('an imported Pod’s edit is shown at the line that changes', inPage(async ({ page }) => {
  await parts(page).tree.waitFor();
  await choose(page, small().file);
  await done(page);
  await page.getByRole('treeitem', { name: /^Pod \S+, Pending.*Insufficient/ }).first().focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Why no node?' }).click();
  const offer = page.getByRole('list', { name: 'What would make it fit?' }).getByRole('listitem').filter({ hasText: /^Ask for/ }).first();
  const [, wanted, resource] = /^Ask for (\S+) instead of \S+ (\S+?)[. ]/.exec(await offer.innerText());
  await offer.getByRole('button', { name: 'Show edit' }).click();
  await page.waitForFunction(() => globalThis.podarium.manifest().startsWith('apiVersion: v1\nkind: Pod\n'));
  await page.waitForFunction(() => document.activeElement.closest('[aria-label=Manifest]'));
  const line = await page.evaluate(() => {
    const { node } = (function at(root) { const { anchorNode: node } = root.getSelection(); return { node }; }(document.activeElement.shadowRoot ?? document));
    return (node.nodeType === 1 ? node : node.parentElement).closest('.cm-line')?.innerText;
  });
  assert.match(line, new RegExp(`^ +${resource}: ["']?${wanted}["']?$`));
}));

test('a file that is dropped on the page is imported', inPage(async ({ page }) => {
  await parts(page).tree.waitFor();
  await drop(page, small().text, 'cluster.yaml');
  await done(page);
  assert.equal(await nodes(page).count(), 12);
}));

test('a dropped picture is no export, and what is taken is said', inPage(async ({ page }) => {
  await parts(page).tree.waitFor();
  await drop(page, 'x', 'cat.png');
  await page.getByRole('alert').filter({ hasText: /“cat\.png” is not imported: a file with what kubectl get nodes,pods/ }).waitFor();
  assert.equal(await nodes(page).count(), 3);
}));

async function drop(page, text, name) {
  await page.evaluate(({ text, name }) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name));
    const at = document.querySelector('[aria-label="Stage"]');
    for (const kind of ['dragover', 'drop']) {
      at.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true, composed: true }));
    }
  }, { text, name });
}

test('a paste of an export offers to import it, by keyboard too', inPage(async ({ page, shot }) => {
  await richEditor(page);
  await paste(page, exported(3, 12).text);
  const offer = parts(page).region('Manifest').getByRole('button', { name: 'Import', exact: true });
  await offer.waitFor();
  await shot('import offered');
  await offer.focus();
  await page.keyboard.press('Enter');
  await done(page, /^Imported 3 nodes and 12 Pods/);
  assert.equal(await nodes(page).count(), 3);
  await page.getByRole('treeitem', { name: /^Node gke-prod/ }).first().waitFor();
}));

test('a manifest offers no import', inPage(async ({ page }) => {
  await richEditor(page);
  assert.equal(await parts(page).button('Import').count(), 1);
}));

test('a pasted text that is too large for the editor is imported all the same', inPage(async ({ page }) => {
  await richEditor(page);
  const { text } = exported(20, 300);
  assert.ok(text.length > 2 << 20);
  await paste(page, text);
  await parts(page).region('Manifest').getByRole('button', { name: 'Import', exact: true }).click();
  await done(page, /^Imported 20 nodes and 300 Pods/);
}));

test('an import is cancelled by keyboard, and all is as it was', inPage(async ({ page, shot }) => {
  await parts(page).tree.waitFor();
  await parts(page).button('Pause').click();
  const before = await digest(page);
  await choose(page, exported(60, 1200).file);
  const bar = page.getByRole('progressbar', { name: 'Import' });
  await bar.waitFor();
  await page.waitForFunction(() => Number(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')) > 0);
  assert.match(await bar.getAttribute('aria-valuetext'), /^[\d,]+ of about [\d,]+ objects$/);
  await shot('importing');
  assert.deepEqual(await violations(page), []);
  await parts(page).button('Cancel').focus();
  await page.keyboard.press('Enter');
  await bar.waitFor({ state: 'detached' });
  await page.waitForTimeout(500);
  assert.equal(await digest(page), before);
  assert.equal(await nodes(page).count(), 3);
  assert.notEqual(await page.evaluate(() => document.activeElement.tagName), 'BODY', 'the focus is kept');
}));

const large = () => exported(30, 400);

/**
 * `starts` an import; as soon as the world takes it in, the buttons of these names are clicked, each in a turn of its
 * own. Tells whether the bar is there two frames later. It watches before the import begins: a small one is soon over.
 */
async function whileTaking(page, starts, ...names) {
  const watching = page.evaluate((names) => new Promise((resolve, reject) => {
    const bar = () => document.querySelector('[role=progressbar][aria-label=Import]');
    const named = (name) => [...document.querySelectorAll('button')]
      .find((button) => (button.ariaLabel ?? button.textContent).trim().startsWith(name));
    const late = setTimeout(() => reject(new Error('the world never took the import in')), 60_000);
    const look = async () => {
      if (!/ are in place$/.test(bar()?.getAttribute('aria-valuetext'))) return;
      watcher.disconnect();
      clearTimeout(late);
      const buttons = names.map(named);
      const missing = names.filter((_, number) => !buttons[number]);
      if (missing.length) return reject(new Error(`there is no button ${missing}`));
      for (const button of buttons) {
        button.click();
        await new Promise((next) => setTimeout(next));
      }
      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(bar() !== null))));
    };
    const watcher = new MutationObserver(look);
    watcher.observe(document.body, { subtree: true, childList: true, attributes: true });
  }), names);
  const [goesOn] = await Promise.all([watching, starts()]);
  return goesOn;
}

test('an import is cancelled before what was asked for after it, which is done', inPage(async ({ page }) => {
  await parts(page).tree.waitFor();
  await richEditor(page);
  await parts(page).button('Pause').click();
  await whileTaking(page, () => choose(page, large().file), 'Apply', 'Cancel', 'Cancel');
  await page.getByRole('treeitem', { name: /^Pod .*hello-pod/ }).waitFor({ timeout: 60_000 });
  await page.waitForTimeout(500);
  assert.equal(await nodes(page).count(), 3);
  assert.equal(await page.getByText(/^Imported /).count(), 0);
}));

test('what was cancelled is done again with a bar, and ends with what it brought', inPage(async ({ page }) => {
  await parts(page).tree.waitFor();
  await whileTaking(page, () => choose(page, large().file), 'Cancel');
  await page.getByRole('progressbar', { name: 'Import' }).waitFor({ state: 'detached' });
  assert.equal(await whileTaking(page, () => parts(page).button('Redo').click(), 'Import'), true);
  await done(page, /^Imported 30 nodes and 400 Pods; \d+ Pods are Pending\. Time is paused\./);
  assert.equal(await nodes(page).count(), 30);
}));

test('Step leaves an import to its turns', inPage(async ({ page }) => {
  await parts(page).tree.waitFor();
  assert.equal(await whileTaking(page, () => choose(page, large().file), 'Step'), true, 'it goes on');
  await done(page, /^Imported 30 nodes/);
}));

test('an import during which Play was pressed ends in no pause', inPage(async ({ page }) => {
  await parts(page).tree.waitFor();
  await parts(page).button('Pause').click();
  await whileTaking(page, () => choose(page, large().file), 'Play');
  await done(page, /^Imported 30 nodes and 400 Pods; \d+ Pods are Pending\.(?! Time is paused)/);
}));

test('an import that is asked about in the past is left, or done after all', inPage(async ({ page }) => {
  await parts(page).tree.waitFor();
  await page.waitForTimeout(1500);
  await parts(page).button('Pause').click();
  await parts(page).time.focus();
  const bar = page.getByRole('progressbar', { name: 'Import' });
  const question = page.getByRole('dialog', { name: 'You are viewing the past' });
  await page.keyboard.press('ArrowLeft');
  await choose(page, small().file);
  await question.waitFor();
  await page.keyboard.press('Escape');
  await question.waitFor({ state: 'detached' });
  assert.equal(await bar.count(), 0);
  assert.equal(await nodes(page).count(), 3);
  await choose(page, small().file);
  await question.getByRole('button', { name: 'Go to now' }).click();
  await done(page);
  assert.equal(await bar.count(), 0);
  assert.equal(await nodes(page).count(), 12);
}));

test('what is wrong is said with its line, and the old cluster stays', inPage(async ({ page }) => {
  await parts(page).tree.waitFor();
  const { text } = small();
  const line = text.split('\n').findIndex((one) => one.startsWith('    podCIDR: ')) + 1;
  const file = join(folder, 'wrong.yaml');
  writeFileSync(file, text.replace('\n    podCIDR: ', '\n    podCIDR: 7 # '));
  await choose(page, file);
  const said = page.getByRole('alert').filter({ hasText: `Line ${line}: Node gke-prod` });
  await said.waitFor();
  assert.match(await said.innerText(), /The cluster is as it was\./);
  assert.equal(await nodes(page).count(), 3);
}));

test('an imported cluster is there after a reload', inPage(async ({ page }) => {
  await parts(page).tree.waitFor();
  await choose(page, small().file);
  await done(page);
  await page.waitForTimeout(500);
  const before = await digest(page);
  await page.reload();
  await page.getByRole('treeitem', { name: /^Node gke-prod/ }).first().waitFor({ timeout: 30_000 });
  assert.equal(await digest(page), before);
  assert.deepEqual(await violations(page), []);
}));
