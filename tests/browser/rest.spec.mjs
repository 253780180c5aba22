//! A release's wasm comes in parts: the first picture needs the first alone, the rest comes right after it, and more when
//! it is asked for.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { inPage } from './support.mjs';
import { apply, helloPod, parts, richEditor } from './roles.mjs';

const dist = process.env.PODARIUM_DIST ?? 'dist';
const skip = readdirSync(dist).every((name) => !/^rest-.*\.wasm$/.test(name)) && 'a build for development comes whole';
const REST = /\/rest-[0-9a-f]+\.wasm$/;
const MORE = /\/more-[0-9a-f]+\.wasm$/;

/** Counts in the page how often it stands still for a file. */
const countWaits = (page) => page.addInitScript(() => {
  globalThis.waits = 0;
  const { send } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.send = function (...given) {
    globalThis.waits += 1;
    return send.apply(this, given);
  };
});

test('the first picture stands without the rest', { skip }, (() => {
  let go;
  const told = new Promise((resolve) => { go = resolve; });
  const before = async (page) => {
    await countWaits(page);
    await page.route(REST, async (route) => { await told; await route.continue(); });
  };
  return inPage({ before }, async ({ page }) => {
    await page.getByRole('treeitem', { name: /^Node node-3,/ }).waitFor();
    await parts(page).button('Pause').waitFor();
    await page.locator('svg text', { hasText: 'node-3' }).first().waitFor();
    assert.equal(await page.evaluate(() => globalThis.waits), 0, 'nothing of the rest was missed');
    go();
    await richEditor(page);
    await apply(page, helloPod);
    await page.getByRole('treeitem', { name: /^Pod default\/hello-pod, Running, 1 of 1 ready/ }).waitFor();
    assert.equal(await page.evaluate(() => globalThis.waits), 0);
  });
})());

test('a first visit is welcomed once the rest is here, and not before', { skip }, (() => {
  let go;
  const told = new Promise((resolve) => { go = resolve; });
  const before = async (page) => {
    await countWaits(page);
    await page.route(REST, async (route) => { await told; await route.continue(); });
  };
  return inPage({ before, firstVisit: true }, async ({ page }) => {
    await page.getByRole('treeitem', { name: /^Node node-3,/ }).waitFor();
    await page.waitForTimeout(3000);
    const welcome = page.getByRole('dialog', { name: 'Welcome' });
    assert.equal(await welcome.count(), 0);
    go();
    await welcome.waitFor();
    await page.getByRole('treeitem', { name: /^Pod default\/hello-pod, Running, 1 of 1 ready/ }).waitFor();
    assert.equal(await page.evaluate(() => globalThis.waits), 0, 'it did not stand still for a file');
  });
})());

test('a host that fails is asked again for the rest', { skip }, (() => {
  let failures = 2;
  const before = (page) => page.route(REST, (route) => {
    failures -= 1;
    return failures >= 0 ? route.fulfill({ status: 503 }) : route.continue();
  });
  return inPage({ before, expected: /503/ }, async ({ page }) => {
    await richEditor(page);
    await apply(page, helloPod);
    await page.getByRole('treeitem', { name: /^Pod default\/hello-pod, Running, 1 of 1 ready/ }).waitFor();
  });
})());

test('where the rest is missing, that is said', { skip }, inPage({
  before: (page) => page.route(REST, (route) => route.fulfill({ status: 404 })), expected: /404|A part of the page is missing|RuntimeError/,
}, async ({ page }) => {
  await page.getByText(/A part of the page is missing \(404/).first().waitFor();
  await page.getByRole('button', { name: 'Try again' }).waitFor();
}));

test('the rest may come with any type', { skip }, inPage({
  before: (page) => page.route(REST, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, headers: { 'content-type': 'application/octet-stream' } });
  }),
}, async ({ page }) => {
  await richEditor(page);
}));

test('a second visit brings back what was done, with the parts that it needs', { skip }, inPage({ before: countWaits }, async ({ page }) => {
  await richEditor(page);
  await apply(page, helloPod);
  await page.getByRole('treeitem', { name: /^Pod default\/hello-pod, Running, 1 of 1 ready/ }).waitFor();
  await page.reload();
  await page.getByRole('treeitem', { name: /^Pod default\/hello-pod,/ }).waitFor();
  assert.equal(await page.evaluate(() => globalThis.waits), 0, 'it did not stand still for a file');
}));

/** Does the page have this part by now? */
const has = (page, part) => page.evaluate((part) => performance.getEntriesByType('resource')
  .some(({ name }) => new URL(name).pathname.startsWith(`/${part}-`)), part);

test('what nobody asks for does not come', { skip }, inPage({ before: countWaits }, async ({ page }) => {
  const { button, item } = parts(page);
  await richEditor(page);
  await apply(page, helloPod);
  await item(/^Pod default\/hello-pod, Running, 1 of 1 ready/).waitFor();
  await item(/^Pod default\/hello-pod/).focus();
  await page.keyboard.press('Enter');
  for (const view of ['Pod', 'Scheduling', 'Network', 'Ownership']) await page.getByRole('tab', { name: view, exact: true }).click();
  for (const tab of ['Events', 'YAML', 'Why']) await page.getByRole('tab', { name: tab, exact: true }).click();
  for (const name of ['Pause', 'Step', 'Undo', 'Redo']) await button(name).click();
  await page.reload();
  await richEditor(page);
  await item(/^Pod default\/hello-pod/).waitFor();
  assert.equal(await has(page, 'more'), false);
  assert.equal(await page.evaluate(() => globalThis.waits), 0);
}));

for (const [what, path, ask] of [
  ['the Theory view', '', async (page) => {
    await page.getByRole('tab', { name: 'Theory' }).click();
    await page.getByRole('button', { name: 'Place one' }).click();
    await page.getByText(/^One (VM|virtual machine)/i).first().or(page.getByRole('group', { name: 'Pod' }).first()).waitFor();
  }],
  ['the terminal', '', async (page) => {
    await page.getByRole('textbox', { name: 'Command' }).pressSequentially('kubectl get nodes\n', { delay: 30 });
    await page.getByRole('group', { name: 'kubectl get nodes, exit 0' }).waitFor();
    await page.waitForTimeout(500); // it is stored
    await page.reload();
    await page.getByRole('group', { name: 'kubectl get nodes, exit 0' }).waitFor();
  }],
  ['a button that is a line of kubectl', '', async (page) => {
    await parts(page).item(/^Node node-1,/).focus();
    await page.keyboard.press('Enter');
    await parts(page).button('Cordon').click();
    await parts(page).item(/^Node node-1, Ready, cordoned/).waitFor();
  }],
  ['a lesson', '?lesson=01-pods/02-hello-pod', async (page) => {
    await page.getByRole('region', { name: 'Lesson' }).getByRole('radiogroup', { name: 'Predict' }).waitFor();
  }],
]) {
  test(`${what} comes when it is asked for, and nobody stands still for it`, { skip }, inPage({ path, before: countWaits }, async ({ page }) => {
    await richEditor(page);
    await ask(page);
    assert.equal(await has(page, 'more'), true);
    assert.equal(await page.evaluate(() => globalThis.waits), 0);
  }));
}

test('a link comes without standing still', { skip }, inPage(async ({ page, context }) => {
  await richEditor(page);
  await apply(page, helloPod);
  await parts(page).item(/^Pod default\/hello-pod, Running, 1 of 1 ready/).waitFor();
  await parts(page).button('Link to this moment').click();
  await page.waitForFunction(() => location.hash.startsWith('#v1.'));
  const there = await (await context.browser().newContext()).newPage();
  await countWaits(there);
  await there.goto(page.url());
  await parts(there).button('Back to my cluster').waitFor();
  await parts(there).item(/^Pod default\/hello-pod/).waitFor();
  assert.equal(await there.evaluate(() => globalThis.waits), 0);
  await there.context().close();
}));

for (const [what, ask, then] of [
  ['the Theory view', (page) => page.getByRole('tab', { name: 'Theory' }).click(), async (page) => {
    await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name, responseEnd }) => name.includes('/more-') && responseEnd > 0));
    await page.waitForTimeout(1000);
    assert.equal(await page.getByRole('tab', { name: 'Machines' }).getAttribute('aria-selected'), 'true');
  }],
  ['a link', (page) => parts(page).button('Link to this moment').click(), async (page) => {
    await page.getByText('No link is made: the cluster that it was to lead to has been left').waitFor({ state: 'attached' });
    assert.equal(await page.evaluate(() => location.hash), '');
  }],
]) {
  test(`${what} that was asked of a cluster is not made of the next one`, { skip }, (() => {
    let go;
    const told = new Promise((resolve) => { go = resolve; });
    let asked = 0;
    const before = (page) => page.route(MORE, async (route) => {
      asked += 1;
      if (asked === 1) await told;
      await route.continue();
    });
    return inPage({ before }, async ({ page }) => {
      await richEditor(page);
      await apply(page, helloPod);
      await parts(page).item(/^Pod default\/hello-pod, Running, 1 of 1 ready/).waitFor();
      await ask(page);
      await parts(page).button('New cluster').click();
      await page.getByRole('dialog').getByRole('button', { name: 'Start over' }).click();
      await parts(page).pods.first().waitFor({ state: 'detached' });
      go();
      await then(page);
    });
  })());
}

test('where more is missing, that is said and all else goes on', { skip }, inPage({
  before: (page) => page.route(MORE, (route) => route.fulfill({ status: 404 })), expected: /404/,
}, async ({ page }) => {
  await richEditor(page);
  await page.getByRole('tab', { name: 'Theory' }).click();
  await page.getByText('A part of the page is missing. Reload it: what you did is stored').first().waitFor();
  await apply(page, helloPod);
  await page.getByRole('treeitem', { name: /^Pod default\/hello-pod, Running, 1 of 1 ready/ }).waitFor();
}));
