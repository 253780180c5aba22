//! Hands on a container, what it printed and what files it sees, and Replace: by keyboard alone.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { apply, helloPod, parts, richEditor } from './roles.mjs';

const shop = `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  terminationGracePeriodSeconds: 1
  automountServiceAccountToken: false
  volumes:
    - name: logs
      emptyDir: {}
  containers:
    - name: web
      image: demo/web:1
      resources: {limits: {memory: 64Mi}}
      readinessProbe: {httpGet: {port: 8080}, periodSeconds: 1}
      livenessProbe: {tcpSocket: {port: 8080}, periodSeconds: 60}
      volumeMounts: [{name: logs, mountPath: /var/log/app, readOnly: true}]
    - name: agent
      image: busybox
      command: [sh, -c, "n=0; while true; do n=$((n+1)); echo line $n >> /logs/access.log; echo tick $n; sleep 1; done"]
      volumeMounts: [{name: logs, mountPath: /logs}]
`;
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const ready = /^Pod default\/shop, Running, 2 of 2 ready$/;

/** The Pod runs, and it or one of its containers is selected. */
async function selected(page, name = /^Pod default\/shop/, panels = false) {
  const panel = (name) => panels && page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name }).tap();
  await panel('Manifest');
  await apply(page, shop);
  await panel('Stage');
  const { item } = parts(page);
  await item(ready).waitFor({ state: 'attached' });
  await item(name).focus();
  await page.keyboard.press('Enter');
  await panel('Details');
}

const inspector = (page) => parts(page).inspector;
const button = (page, name) => inspector(page).getByRole('button', { name, exact: true });

async function press(page, name) {
  await button(page, name).focus();
  await page.keyboard.press('Enter');
}

async function tab(page, name) {
  await inspector(page).getByRole('tab', { name, exact: true }).focus();
  await page.keyboard.press('Enter');
  await inspector(page).getByRole('tabpanel', { name, exact: true }).waitFor();
}

/** Chooses in a combobox by its arrows. */
async function choose(page, name, value) {
  const box = inspector(page).getByRole('combobox', { name, exact: true });
  await box.focus();
  await page.keyboard.press('Home');
  for (let tries = 0; await box.inputValue() !== value; tries += 1) {
    assert.ok(tries < 9, `${value} is not in ${name}`);
    await page.keyboard.press('ArrowDown');
  }
}

async function listen(page) {
  await page.evaluate(() => {
    const region = document.querySelector('[role=status][aria-live=polite]');
    globalThis.heard = [];
    new MutationObserver(() => globalThis.heard.push(region.textContent))
      .observe(region, { subtree: true, childList: true, characterData: true });
  });
}
async function untilHeard(page, pattern) {
  await page.waitForFunction((source) => heard.some((text) => new RegExp(source).test(text)), pattern.source)
    .catch(async () => assert.fail(`${pattern} is not in ${JSON.stringify(await page.evaluate(() => heard))}`));
}

const text = (page, words) => inspector(page).getByText(words).first().waitFor();

test('Kill container: it ends with 137, is started again, and Why leads back; one Undo undoes it', inPage(async ({ page }) => {
  await selected(page);
  await listen(page);
  const { item, button: anywhere } = parts(page);
  await choose(page, 'Container', 'agent');
  await press(page, 'Kill container');
  await untilHeard(page, /^Container agent is killed, exit code 137/);
  await item(/^Container agent, .*, 1 restarts$/).waitFor({ state: 'attached' });
  await item(ready).waitFor({ state: 'attached' });
  await tab(page, 'Why');
  await text(page, 'You killed container agent.');
  await tab(page, 'Events');
  await text(page, 'Started');
  assert.equal(await inspector(page).getByText('Killing').count(), 0, 'nobody but a person killed it');
  await anywhere('Undo').focus();
  await page.keyboard.press('Enter');
  await item(/^Container agent, Running, ready, 0 restarts$/).waitFor({ state: 'attached' });
}));

test('Fail probe takes the Pod out of service until Let probe pass; of several probes one is chosen', inPage(async ({ page }) => {
  await selected(page, /^Container web/);
  await listen(page);
  const { item } = parts(page);
  await choose(page, 'Probe', 'Liveness');
  await choose(page, 'Probe', 'Readiness');
  await press(page, 'Fail probe');
  await untilHeard(page, /^The readiness probe of web fails from now on/);
  await item(/^Pod default\/shop, Running, 1 of 2 ready/).waitFor({ state: 'attached' });
  await tab(page, 'Why');
  await text(page, 'You let the readiness probe of container web fail.');
  await choose(page, 'Probe', 'Liveness');
  await button(page, 'Fail probe').waitFor();
  await choose(page, 'Probe', 'Readiness');
  await press(page, 'Let probe pass');
  await item(ready).waitFor({ state: 'attached' });
  await button(page, 'Fail probe').waitFor();
}));

test('Fill memory ends with OOMKilled, 137, at the limit', inPage(async ({ page }) => {
  await selected(page, /^Container web/);
  await listen(page);
  await press(page, 'Fill memory');
  await untilHeard(page, /its limit of 64Mi is passed/);
  await parts(page).item(/^Container web, .*, 1 restarts$/).waitFor({ state: 'attached' });
  await text(page, 'Terminated OOMKilled 137');
  await tab(page, 'Why');
  await text(page, 'You had the program of container web take memory.');
}));

test('Send a request: answered, refused, and drawn on lo; a port that is none is refused in the form', inPage(async ({ page }) => {
  await selected(page, /^Container agent/);
  await listen(page);
  await page.getByRole('region', { name: 'Stage' }).getByRole('tab', { name: 'Pod', exact: true }).focus();
  await page.keyboard.press('Enter');
  await press(page, 'Send a request');
  const form = inspector(page).getByRole('form', { name: 'Send a request' });
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'From');
  const field = (role, name) => form.getByRole(role, { name, exact: true });
  assert.equal(await field('combobox', 'From').inputValue(), 'agent');
  assert.equal(await field('combobox', 'To').inputValue(), 'localhost');
  assert.equal(await field('textbox', 'Port').inputValue(), '8080');
  const drawn = page.getByRole('tabpanel', { name: 'Pod' }).getByText(/^(agent asks at localhost:8080: GET \/|web answers agent: 200 OK)/).waitFor();
  await field('textbox', 'Path').focus();
  await page.keyboard.press('Enter');
  await drawn;
  await form.getByText('web answered 200 OK').waitFor();
  await form.getByRole('group', { name: 'Body' }).getByText('demo/web:1').waitFor();
  await untilHeard(page, /^web answered 200 OK demo\/web:1/);
  const port = async (typed) => {
    await field('textbox', 'Port').focus();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type(typed);
    await page.keyboard.press('Enter');
  };
  await port('9999');
  await form.getByText('Connection refused: nobody listens on localhost:9999').waitFor();
  await untilHeard(page, /^Connection refused/);
  await port('99999');
  await form.getByRole('alert').getByText('Port: a number from 1 to 65535.').waitFor();
  assert.equal(await field('textbox', 'Port').inputValue(), '99999');
  await page.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });
  await page.waitForFunction(() => document.activeElement.innerText === 'Send a request');
  await tab(page, 'Logs');
  await inspector(page).getByRole('combobox', { name: 'Container', exact: true }).waitFor();
}));

test('what is open, read and typed for one Pod is not there for the next; what a thing lacks gives way to its Summary', inPage(async ({ page }) => {
  await selected(page, /^Container web/);
  await apply(page, shop.replace('name: shop', 'name: other'));
  const { item } = parts(page);
  await item(/^Pod default\/other, /).waitFor({ state: 'attached' });
  const select = async (name) => {
    await item(name).first().focus();
    await page.keyboard.press('Enter');
  };
  await press(page, 'Send a request');
  const form = inspector(page).getByRole('form', { name: 'Send a request' });
  const field = (role, name) => form.getByRole(role, { name, exact: true });
  // The one that is looked into is the one that listens: the other asks.
  assert.equal(await field('combobox', 'From').inputValue(), 'agent');
  assert.equal(await field('combobox', 'To').inputValue(), 'localhost');
  assert.equal(await field('textbox', 'Port').inputValue(), '8080');
  await field('textbox', 'Port').focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('81');
  await field('combobox', 'To').fill('10.244.9.9');
  assert.equal(await field('textbox', 'Port').inputValue(), '81', 'who typed a port keeps it');
  await tab(page, 'Files');
  await select(/^Pod default\/shop/);
  const files = inspector(page).getByRole('tree', { name: 'Files' });
  await choose(page, 'Container', 'agent');
  await files.getByRole('treeitem', { name: /^access\.log, / }).focus();
  await page.keyboard.press('Enter');
  const content = inspector(page).getByRole('group', { name: 'Content of /logs/access.log' });
  await content.waitFor();
  await select(/^Pod default\/other/);
  await content.waitFor({ state: 'detached' });
  await form.waitFor({ state: 'detached' });
  await select(/^Node node-1/);
  await inspector(page).getByRole('tabpanel', { name: 'Summary', exact: true }).waitFor();
  await select(/^Pod default\/other/);
  await inspector(page).getByRole('tabpanel', { name: 'Files', exact: true }).waitFor();
}));

test('what makes no sense says why, keeps the focus and does nothing; in the past it asks first', inPage(async ({ page }) => {
  await selected(page, /^Container agent/);
  await listen(page);
  const { time } = parts(page);
  assert.equal(await button(page, 'Fail probe').getAttribute('aria-disabled'), 'true');
  await text(page, 'agent has no probe.');
  const said = await button(page, 'Fail probe').evaluate((node) => document.getElementById(node.getAttribute('aria-describedby')).innerText);
  assert.equal(said, 'agent has no probe.');
  await press(page, 'Fail probe');
  await untilHeard(page, /^agent has no probe/);
  await time.focus();
  await page.keyboard.press('ArrowLeft');
  await press(page, 'Kill container');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await time.focus();
  await page.keyboard.press('Home');
  for (let i = 0; i < 3; i += 1) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('End');
  await page.keyboard.press('Home');
  await button(page, 'Kill container').waitFor({ state: 'detached' });
}));

test('Logs follow the moment that is shown, and the end of the log while somebody reads there', inPage(async ({ page }) => {
  await selected(page);
  await tab(page, 'Logs');
  await choose(page, 'Container', 'agent');
  const log = inspector(page).getByRole('log', { name: 'Log' });
  await log.getByText('tick 1', { exact: true }).waitFor();
  await parts(page).speed.selectOption({ label: '10×' });
  await log.getByText('tick 60', { exact: true }).waitFor();
  const place = () => log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);
  assert.ok(await place() < 24, 'it is at the end');
  // The browser scrolls a while after the key, up to seconds on a busy machine. A made-up key shows that while
  // without end: nothing scrolls, and lines that come meanwhile mustn't either.
  await log.focus();
  await log.dispatchEvent('keydown', { key: 'Home', bubbles: true });
  await page.waitForFunction((log) => log.scrollHeight - log.scrollTop - log.clientHeight > 48, await log.elementHandle());
  await page.keyboard.press('Home');
  await page.waitForFunction((log) => log.scrollTop === 0, await log.elementHandle());
  await log.getByText('tick 80', { exact: true }).waitFor();
  assert.equal(await log.evaluate((log) => log.scrollTop), 0, 'it stays where somebody reads');
  const { time } = parts(page);
  await time.focus();
  for (let i = 0; i < 9; i += 1) await page.keyboard.press('PageDown');
  await log.getByText('tick 80', { exact: true }).waitFor({ state: 'detached' });
  await log.getByText('tick 1', { exact: true }).waitFor();
  await choose(page, 'Container', 'web');
  await log.getByText('web 1 listening on 0.0.0.0:8080').waitFor();
}));

test('Logs say what is empty and why, and what the run before left', inPage(async ({ page }) => {
  await apply(page, `apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  terminationGracePeriodSeconds: 1
  initContainers:
    - {name: first, image: busybox, command: [sh, -c, sleep 4]}
  containers:
    - {name: agent, image: busybox, command: [sh, -c, 'echo hello from $(hostname); sleep 9999']}
`);
  const { item } = parts(page);
  await item(/^Init container first, Running/).waitFor({ state: 'attached' });
  await item(/^Pod default\/shop/).focus();
  await page.keyboard.press('Enter');
  await tab(page, 'Logs');
  await text(page, 'agent is waiting to start: PodInitializing.');
  await choose(page, 'Container', 'first');
  await text(page, 'first has printed nothing so far.');
  await item(/^Pod default\/shop, Running, 1 of 1 ready$/).waitFor({ state: 'attached' });
  await choose(page, 'Container', 'agent');
  const log = inspector(page).getByRole('log', { name: 'Log' });
  await log.getByText('hello from shop').waitFor();
  const previous = inspector(page).getByRole('checkbox', { name: 'Previous' });
  await previous.focus();
  await page.keyboard.press('Space');
  await text(page, 'No run before this one: previous terminated container “agent” not found.');
  await press(page, 'Kill container');
  await item(/^Container agent, Running, ready, 1 restarts$/).waitFor({ state: 'attached' });
  await log.getByText('hello from shop').waitFor();
}));

test('Files: mounts and what a program wrote, read at the moment that is shown', inPage(async ({ page }) => {
  await selected(page);
  await tab(page, 'Files');
  const files = inspector(page).getByRole('tree', { name: 'Files' });
  await choose(page, 'Container', 'web');
  await files.getByRole('treeitem', { name: /^var\/log\/app, emptyDir logs, read-only, 1 file$/ }).waitFor();
  await choose(page, 'Container', 'agent');
  const folder = files.getByRole('treeitem', { name: 'logs, emptyDir logs, 1 file', exact: true });
  await files.getByRole('treeitem', { name: /^\/, / }).focus();
  while (await folder.evaluate((node) => node !== document.activeElement)) {
    const before = await page.evaluateHandle(() => document.activeElement);
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction((node) => node !== document.activeElement, before);
  }
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => /^access\.log, \d+ bytes$/.test(document.activeElement.getAttribute('aria-label')));
  await page.keyboard.press('Enter');
  const content = inspector(page).getByRole('group', { name: 'Content of /logs/access.log' });
  await content.getByText('line 1').waitFor();
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-label').startsWith('logs, '));
  await parts(page).button('Pause').focus();
  await page.keyboard.press('Enter');
  const before = await content.innerText();
  await parts(page).time.focus();
  let shorter = false;
  for (let i = 0; i < 60 && !shorter; i += 1) {
    await page.keyboard.press('ArrowLeft');
    await page.waitForTimeout(60); // a seek
    shorter = await content.evaluateAll(([node], length) => node?.innerText.length < length, before.length);
  }
  assert.ok(shorter, 'earlier there was less in it');
  const early = inspector(page).getByText('agent has no files yet: it hasn’t been created on a node.');
  for (let i = 0; i < 99 && await early.count() === 0; i += 1) await page.keyboard.press('ArrowLeft');
  await early.waitFor();
}));

test('Replace is announced, F8 reaches it, and one Undo takes it back', inPage(async ({ page }) => {
  await richEditor(page);
  await listen(page);
  const { item, editor, button: anywhere } = parts(page);
  await apply(page, helloPod);
  await item(/^Pod default\/hello-pod, Running, 1 of 1 ready$/).waitFor({ state: 'attached' });
  await apply(page, helloPod.replace('hello-ctr', 'other'));
  await untilHeard(page, /may not change fields other than.*Replace is offered, F8 goes there/s);
  await editor.focus();
  await page.keyboard.press('F8');
  await page.waitForFunction(() => document.activeElement.innerText === 'Replace');
  await page.keyboard.press('Enter');
  await untilHeard(page, /^1 object replaced/);
  await item(/^Container other, Running, ready, 0 restarts$/).waitFor({ state: 'attached' });
  assert.equal(await item(/^Container hello-ctr/).count(), 0);
  await anywhere('Undo').focus();
  await page.keyboard.press('Enter');
  await item(/^Container hello-ctr, Running, ready, 0 restarts$/).waitFor({ state: 'attached' });
}));

for (const [where, options, panels] of [
  ['wide, light', { colorScheme: 'light' }, false],
  ['on a phone, dark', { ...phone, colorScheme: 'dark' }, true],
]) {
  test(`axe finds nothing in the form, in Logs and in Files, ${where}, and nothing goes sideways`,
    inPage(options, async ({ page, shot }) => {
      await selected(page, undefined, panels);
      await choose(page, 'Container', 'agent');
      await press(page, 'Send a request');
      await press(page, 'Send');
      await text(page, 'web answered 200 OK');
      for (const name of ['Summary', 'Logs', 'Files']) {
        await tab(page, name);
        if (name === 'Files') {
          await inspector(page).getByRole('treeitem', { name: /^hosts, / }).focus();
          await page.keyboard.press('Enter');
        }
        await shot(`hands ${name} ${where}`);
        assert.deepEqual(await violations(page), [], name);
        const sideways = () => document.querySelector('.inspector').scrollWidth > document.querySelector('.inspector').clientWidth
          || document.documentElement.scrollWidth > innerWidth;
        assert.equal(await page.evaluate(sideways), false, name);
      }
    }));
}
