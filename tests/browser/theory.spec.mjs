//! The same deed in three worlds: placed, scaled, moved and lost as one piece, by roles and names and by keyboard, stepped,
//! scrubbed back, and said in words.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { digest, parts, seconds } from './roles.mjs';

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const stage = (page) => parts(page).region('Stage');
const world = (page, name) => stage(page).getByRole('group', { name, exact: true });
const units = (page, name) => world(page, name).getByRole('list', { name: 'Units' }).getByRole('listitem');
const said = (page, name, words) => world(page, name).getByRole('list', { name: 'What happened' }).getByText(words).first();
const lanes = (page) => parts(page).region('Timeline').locator('.lane-names li').allInnerTexts();

async function press(page, name) {
  await stage(page).getByRole('button', { name, exact: true }).focus();
  await page.keyboard.press('Enter');
}

/** The Theory view, by keys; five times as fast as a clock. */
async function open(page, narrow = false) {
  if (narrow) await page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: 'Stage', exact: true }).tap();
  await stage(page).getByRole('tab', { name: 'Machines', exact: true }).focus();
  await page.keyboard.press('End');
  await world(page, 'Pod').waitFor();
  if (!narrow) await parts(page).speed.selectOption({ label: '5×' });
}

/** One is placed in each world, and runs. */
async function placed(page) {
  await press(page, 'Place one');
  await units(page, 'Virtual machine').filter({ hasText: 'vm-3, runs, on metal-1' }).waitFor({ state: 'attached' });
  await units(page, 'Container').filter({ hasText: 'cache, runs, on server-1' }).waitFor({ state: 'attached' });
  await units(page, 'Pod').filter({ hasText: 'hello-pod, Running, Ready' }).waitFor({ state: 'attached' });
}

test('one is placed in each world, as one piece, and each says how', inPage(async ({ page, shot }) => {
  await open(page);
  assert.equal(await stage(page).getByRole('heading', { name: 'What is placed as one piece?' }).count(), 1);
  assert.deepEqual(await units(page, 'Virtual machine').allInnerTexts(), ['vm-1, runs, on metal-1', 'vm-2, runs, on metal-1']);
  assert.deepEqual(await units(page, 'Container').allInnerTexts(), ['web', 'db'].map((name) => `${name}, runs, on server-1`));
  assert.deepEqual(await units(page, 'Pod').allInnerTexts(), []);
  await shot('theory at first');
  const before = await seconds(page);
  await placed(page);
  await said(page, 'Virtual machine', 'vm-3 runs: it has booted a kernel of its own').waitFor();
  await said(page, 'Container', 'cache runs: processes of its own, on the kernel of server-1').waitFor();
  await said(page, 'Pod', 'hello-pod is Ready: both of its containers are').waitFor();
  await parts(page).item(/^Pod default\/hello-pod, Running, 2 of 2 ready/).waitFor({ state: 'attached' });
  await shot('theory placed');
  assert.deepEqual(await lanes(page), ['you', 'hypervisor', 'engine', 'API server', 'scheduler', 'kubelets']);
  // On its way: all three have been asked for, none has a place.
  const { time, button } = parts(page);
  await button('Pause').focus();
  await page.keyboard.press('Enter');
  await time.focus();
  await page.keyboard.press('Home');
  while (await seconds(page) < before) await page.keyboard.press('PageUp');
  await page.keyboard.press('PageDown');
  for (let steps = 0; steps < 80 && await units(page, 'Pod').count() === 0; steps += 1) await page.keyboard.press('ArrowRight');
  await shot('theory on its way');
  await page.keyboard.press('.');
  await shot('theory a step on');
  // What the cluster did is what a person could have typed.
  await parts(page).button('Go to now').focus();
  await page.keyboard.press('Enter');
  await stage(page).getByRole('tab', { name: 'Machines', exact: true }).focus();
  await page.keyboard.press('Enter');
  assert.equal((await lanes(page)).at(-1), 'network');
  await parts(page).region('Terminal').getByText('kubectl apply -n default -f -').first().waitFor();
}));

test('a full host refuses a virtual machine and says why; scaling makes more of them', inPage(async ({ page, shot }) => {
  await open(page);
  await placed(page);
  await press(page, 'Place one');
  await said(page, 'Virtual machine', 'metal-1 refuses it: it asks for 2 CPU and 4Gi as a whole, and 0 CPU and 0Gi are free').waitFor();
  await units(page, 'Virtual machine').filter({ hasText: /^vm-4, \w+, on metal-2$/ }).waitFor({ state: 'attached' });
  await shot('theory refused');
  await press(page, 'Scale to 3');
  await said(page, 'Pod', '(a ReplicaSet) is to keep 3 Pods: more of them, never a bigger one').waitFor();
  await page.waitForFunction(() => {
    const lists = [...document.querySelectorAll('[aria-label="Units"]')].map((list) => [...list.children].map((one) => one.textContent));
    const [vms, containers, pods] = lists;
    return vms.filter((name) => /runs/.test(name)).length === 5
      && containers.filter((name) => /^cache.*runs/.test(name)).length === 3
      && pods.filter((name) => /Running, Ready/.test(name)).length === 3;
  }, undefined, { timeout: 60_000 });
  await shot('theory scaled');
}));

test('a virtual machine moves while it runs, and the others are replaced', inPage(async ({ page, shot }) => {
  await open(page);
  await placed(page);
  const node = /on (\S+)/.exec(await units(page, 'Pod').first().innerText())[1];
  await press(page, 'Move one');
  await said(page, 'Virtual machine', 'vm-3 moves to metal-2 while it runs').waitFor();
  await units(page, 'Virtual machine').filter({ hasText: 'vm-3, runs, on metal-2' }).waitFor({ state: 'attached' });
  await units(page, 'Container').filter({ hasText: 'cache, runs, on server-2' }).waitFor({ state: 'attached' });
  await page.waitForFunction((node) => {
    const pods = [...document.querySelectorAll('[aria-label="Units"]')].at(-1).textContent;
    return pods.includes('Running, Ready') && !pods.includes(`on ${node}`);
  }, node, { timeout: 60_000 });
  await shot('theory moved');
}));

test('a failed machine takes whole units with it, and back and forth gives equal digests', inPage(async ({ page, shot }) => {
  await open(page);
  await placed(page);
  await press(page, 'Fail a machine');
  await said(page, 'Virtual machine', 'metal-1 fails, and takes vm-1, vm-2 and vm-3 along, whole').waitFor();
  await said(page, 'Container', 'server-1 fails, and its engine with it').waitFor();
  await said(page, 'Pod', /goes off, and takes hello-pod along, with both containers/).waitFor();
  await units(page, 'Container').filter({ hasText: 'cache, lost, on server-1, which is off' }).waitFor({ state: 'attached' });
  await shot('theory failed');
  await units(page, 'Virtual machine').filter({ hasText: 'vm-3, runs, on metal-2' }).waitFor({ state: 'attached' });
  const { time, button } = parts(page);
  await button('Pause').focus();
  await page.keyboard.press('Enter');
  await time.focus();
  const words = () => stage(page).getByRole('list', { name: 'Units' }).allInnerTexts();
  const look = async () => [await seconds(page), await digest(page), await words()];
  const settled = () => page.waitForFunction(() => document.querySelector('section.timeline').getAttribute('aria-busy') === 'false');
  const back = [await look()];
  for (let moments = 0; moments < 6; moments += 1) {
    await page.keyboard.press('PageDown');
    await settled();
    back.push(await look());
  }
  await shot('theory scrubbed');
  const forth = [await look()];
  for (let moments = 0; moments < 6; moments += 1) {
    await page.keyboard.press('PageUp');
    await settled();
    forth.push(await look());
  }
  assert.deepEqual(forth.reverse(), back);
  assert.ok(new Set(back.map(([, state]) => state)).size > 2, 'these are several states');
}));

test('Manifest and Terminal make room, and come back', inPage(async ({ page }) => {
  await open(page);
  assert.equal(await parts(page).region('Manifest').isVisible(), false);
  await page.keyboard.press('Home');
  await parts(page).region('Manifest').waitFor();
}));

test('with reduced motion nothing travels', inPage({ reducedMotion: 'reduce' }, async ({ page, shot }) => {
  await open(page);
  await placed(page);
  await press(page, 'Move one');
  await units(page, 'Virtual machine').filter({ hasText: 'vm-3, runs, on metal-2' }).waitFor({ state: 'attached' });
  await shot('theory reduced motion');
}));

for (const colorScheme of ['light', 'dark']) {
  for (const device of ['desktop', 'phone']) {
    const options = { colorScheme, ...(device === 'phone' ? phone : {}) };
    test(`axe finds nothing in the Theory view in the ${colorScheme} on a ${device}`, inPage(options, async ({ page, shot }) => {
      const narrow = device === 'phone';
      await open(page, narrow);
      assert.deepEqual(await violations(page), []);
      await press(page, 'Place one');
      await units(page, 'Container').filter({ hasText: 'cache, runs' }).waitFor({ state: 'attached' });
      await press(page, 'Fail a machine');
      await units(page, 'Container').filter({ hasText: 'cache, lost' }).waitFor({ state: 'attached' });
      await page.waitForTimeout(1_500);
      assert.deepEqual(await violations(page), []);
      await shot(`theory ${colorScheme} ${device}`);
      const view = page.locator('.theory-view');
      assert.ok(await view.evaluate((view) => view.scrollWidth <= view.clientWidth), 'nothing scrolls sideways');
      if (narrow) {
        await view.evaluate((view) => view.scrollTo(0, view.scrollHeight / 2));
        await shot(`theory ${colorScheme} ${device} below`);
      }
    }));
  }
}
