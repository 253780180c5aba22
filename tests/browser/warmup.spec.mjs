//! A chapter's warm-up by keyboard: three questions of earlier lessons, each settled by a run. What was missed comes back
//! before the next lesson and on the next visit, changed; Skip leaves it, and nobody is asked twice in a visit.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';

const WARM_UP = '02-network/00-warm-up';
const FIRST = '02-network/01-pod-to-pod';

/** A learner of whom it is known which questions come: one visit, and nothing learned yet. */
const known = (page) => page.addInitScript(() => {
  if (!localStorage.getItem('podarium.again')) localStorage.setItem('podarium.again', JSON.stringify({ seed: 0, visits: 1 }));
});

function questionParts(page) {
  const region = page.getByRole('region', { name: 'Lesson', exact: true });
  return {
    region,
    options: region.getByRole('radiogroup', { name: 'Predict' }).getByRole('radio'),
    lock: region.getByRole('button', { name: 'Lock prediction and run' }),
    feedback: region.getByRole('status', { name: 'Feedback' }),
    skip: region.getByRole('button', { name: 'Skip' }),
    next: region.getByRole('button', { name: 'Next' }),
    onwards: region.getByRole('link', { name: 'Next' }),
    place: (text) => region.getByText(text, { exact: true }),
    described: (at) => region.getByRole('radio').nth(at).evaluate((input) => document.getElementById(input.getAttribute('aria-describedby'))?.textContent ?? ''),
  };
}

const press = async (locator, key) => { await locator.focus(); await locator.press(key); };

async function predict(page, option) {
  const { options, lock, region } = questionParts(page);
  await press(options.nth(option), 'Space');
  await press(lock, 'Enter');
  await region.getByText('What the cluster shows').waitFor({ timeout: 60_000 });
}

const lesson = (page) => page.evaluate(() => new URLSearchParams(location.search).get('lesson'));

test('a chapter opens with three questions; the one that is missed comes back changed', { timeout: 300_000 },
  inPage({ path: '?lesson=01-pods/06-four-questions', before: known }, async ({ page, context, url, shot }) => {
    const { region, options, feedback, next, onwards, place, described, lock, skip } = questionParts(page);
    await press(onwards, 'Enter');
    await region.getByRole('heading', { level: 2, name: 'Warm-up: the Pod' }).waitFor();
    assert.equal(await lesson(page), WARM_UP);
    await place('Question 1 of 3').waitFor();
    assert.equal(await lock.getAttribute('aria-disabled'), 'true');
    await shot('warm-up first');
    assert.deepEqual(await violations(page), []);
    // Three containers, and this predicts three rows.
    await predict(page, 0);
    assert.equal(await described(0), 'Your prediction');
    assert.equal(await described(2), 'What the cluster shows');
    await feedback.filter({ hasText: /The table has one row.*comes back later/ }).waitFor();
    await shot('warm-up missed');
    assert.deepEqual(await violations(page), []);
    // A reload comes back to what was shown.
    await page.reload();
    await feedback.filter({ hasText: /The table has one row/ }).waitFor({ timeout: 60_000 });
    assert.equal(await options.nth(0).isChecked(), true);
    await press(next, 'Enter');
    await place('Question 2 of 3').waitFor();
    // Focus is where reading begins, and the new question is open.
    await page.waitForFunction(() => document.activeElement?.closest('.lesson'));
    assert.equal(await lock.getAttribute('aria-disabled'), 'true');
    await predict(page, 1);
    assert.equal(await described(1), 'Your prediction, What the cluster shows');
    await feedback.filter({ hasText: 'Your prediction held.' }).waitFor();
    await shot('warm-up held');
    await press(next, 'Enter');
    await place('Question 3 of 3').waitFor();
    await predict(page, 0);
    assert.equal(await skip.count(), 0);
    await press(onwards, 'Enter');
    await region.getByRole('heading', { level: 2, name: 'One flat network' }).waitFor();
    assert.equal(await lesson(page), FIRST);
    // The lesson after this one asks again first, in other words.
    await predict(page, 1);
    assert.equal(await onwards.getAttribute('href'), '?lesson=02-network/02-localhost&again');
    // On another visit it would come at once.
    const another = await context.newPage();
    await another.goto(`${url}?lesson=`);
    const links = another.getByRole('navigation', { name: 'Lessons' }).getByRole('link');
    assert.equal(await links.filter({ hasText: 'Inside one Pod' }).getAttribute('href'), '?lesson=02-network/02-localhost&again');
    assert.equal(await links.filter({ hasText: 'Don’t memorise' }).or(links.filter({ hasText: "Don't memorise" })).getAttribute('href'), '?lesson=02-network/06-address-is-temporary&again');
    assert.equal(await links.filter({ hasText: 'Warm-up: the Pod' }).getAttribute('aria-label'), 'Warm-up: the Pod, done');
    await another.close();
    await press(onwards, 'Enter');
    await region.getByRole('heading', { level: 2, name: 'Once more' }).waitFor();
    await place('Question 1 of 1').waitFor();
    await region.getByText("isn't in the registry").waitFor();
    await shot('warm-up again');
    await predict(page, 1);
    await feedback.filter({ hasText: 'Your prediction held.' }).waitFor();
    await press(onwards, 'Enter');
    await region.getByRole('heading', { level: 2, name: 'Inside one Pod' }).waitFor();
    // It was asked: going there once more asks nothing.
    await page.goto(`${url}?lesson=02-network/02-localhost&again`);
    await region.getByRole('heading', { level: 2, name: 'Inside one Pod' }).waitFor();
  }));

test('the map leads to the warm-up once a visit; Skip leaves it without a mark; a link to a lesson asks nothing', { timeout: 120_000 },
  inPage({ path: '?lesson=', before: known }, async ({ page, url }) => {
    const { region, skip, place } = questionParts(page);
    const links = page.getByRole('navigation', { name: 'Lessons' }).getByRole('link');
    const first = links.filter({ hasText: 'One flat network' });
    await first.waitFor();
    assert.equal(await first.getAttribute('href'), `?lesson=${WARM_UP}`);
    assert.equal(await links.filter({ hasText: 'Warm-up: the Pod' }).getAttribute('aria-label'), 'Warm-up: the Pod, not yet');
    await press(first, 'Enter');
    await place('Question 1 of 3').waitFor();
    await press(skip, 'Enter');
    await region.getByRole('heading', { level: 2, name: 'One flat network' }).waitFor();
    assert.equal(await lesson(page), FIRST);
    await page.goto(`${url}?lesson=`);
    await first.waitFor();
    assert.equal(await first.getAttribute('href'), `?lesson=${FIRST}`);
    assert.equal(await links.filter({ hasText: 'Warm-up: the Pod' }).getAttribute('aria-label'), 'Warm-up: the Pod, not yet');
    await page.goto(`${url}?lesson=03-lifecycle/01-one-node-or-none`);
    await region.getByRole('heading', { level: 2, name: 'Placed whole' }).waitFor();
    assert.equal(await skip.count(), 0);
  }));

test('what was kept before there were warm-ups is still read', inPage({
  path: '?lesson=',
  before: (page) => page.addInitScript(() => localStorage.setItem('podarium.progress', '{"01-pods/02-hello-pod":{"solved":true,"without_hints":false,"held":true}}')),
}, async ({ page }) => {
  const links = page.getByRole('navigation', { name: 'Lessons' }).getByRole('link');
  await links.first().waitFor();
  assert.equal(await links.filter({ hasText: 'The smallest manifest' }).getAttribute('aria-label'), 'The smallest manifest, done');
}));

for (const [name, context] of [
  ['a phone in the dark', { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: 'dark' }],
  ['a phone in the light', { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: 'light' }],
  ['a wide page in the dark', { colorScheme: 'dark' }],
]) {
  test(`a warm-up on ${name}`, { timeout: 120_000 }, inPage({ path: `?lesson=03-lifecycle/00-warm-up`, before: known, ...context }, async ({ page, shot }) => {
    const { region, place } = questionParts(page);
    await region.getByRole('heading', { level: 2, name: 'Warm-up: how Pods talk' }).waitFor();
    await place('Question 1 of 3').waitFor();
    assert.deepEqual(await violations(page), []);
    await shot(`warm-up on ${name}`);
    await predict(page, 2);
    assert.deepEqual(await violations(page), []);
    await shot(`warm-up settled on ${name}`);
  }));
}
