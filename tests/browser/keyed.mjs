//! The page by keyboard alone: how a person without a pointer comes to a part of it, and what the tree said
//! meanwhile.
import assert from 'node:assert/strict';
import { parts } from './roles.mjs';

const hasFocus = (locator) => locator.evaluate((node) => node.getRootNode().activeElement === node);
const isBeside = (locator) => locator.evaluate((node) => {
  const around = (inner, wider = inner.parentElement?.closest('section')) => wider ? around(wider) : inner;
  return around(node.getRootNode().host ?? node).contains(document.activeElement);
});

/** To a control, with F6 and Tab. */
export async function reach(page, locator) {
  await locator.waitFor({ state: 'attached' });
  for (let region = 0; region < 8; region += 1) {
    if (await hasFocus(locator)) return;
    if (await isBeside(locator)) {
      for (const key of ['Shift+Tab', 'Tab']) {
        // The second way begins where the first has left the region.
        for (let presses = 0, inside = true; presses < 60 && inside; presses += 1) {
          await page.keyboard.press(key);
          if (await hasFocus(locator)) return;
          inside = await isBeside(locator);
        }
      }
    }
    await page.keyboard.press('F6');
  }
  assert.fail(`no key leads to ${locator}`);
}

/** To an item of the tree, and it is selected. */
export async function choose(page, name) {
  const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? '');
  const { tree, item } = parts(page);
  await item(name).first().waitFor();
  await reach(page, tree.locator('[tabindex="0"]'));
  await page.keyboard.press('Home');
  await page.waitForFunction(() => document.activeElement === document.querySelector('[role=treeitem]'));
  for (let here = await focused(); !name.test(here); here = await focused()) {
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction((here) => document.activeElement.getAttribute('aria-label') !== here, here)
      .catch(() => assert.fail(`no arrow leads from ${here} to ${name}`));
  }
  await page.keyboard.press('Enter');
}

/** To a tab or a radio button of a group, by arrows. */
export async function turnTo(page, group, name) {
  const is = (one) => one.getAttribute('aria-selected').then(async (selected) =>
    (selected ?? await one.getAttribute('aria-checked')) === 'true');
  const one = group.getByRole(await group.getAttribute('role') === 'tablist' ? 'tab' : 'radio', { name, exact: true });
  await reach(page, group.locator('[tabindex="0"]'));
  const here = () => page.evaluate(() => document.activeElement.textContent);
  for (let presses = 0; presses < 8 && !await is(one); presses += 1) {
    const before = await here();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((before) => document.activeElement.textContent !== before
      && ['aria-selected', 'aria-checked'].some((name) => document.activeElement.getAttribute(name) === 'true'), before);
  }
  assert.ok(await is(one), `${name} is chosen`);
}

/** Writes a manifest into the editor and applies it. */
export async function applyByKeys(page, manifest) {
  await reach(page, parts(page).editor);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(manifest);
  await page.keyboard.press('ControlOrMeta+Enter');
}

/** Chooses a speed, by arrows: several begin with the same figure. */
export async function goAt(page, speed) {
  const box = parts(page).speed;
  await reach(page, box);
  const labels = await box.evaluate((select) => [...select.options].map((option) => option.label));
  const here = () => box.evaluate((select) => select.selectedIndex);
  const there = labels.indexOf(speed);
  for (let at = await here(); at !== there; at = await here()) {
    const next = at + Math.sign(there - at);
    await page.keyboard.press(next > at ? 'ArrowDown' : 'ArrowUp');
    // It is so once it was stored.
    await page.locator(`section[aria-label=Timeline] option:checked`).filter({ hasText: labels[next] }).waitFor({ state: 'attached' });
    await page.waitForTimeout(150);
  }
}

/** Goes a step, or to a moment, and waits until that is shown. */
export async function move(page, key) {
  await page.keyboard.press(key);
  await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); }));
  await page.locator('section[aria-label=Timeline][aria-busy=false]').waitFor();
}

/**
 * From now on, notes what the tree says of Pods and what is in them, each time it says something else.
 * Gives what was noted so far: lists of names.
 */
export async function note(page) {
  await page.evaluate(() => {
    globalThis.noting?.disconnect();
    const seen = globalThis.noted = [];
    const look = () => {
      const names = [...document.querySelectorAll('[role=treeitem]')].map((item) => item.getAttribute('aria-label') ?? '')
        .filter((name) => !/^(Unscheduled|Host|Node|Objects|Namespace|ServiceAccount|ConfigMap)/.test(name));
      if (names.join('\n') !== seen.at(-1)?.join('\n')) seen.push(names);
    };
    globalThis.noting = new MutationObserver(look);
    globalThis.noting.observe(document.querySelector('[role=tree]'), { subtree: true, childList: true, attributes: true });
    look();
  });
  return () => page.evaluate(() => globalThis.noted);
}

/**
 * Says which of these comes nowhere after those before it; each is a pattern, several that hold at once,
 * or a function of all names.
 */
export function missing(noted, steps) {
  let at = 0;
  for (const step of steps) {
    const holds = (names) => typeof step === 'function' ? step(names)
      : [step].flat().every((pattern) => names.some((name) => pattern.test(name)));
    while (at < noted.length && !holds(noted[at])) at += 1;
    if (at === noted.length) return step;
  }
  return undefined;
}
