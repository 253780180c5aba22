//! Each lesson of static/lessons is completed by keyboard, as its first solution says: predict, lock, do, done. One gives
//! a wrong answer and sees its feedback; a reload comes back to where the learner was; the playground stays as it was.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { digest, parts, richEditor, text, write } from './roles.mjs';
import { lessonParts, play, predict, press, root, speed, step, yaml } from './taught.mjs';

const folders = (path) => readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
const entries = folders(root).flatMap((chapter) => folders(root + chapter).map((lesson) => `${chapter}/${lesson}`));
const all = entries.filter((id) => !id.endsWith('/00-warm-up')); // warmup.spec.mjs is about these
const EXAMPLE = '03-lifecycle/02-ready-means-all';

/** In the page: is it within its region, whole? */
function isInSight(part) {
  const [box, within] = [part, part.closest('.lesson-text')].map((one) => one.getBoundingClientRect());
  return box.top >= within.top - 1 && box.bottom <= within.bottom + 1;
}

async function solved(page) {
  const { feedback, goals } = lessonParts(page);
  await feedback.filter({ hasText: 'All goals are met' }).waitFor({ timeout: 120_000 });
  for (const goal of await goals.all()) assert.match(await goal.innerText(), /done$/);
  for (const part of [goals.last(), feedback]) assert.ok(await part.evaluate(isInSight), 'the ticks are in sight');
}

const WIDE = { width: 1440, height: 900 };
const SIZES = { wide: WIDE, narrow: { width: 390, height: 844 } };

/** What axe finds in a lesson's state: wide and narrow, light and dark. The page is as before then. */
async function anywhere(page, state) {
  const found = [];
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme });
      await page.waitForFunction((scheme) => document.documentElement.dataset.theme === scheme, colorScheme);
      found.push(...(await violations(page)).map((one) => `${state}, ${size}, ${colorScheme}: ${one}`));
    }
  }
  await page.setViewportSize(WIDE);
  return found;
}

for (const lesson of all) {
  test(`${lesson} is completed by keyboard, as its solution says`, { timeout: 300_000 }, inPage({ path: `?lesson=${lesson}` }, async ({ page, shot }) => {
    const { region, goals } = lessonParts(page);
    await region.getByRole('heading', { level: 2 }).waitFor();
    await richEditor(page);
    assert.ok(await goals.count() > 0);
    await shot(`lesson ${lesson.replace('/', ' ')} first`);
    const found = await anywhere(page, 'first');
    await predict(page);
    await speed(page, '10×');
    await play(page);
    for (const one of yaml(lesson, 'solution-1.yaml').steps) await step(page, lesson, one);
    await play(page);
    await solved(page);
    await press(parts(page).button('Pause'), 'Enter');
    await shot(`lesson ${lesson.replace('/', ' ')} last`);
    found.push(...await anywhere(page, 'last'));
    assert.deepEqual(found, []);
  }));
}

test('a wrong answer sees its feedback; a reload comes back to it; the playground stays as it was', { timeout: 300_000 }, inPage({ path: `?lesson=${EXAMPLE}` }, async ({ page, url }) => {
  const { feedback, goals, options, region } = lessonParts(page);
  await predict(page, 0);
  assert.equal(await options.nth(0).isChecked(), true);
  const described = (at) => options.nth(at).evaluate((input) => document.getElementById(input.getAttribute('aria-describedby'))?.textContent ?? '');
  assert.equal(await described(0), 'Your prediction');
  assert.equal(await described(1), 'What the cluster shows');
  await speed(page, '10×');
  await play(page);
  for (const one of yaml(EXAMPLE, 'wrong-1.yaml').steps) await step(page, EXAMPLE, one);
  await feedback.filter({ hasText: /An atomic deployment ships whole/ }).waitFor({ timeout: 60_000 });
  assert.match(await goals.last().innerText(), /not yet$/);
  await page.getByRole('region', { name: 'Timeline' }).getByRole('button', { name: 'Pause' }).press('Enter');
  await page.waitForTimeout(1500);
  const before = await digest(page);
  await page.reload();
  await feedback.filter({ hasText: /An atomic deployment ships whole/ }).waitFor({ timeout: 60_000 });
  assert.equal(await digest(page), before);
  assert.equal(await options.nth(0).isChecked(), true);
  await page.goto(url);
  await page.getByRole('treeitem', { name: /^Node node-3, Ready, 0 of 110 Pods/ }).waitFor();
  assert.equal(await region.count(), 0);
}));

test('a new cluster in a lesson is no lesson any more: the map is there instead', inPage({ path: `?lesson=${EXAMPLE}` }, async ({ page }) => {
  await predict(page, 1);
  await press(parts(page).button('New cluster'), 'Enter');
  await press(page.getByRole('dialog').getByRole('button', { name: 'Start over' }), 'Enter');
  await page.getByRole('navigation', { name: 'Lessons' }).waitFor();
  assert.equal(await lessonParts(page).options.count(), 0);
  await page.reload();
  await lessonParts(page).lock.waitFor();
}));

test('Reset takes back what was chosen and what was written', inPage({ path: `?lesson=${EXAMPLE}` }, async ({ page }) => {
  const { options, lock, region } = lessonParts(page);
  await richEditor(page);
  const began = await text(page);
  await predict(page, 1);
  await write(page, 'kind: Nonsense');
  await press(region.getByRole('button', { name: 'Reset' }), 'Enter');
  await lock.waitFor();
  for (const option of await options.all()) assert.equal(await option.isChecked(), false);
  await page.waitForFunction((began) => globalThis.podarium.manifest() === began, began);
  await press(options.nth(1), 'Space');
  assert.equal(await options.nth(1).isChecked(), true);
  assert.equal(await lock.getAttribute('aria-disabled'), 'false');
}));

test('the map of chapters names every lesson; what is done is said', inPage({ path: '?lesson=' }, async ({ page }) => {
  const links = page.getByRole('navigation', { name: 'Lessons' }).getByRole('link');
  await links.first().waitFor();
  assert.equal(await links.count(), entries.length);
  const titles = entries.map((lesson) => /^# (.*)$/m.exec(readFileSync(`${root}${lesson}/lesson.md`, 'utf8'))[1]);
  for (const [at, title] of titles.entries()) assert.equal(await links.nth(at).getAttribute('aria-label'), `${title}, not yet`);
  assert.deepEqual(await violations(page), []);
}));

for (const [name, context] of [
  ['a phone in the dark', { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: 'dark' }],
  ['a wide page in the dark', { colorScheme: 'dark' }],
]) {
  test(`a lesson on ${name}: hints one at a time, nothing runs before a prediction is locked`, inPage({ path: `?lesson=${EXAMPLE}`, ...context }, async ({ page, shot }) => {
    const { region, lock, options } = lessonParts(page);
    await region.getByRole('heading', { level: 2, name: 'Up together, in service together' }).waitFor();
    assert.equal(await lock.getAttribute('aria-disabled'), 'true');
    assert.deepEqual(await violations(page), []);
    await shot(`lesson on ${name}`);
    await press(options.nth(1), 'Space');
    await press(lock, 'Enter');
    await region.getByText('Your prediction, What the cluster shows').waitFor({ timeout: 60_000 });
    const hints = region.getByRole('list', { name: 'Hints' }).getByRole('listitem');
    await region.getByRole('button', { name: 'Show solution' }).waitFor();
    await press(region.getByRole('button', { name: 'Hint' }), 'Enter');
    assert.equal(await hints.count(), 1);
    await press(region.getByRole('button', { name: 'Hint' }), 'Enter');
    await press(region.getByRole('button', { name: 'Hint' }), 'Enter');
    await press(region.getByRole('button', { name: 'Show solution' }), 'Enter');
    await region.getByRole('group', { name: 'Solution' }).waitFor();
    assert.deepEqual(await violations(page), []);
    await shot(`lesson settled on ${name}`);
  }));
}
