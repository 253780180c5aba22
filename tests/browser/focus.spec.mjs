//! The focus is never lost, what happens is said once a second at most, and every target is large enough.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { inPage } from './support.mjs';
import { apply, helloPod, parts, richEditor, write } from './roles.mjs';

const ready = /^Pod default\/hello-pod, Running, 1 of 1 ready/;
const pods = (number, text = helloPod) => Array.from({ length: number }, (_, i) => text.replace('hello-pod', `p${i}`)).join('---\n');

/** Role and name of what has the focus, inside shadow roots, too. */
const focused = (page) => page.evaluate(() => {
  let here = document.activeElement;
  while (here?.shadowRoot?.activeElement) here = here.shadowRoot.activeElement;
  return `${here.getAttribute('role') ?? here.tagName} ${here.getAttribute('aria-label') ?? here.innerText.slice(0, 60)}`;
});

async function untilFocused(page, pattern) {
  for (let tries = 0; !pattern.test(await focused(page)); tries += 1) {
    assert.ok(tries < 60, `the focus is on ${await focused(page)}`);
    await page.waitForTimeout(50);
  }
}

/** Presses a button by keyboard. */
async function press(page, name, within = page) {
  await within.getByRole('button', { name, exact: true }).focus();
  await page.keyboard.press('Enter');
}

/** All that the live region says from now on, with when; ends with `heard()`. */
async function listen(page) {
  await page.evaluate(() => {
    const region = document.querySelector('[role=status][aria-live=polite]');
    globalThis.heard = [];
    new MutationObserver(() => globalThis.heard.push({ at: performance.now(), text: region.innerText || region.textContent }))
      .observe(region, { subtree: true, childList: true, characterData: true });
  });
}
async function untilHeard(page, pattern) {
  await page.waitForFunction((source) => heard.some(({ text }) => new RegExp(source).test(text)), pattern.source)
    .catch(async () => assert.fail(`${pattern} is not in ${JSON.stringify(await page.evaluate(() => heard))}`));
  return page.evaluate(() => heard);
}

test('a wrong field of the form Node keeps what was typed, says so and has the focus', inPage(async ({ page }) => {
  await press(page, 'Add node');
  const field = (name) => page.getByRole('dialog').getByRole('textbox', { name, exact: true });
  const typed = { Name: 'worker-a', CPU: '8', Labels: 'disk=ssd,team=a', Taints: 'dedicated=gpu' };
  for (const [name, text] of Object.entries(typed)) await field(name).fill(text);
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  for (const [name, text] of Object.entries(typed)) assert.equal(await field(name).inputValue(), text);
  assert.equal(await field('Taints').getAttribute('aria-invalid'), 'true');
  assert.equal(await field('Labels').getAttribute('aria-invalid'), null);
  const told = await field('Taints').evaluate((node) => document.getElementById(node.getAttribute('aria-describedby')).innerText);
  assert.match(told, /dedicated=gpu/);
  await untilFocused(page, /^INPUT Taints/);
  await field('Taints').fill('dedicated=gpu:NoSchedule');
  await page.keyboard.press('Enter');
  await parts(page).item(/^Node worker-a/).waitFor({ state: 'attached' });
}));

test('an item that goes hands the focus to the next, the one before, or the one around', inPage(async ({ page }) => {
  await richEditor(page);
  await apply(page, pods(3));
  await parts(page).item(/^Pod default\/p2, Running, 1 of 1 ready/).waitFor();
  const order = await page.evaluate(() => [...document.querySelectorAll('[role=treeitem]')].map((node) => node.getAttribute('aria-label')));
  const pod = order.find((name) => name.startsWith('Pod '));
  await page.getByRole('treeitem', { name: pod, exact: true }).focus();
  for (let i = 0; i < 60 && await parts(page).pods.count() > 0; i += 1) {
    await page.keyboard.press(',');
    await page.waitForTimeout(60);
    assert.match(await focused(page), /^treeitem /, `after ${i + 1} steps back`);
  }
  assert.equal(await parts(page).pods.count(), 0, 'its keys still work');
}));

test('what is pressed and then gone, or can do no more, leaves the focus near', inPage(async ({ page }) => {
  await richEditor(page);
  await apply(page, helloPod);
  await parts(page).item(ready).waitFor();
  await press(page, 'Undo');
  await parts(page).item(ready).waitFor({ state: 'detached' });
  const undo = page.getByRole('button', { name: 'Undo', exact: true });
  assert.ok(await undo.isDisabled());
  await untilFocused(page, /Undo/);
  await press(page, 'Redo');
  await parts(page).item(ready).waitFor();
  assert.ok(await page.getByRole('button', { name: 'Redo', exact: true }).isDisabled());
  await untilFocused(page, /Redo/);
  for (const name of ['Go to now', 'Continue from here']) {
    await parts(page).time.focus();
    await page.keyboard.press('ArrowLeft');
    await press(page, name);
    await page.getByRole('button', { name, exact: true }).waitFor({ state: 'detached' });
    await untilFocused(page, /^slider Time/);
  }
  await page.getByRole('button', { name: 'Play', exact: true }).click({ timeout: 1000 }).catch(() => {});
  await parts(page).item(ready).focus();
  await page.keyboard.press('Enter');
  await press(page, 'Delete');
  await parts(page).pods.first().waitFor({ state: 'detached' });
  await untilFocused(page, /^tab Summary/);
}));

test('Replace and a suggested change leave the focus in the manifest', inPage(async ({ page }) => {
  await richEditor(page);
  await listen(page);
  await apply(page, helloPod);
  await parts(page).item(ready).waitFor();
  await apply(page, helloPod.replace('hello-ctr', 'other'));
  await press(page, 'Replace');
  await page.getByRole('button', { name: 'Replace', exact: true }).waitFor({ state: 'detached' });
  await untilFocused(page, /Apply|Manifest/);
  await untilHeard(page, /^1 object replaced/);
  await apply(page, helloPod.replace('containers', 'contianers'));
  await press(page, /^Change to/);
  await untilFocused(page, /^textbox Manifest/);
}));

test('on a phone F6 goes round whatever is shown', inPage({ viewport: { width: 390, height: 844 } }, async ({ page }) => {
  await parts(page).tree.waitFor({ state: 'attached' });
  const around = [];
  for (let press = 0; press < 6; press += 1) {
    await page.keyboard.press('F6');
    // Not at once: drawing gives way to the browser after 16 ms.
    const next = await page.waitForFunction((before) => {
      const name = document.activeElement.closest('section[aria-label]')?.getAttribute('aria-label');
      return name !== before && name;
    }, around.at(-1));
    around.push(await next.jsonValue());
  }
  assert.ok(around.includes('Stage') && around.includes('Timeline'), `${around}`);
}));

test('on a phone the sheet gives the focus back', inPage({ viewport: { width: 390, height: 844 } }, async ({ page }) => {
  const open = async () => {
    await parts(page).item(/^Node node-1/).focus();
    await page.keyboard.press('Enter');
    await parts(page).inspector.waitFor();
  };
  await parts(page).tree.waitFor({ state: 'attached' });
  await open();
  await press(page, 'Close');
  await untilFocused(page, /^treeitem /);
  await open();
  await parts(page).inspector.getByRole('button', { name: 'Close' }).focus();
  await page.keyboard.press('Escape');
  await parts(page).inspector.waitFor({ state: 'hidden' });
  await untilFocused(page, /^treeitem /);
  await open();
  await press(page, 'Details', parts(page).inspector);
  await untilFocused(page, /^tab /);
}));

test('a restored page has the focus in the tree and says so', inPage({ path: '?debug', expected: /panic|unreachable/ }, async ({ page }) => {
  await apply(page, helloPod);
  await parts(page).item(ready).waitFor();
  await parts(page).button('Panic in the core').click();
  const dialog = page.getByRole('alertdialog');
  await dialog.waitFor();
  await press(page, 'Without the last input', dialog);
  await parts(page).item(ready).waitFor();
  await untilFocused(page, /^treeitem /);
  await page.waitForFunction(() => /Restored, paused/.test(document.querySelector('[role=status][aria-live]').textContent));
}));

test('Remove can act only while what is selected is there, and keeps the focus', inPage(async ({ page }) => {
  await parts(page).item(/^Node node-3/).focus();
  await page.keyboard.press('Enter');
  await press(page, 'Remove');
  await parts(page).item(/^Node node-3/).waitFor({ state: 'detached' });
  assert.ok(await page.getByRole('button', { name: 'Remove', exact: true }).isDisabled());
  await untilFocused(page, /Remove/);
  for (let i = 0; i < 3; i += 1) await page.keyboard.press('Enter');
  await press(page, 'Undo');
  await parts(page).item(/^Node node-3/).waitFor({ state: 'attached' });
}));

test('there is one live region, which says what was done, what came of it and how many', inPage(async ({ page }) => {
  await richEditor(page);
  assert.equal(await page.evaluate(() => document.querySelectorAll(':is(output, [role=status], [role=log], [role=timer], [aria-live]):not([aria-live=off])').length), 1);
  await listen(page);
  await apply(page, pods(30));
  await untilHeard(page, /\d+ (more )?Pods are Ready/);
  await page.waitForFunction(() => [...document.querySelectorAll('[role=treeitem]')]
    .filter((item) => /^Pod .*, Running, 1 of 1 ready$/.test(item.getAttribute('aria-label'))).length === 30, null, { timeout: 60_000 });
  await page.waitForTimeout(2500);
  const all = await page.evaluate(() => heard);
  for (let i = 1; i < all.length; i += 1) {
    assert.ok(all[i].at - all[i - 1].at > 900, `${JSON.stringify(all[i])} comes too soon`);
    assert.notEqual(all[i].text, all[i - 1].text);
  }
  const readyOnes = all.reduce((sum, { text }) => sum + [...text.matchAll(/(\d+) (?:more )?Pods are Ready|Pod \S+ is Ready/g)]
    .reduce((here, [, number]) => here + Number(number ?? 1), 0), 0);
  assert.equal(readyOnes, 30, JSON.stringify(all));
  assert.ok(!all.some(({ text }) => /Node/.test(text)), 'nothing happened to a node that is to be told');
}));

test('failures are said', inPage(async ({ page }) => {
  await richEditor(page);
  await listen(page);
  const crash = helloPod.replace('hello-pod', 'crash').replace('demo/web:1', 'busybox\n      command: [sh, -c, exit 1]');
  const large = helloPod.replace('hello-pod', 'large').replace('image: demo/web:1', 'image: demo/web:1\n      resources: {requests: {cpu: 64}}');
  await apply(page, `${crash}---\n${large}`);
  await untilHeard(page, /Pod default\/crash is in CrashLoopBackOff/);
  await untilHeard(page, /Pod default\/large is Pending: .*Insufficient cpu/);
}));

test('what the API server refuses is said once', inPage(async ({ page }) => {
  await richEditor(page);
  await listen(page);
  const refused = helloPod.replace('spec:', 'spec:\n  priorityClassName: none-such');
  await apply(page, refused);
  await untilHeard(page, /no PriorityClass with name none-such/);
  await page.waitForTimeout(3500);
  const said = async () => (await page.evaluate(() => heard)).filter(({ text }) => /none-such/.test(text));
  assert.equal((await said()).length, 1, JSON.stringify(await said()));
  await page.evaluate(() => { heard.length = 0; });
  await apply(page, `${helloPod.replace('hello-pod', 'taken')}---\n${refused}`);
  await untilHeard(page, /^1 object applied, 1 refused: .*none-such/);
  await page.waitForTimeout(3500);
  assert.equal((await said()).length, 1, JSON.stringify(await said()));
}));

test('“Why no node?” is answered in words, and the focus goes to the answer', inPage(async ({ page }) => {
  await richEditor(page);
  await apply(page, helloPod.replace('image: demo/web:1', 'image: demo/web:1\n      resources: {requests: {cpu: 64}}'));
  await parts(page).item(/^Pod default\/hello-pod, Pending, .*Insufficient cpu/).focus();
  await page.keyboard.press('Enter');
  await listen(page);
  await press(page, 'Why no node?');
  await untilHeard(page, /Scheduling: why Pod default\/hello-pod has no node/);
  await untilFocused(page, /^H2 No node takes it/);
  await page.keyboard.press('Tab');
  await untilFocused(page, /^BUTTON Line \d+/);
}));

test('that a way back stops time is said once', inPage(async ({ page }) => {
  await richEditor(page);
  await apply(page, helloPod);
  await parts(page).item(ready).waitFor();
  await page.waitForTimeout(2500); // all of it was said
  await listen(page);
  await parts(page).time.focus();
  for (let presses = 0; presses < 4; presses += 1) {
    await page.keyboard.press('ArrowLeft');
    await page.waitForTimeout(400);
  }
  await untilHeard(page, /^Paused$/);
  await page.waitForTimeout(1500);
  const heard = await page.evaluate(() => globalThis.heard.map(({ text }) => text));
  assert.equal(heard.length, 1, JSON.stringify(heard));
  await press(page, 'Go to now');
  await untilHeard(page, /^Playing at t\+/);
  await page.waitForTimeout(1500);
  await press(page, 'Step');
  await untilHeard(page, /^Paused\. Nothing changes within the next minute/);
}));

test('each step back says more than a time, also over an Event', inPage(async ({ page }) => {
  await richEditor(page);
  await press(page, 'Pause');
  await apply(page, helloPod);
  await listen(page);
  for (let steps = 0; !await page.evaluate(() => heard.some(({ text }) => text.startsWith('Nothing changes'))); steps += 1) {
    assert.ok(steps < 60);
    await press(page, 'Step');
    await page.waitForTimeout(200);
  }
  await page.waitForTimeout(1500);
  await parts(page).item(ready).focus();
  for (let steps = 0; steps < 6; steps += 1) {
    await page.evaluate(() => { heard.length = 0; });
    await page.keyboard.press(',');
    const heard = await untilHeard(page, /t\+/);
    assert.match(heard.at(-1).text, /^t\+[\d.]+ s, in the past: [A-Z]/);
    await page.waitForTimeout(1300);
  }
}));

test('what a person does is said', inPage(async ({ page }) => {
  await richEditor(page);
  await listen(page);
  const said = async (pattern) => { await untilHeard(page, pattern); await page.evaluate(() => { heard.length = 0; }); };
  await press(page, 'Pause');
  await said(/^Paused at t\+/);
  await apply(page, helloPod);
  await said(/Time is paused/);
  await press(page, 'Step');
  await said(/^t\+[\d.]+ s/);
  await press(page, 'Play');
  await said(/^Playing/);
  await press(page, 'Add host');
  await said(/Host host-3 is added/);
  await press(page, 'Undo');
  await said(/^Undone: add host-3.*\. Paused/);
  await press(page, 'Redo');
  await said(/^Done again: add host-3/);
  await write(page, helloPod.replace('containers', 'contianers'));
  await parts(page).problems.first().waitFor();
  await page.keyboard.press('F8');
  await said(/Line 6, column 3: unknown field "spec.contianers"/);
  await press(page, 'Examples');
  await page.getByRole('menuitem').first().press('Enter');
  await said(/^Example “/);
  await press(page, 'New cluster');
  await page.getByRole('dialog').locator(':focus').waitFor();
  await page.keyboard.press('Enter');
  await said(/^A new cluster, seed /);
}));

test('the ring is seen about headings, and is as strong at every zoom', inPage(async ({ page }) => {
  await richEditor(page);
  await apply(page, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: colours\n');
  await parts(page).item(/^ConfigMap default\/colours/).waitFor({ state: 'attached' });
  const ring = page.locator('svg .focus-ring');
  for (const name of [/^Unscheduled/, /^Objects$/, /^ConfigMap$/]) {
    await parts(page).item(name).focus();
    await ring.waitFor();
    const { width, height } = await ring.boundingBox();
    assert.ok(width > 20 && height > 20, `${width} × ${height}`);
    assert.equal(await ring.evaluate((node) => getComputedStyle(node).vectorEffect), 'non-scaling-stroke');
  }
}));

test('regions have headings, and names and values agree', inPage(async ({ page }) => {
  for (const name of ['Manifest', 'Stage', 'Timeline']) {
    await page.getByRole('region', { name, exact: true }).getByRole('heading', { name, level: 2 }).waitFor({ state: 'attached' });
  }
  await page.getByRole('button', { name: /^Zoom to 100 %, now \d+ %$/ }).waitFor();
  await parts(page).button('Pause').click();
  await page.waitForTimeout(300);
  const [now, text] = await parts(page).time.evaluate((node) => [node.getAttribute('aria-valuenow'), node.getAttribute('aria-valuetext')]);
  assert.equal(text, `t+${Number(now).toFixed(1)} s`);
}));

test('forced colours keep buttons readable and show which tab is chosen', inPage({ forcedColors: 'active' }, async ({ page }) => {
  const colours = (locator) => locator.evaluate((node) => { const { color, backgroundColor } = getComputedStyle(node); return { color, backgroundColor }; });
  await parts(page).item(/^Node node-1/).focus();
  await page.keyboard.press('Enter');
  const [chosen, other] = await Promise.all(['Summary', 'Events'].map((name) => colours(page.getByRole('tab', { name }))));
  assert.notDeepEqual(chosen.backgroundColor, other.backgroundColor);
  const edge = await page.getByRole('tab', { name: 'Events' }).evaluate((node) => getComputedStyle(node).borderBottomColor);
  assert.notEqual(edge, other.color, 'only the chosen one is underlined');
  await press(page, 'Keys');
  const close = page.getByRole('dialog').getByRole('button', { name: 'Close' });
  assert.equal(await close.evaluate((node) => getComputedStyle(node).forcedColorAdjust), 'none');
}));

for (const [what, viewport] of [['a phone', { width: 390, height: 844 }], ['a phone held sideways', { width: 844, height: 390 }], ['a small phone', { width: 320, height: 568 }]]) {
  test(`on ${what} a finger finds everything`, inPage({ viewport, hasTouch: true, isMobile: true }, async ({ page, shot }) => {
    await parts(page).tree.waitFor({ state: 'attached' });
    await parts(page).time.focus();
    await page.waitForTimeout(1200);
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('button', { name: 'Go to now' }).waitFor();
    await shot(`fingers ${what}`);
    const boxes = async (locator) => Promise.all((await locator.all()).map(async (one) => ({ name: await one.evaluate((node) => node.getAttribute('aria-label') ?? node.innerText), ...await one.boundingBox() })));
    const region = parts(page).region('Timeline');
    for (const { name, width, height } of [...await boxes(region.getByRole('button')), ...await boxes(parts(page).time), ...await boxes(parts(page).speed), ...await boxes(page.getByRole('button', { name: 'Fit' }))]) {
      assert.ok(height >= 44, `${name} is ${width} × ${height}`);
      assert.ok(width >= (viewport.width < 360 ? 36 : 44), `${name} is ${width} × ${height}`);
    }
    const row = [...await boxes(region.getByRole('button', { name: /Undo|Play|Pause|Step|Redo/ })), ...await boxes(region.locator('.clock')), ...await boxes(parts(page).speed), ...await boxes(parts(page).time)];
    for (const [at, one] of row.entries()) {
      for (const two of row.slice(at + 1)) {
        const apart = one.x + one.width <= two.x + 1 || two.x + two.width <= one.x + 1 || one.y + one.height <= two.y + 1 || two.y + two.height <= one.y + 1;
        assert.ok(apart, `${JSON.stringify(one)} and ${JSON.stringify(two)} overlap`);
      }
    }
  }));
}

for (const [zoom, viewport] of [['200 %', { width: 640, height: 512 }], ['400 %', { width: 320, height: 256 }]]) {
  test(`at ${zoom} nothing is hidden behind another thing`, inPage({ viewport }, async ({ page, shot }) => {
    const fits = async (when) => assert.ok(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth), `the page itself scrolls ${when}`);
    await page.getByRole('navigation').getByRole('button', { name: 'Manifest', exact: true }).click();
    await apply(page, helloPod);
    const stage = page.getByRole('navigation').getByRole('button', { name: 'Stage', exact: true });
    if (await stage.isVisible()) await stage.click();
    await parts(page).item(ready).waitFor({ state: 'attached' });
    await parts(page).item(ready).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('navigation').getByRole('button', { name: 'Details', exact: true }).click();
    await fits('with Details');
    const remove = parts(page).inspector.getByRole('button', { name: 'Delete' });
    await remove.scrollIntoViewIfNeeded();
    await shot(`zoomed ${zoom}`);
    const [button, timeline, region] = [await remove.boundingBox(), await parts(page).region('Timeline').boundingBox(), await parts(page).inspector.boundingBox()];
    assert.ok(button.y + button.height <= timeline.y + 1, 'Delete is above the timeline');
    assert.ok(region.y + region.height <= timeline.y + 1, 'the inspector ends where the timeline begins');
    const clock = await parts(page).region('Timeline').locator('.clock').boundingBox();
    const redo = await parts(page).button('Redo').boundingBox();
    assert.ok(redo.x + redo.width <= clock.x + 1, 'the clock stands beside Redo');
  }));
}
