//! For everyone: axe finds nothing, and the whole job is done by keyboard alone.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { apply, duo, helloPod, parts, richEditor, seconds } from './roles.mjs';

for (const colorScheme of ['light', 'dark']) {
  for (const [device, viewport] of [['desktop', { width: 1440, height: 900 }], ['phone', { width: 390, height: 844 }]]) {
    test(`axe finds nothing in the ${colorScheme} on a ${device}`, inPage({ colorScheme, viewport, hasTouch: device === 'phone' }, async ({ page, shot }) => {
      const go = async (name) => {
        const tab = page.getByRole('navigation').getByRole('button', { name, exact: true });
        if (device === 'phone') await tab.click();
      };
      await parts(page).tree.waitFor({ state: 'attached' });
      await shot(`empty ${colorScheme} ${device}`);
      assert.deepEqual(await violations(page), []);
      await go('Manifest');
      await richEditor(page);
      await apply(page, `${helloPod}---\n${duo}`);
      await shot(`manifest ${colorScheme} ${device}`);
      assert.deepEqual(await violations(page), []);
      await go('Stage');
      await parts(page).item(/^Pod default\/hello-pod, Running/).waitFor();
      await parts(page).item(/^Pod default\/hello-pod/).focus();
      await page.keyboard.press('Enter');
      await shot(`stage ${colorScheme} ${device}`);
      assert.deepEqual(await violations(page), []);
      await go('Details');
      for (const tab of ['Events', 'YAML', 'Why', 'Summary']) {
        await page.getByRole('tab', { name: tab, exact: true }).click();
        await shot(`${tab} ${colorScheme} ${device}`);
        assert.deepEqual(await violations(page), []);
      }
      await go('Manifest');
      await apply(page, helloPod.replace('containers:', 'contianers:'));
      await parts(page).problems.first().waitFor();
      assert.deepEqual(await violations(page), []);
    }));
  }
}

test('the whole job is done by keyboard alone', inPage(async ({ page }) => {
  await richEditor(page);
  const focused = () => page.evaluate(() => {
    const deep = (root) => root.activeElement?.shadowRoot?.activeElement ? deep(root.activeElement.shadowRoot) : root.activeElement;
    const node = deep(document);
    return `${node.getAttribute('role') ?? node.tagName} ${node.getAttribute('aria-label') ?? node.textContent?.slice(0, 40)}`;
  });
  await page.keyboard.press('Tab');
  assert.match(await focused(), /Skip to stage/);
  for (let i = 0; i < 8 && !/Manifest/.test(await focused()); i += 1) await page.keyboard.press('F6');
  await parts(page).editor.focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(helloPod.replaceAll('\n', '\n'), { delay: 1 });
  await page.keyboard.press('ControlOrMeta+Enter');
  await parts(page).item(/^Pod default\/hello-pod, Running, 1 of 1 ready/).waitFor();
  await page.keyboard.press('Escape');
  for (let i = 0; i < 10 && !/treeitem/.test(await focused()); i += 1) await page.keyboard.press('F6');
  assert.match(await focused(), /treeitem/);
  await page.keyboard.press('Home');
  for (let i = 0; i < 20 && !/Pod default\/hello-pod/.test(await focused()); i += 1) await page.keyboard.press('ArrowDown');
  assert.match(await focused(), /Pod default\/hello-pod/);
  await page.keyboard.press('Enter');
  await parts(page).inspector.getByRole('heading', { name: /hello-pod/ }).waitFor();
  await page.keyboard.press('Space');
  await parts(page).button('Play').waitFor();
  const before = await seconds(page);
  await page.keyboard.press(',');
  await page.waitForTimeout(200);
  assert.ok(await seconds(page) < before);
}));

test('arrows go along the tabs with the focus, and a dialog gives it back', inPage(async ({ page }) => {
  const { item, inspector, button } = parts(page);
  await item(/^Node node-1/).focus();
  await page.keyboard.press('Enter');
  const tab = (name) => inspector.getByRole('tab', { name, exact: true });
  await tab('Summary').focus();
  for (const name of ['Events', 'YAML', 'Why', 'Summary']) {
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((name) => document.activeElement.innerText === name, name);
    assert.equal(await tab(name).getAttribute('aria-selected'), 'true');
  }
  for (const name of ['Add node', 'New cluster', 'Keys']) {
    await button(name).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.waitForFunction((name) => document.activeElement.innerText === name, name);
  }
}));

test('reduced motion replaces travel with steps', inPage({ reducedMotion: 'reduce' }, async ({ page }) => {
  await apply(page, helloPod);
  await parts(page).item(/^Pod default\/hello-pod, Running, 1 of 1 ready/).waitFor();
}));
