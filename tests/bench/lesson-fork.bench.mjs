//! What a goal costs that is tried in a copy of the world: the main thread's work while a lesson's fork clauses are
//! checked, and its longest task. How long it takes is measured and never asserted; that they were checked, and hold, is.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { inPage } from '../browser/support.mjs';
import { richEditor } from '../browser/roles.mjs';
import { lessonParts, play, predict, speed, step, yaml } from '../browser/taught.mjs';
import { counting, report, traced } from './frames.mjs';

for (const lesson of ['02-network/06-address-is-temporary', '03-lifecycle/08-graceful-exit']) {
  test(`${lesson}: its fork clauses are checked`, { timeout: 300_000 }, inPage({ path: `?lesson=${lesson}` }, async ({ page }) => {
    await richEditor(page);
    await predict(page);
    const checking = () => [...document.querySelectorAll('.lesson [role=list] li, .lesson ul li')].filter((item) => /checking/.test(item.textContent)).length;
    await counting(page, checking);
    await speed(page, '10×');
    await play(page);
    const frames = await traced(page, async () => {
      for (const one of yaml(lesson, 'solution-1.yaml').steps) await step(page, lesson, one);
      await play(page);
      await lessonParts(page).feedback.filter({ hasText: 'All goals are met' }).waitFor({ timeout: 120_000 });
    });
    report(`${lesson}, while a fork is checked`, frames.filter(({ moving }) => moving > 0));
    report(`${lesson}, the whole way`, frames);
    assert.ok(frames.some(({ moving }) => moving > 0), 'a clause was being checked');
  }));
}
