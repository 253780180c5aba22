//! A lesson by keyboard, as its reader has it: what is predicted, and the steps of a way in its files.
import { execFileSync } from 'node:child_process';
import { parts, seconds, write } from './roles.mjs';

/** Where lessons are. */
export const root = new URL('../../static/lessons/', import.meta.url).pathname;

/** A file of a lesson, read as the core reads it. */
export const yaml = (lesson, file) => JSON.parse(execFileSync(`${process.env.PODARIUM_NATIVE}/lessons`, ['--json', `${root}${lesson}/${file}`], { encoding: 'utf8' }));

/** Handles on the lesson's parts. */
export function lessonParts(page) {
  const region = page.getByRole('region', { name: 'Lesson', exact: true });
  return {
    region,
    options: region.getByRole('radiogroup', { name: 'Predict' }).getByRole('radio'),
    goals: region.getByRole('list', { name: 'Goals' }).getByRole('listitem'),
    lock: region.getByRole('button', { name: 'Lock prediction and run' }),
    feedback: region.getByRole('status', { name: 'Feedback' }),
  };
}

/** Presses a key on a thing. */
export const press = async (locator, key) => { await locator.focus(); await locator.press(key); };

/** Chooses an option by keyboard, locks it, and waits for what the cluster shows. */
export async function predict(page, option = 0) {
  const { options, lock, region } = lessonParts(page);
  await press(options.nth(option), 'Space');
  await press(lock, 'Enter');
  await region.getByText('What the cluster shows').waitFor({ timeout: 120_000 });
}

/** Sets the speed: `10×`. */
export async function speed(page, name) {
  const { speed } = parts(page);
  await speed.selectOption({ label: name });
}

/** Time goes on. */
export async function play(page) {
  const { button } = parts(page);
  const pause = button('Pause');
  if (await pause.isVisible()) return;
  await press(button('Play'), 'Enter');
}

async function command(page, line) {
  const region = page.getByRole('region', { name: 'Terminal', exact: true });
  const box = region.getByRole('textbox', { name: 'Command' });
  await box.focus();
  await box.fill(line.trimEnd());
  await box.press('Enter');
}

/** Takes a step of a way: `apply`, `command`, `wait` … */
export async function step(page, lesson, one) {
  const [[kind, what]] = Object.entries(one);
  const { button, item } = parts(page);
  if (kind === 'apply') {
    await write(page, what);
    await page.keyboard.press('ControlOrMeta+Enter');
  } else if (kind === 'replace') {
    await command(page, `kubectl replace --force -f - <<'EOF'\n${what.trimEnd()}\nEOF`);
    await page.waitForTimeout(400);
  } else if (kind === 'command') {
    await command(page, what);
    await page.waitForTimeout(400);
  } else if (kind === 'wait') {
    const length = [...what.matchAll(/([\d.]+)(m?s|m|h)/g)].reduce((sum, [, n, unit]) => sum + n * { ms: 0.001, s: 1, m: 60, h: 3600 }[unit], 0);
    const until = await seconds(page) + length;
    for (let n = 0; n < 600 && await seconds(page) < until; n += 1) await page.waitForTimeout(100);
  } else if (kind === 'answer') {
    const { puzzles } = yaml(lesson, 'goal.yaml');
    for (const [id, answer] of Object.entries(what)) {
      const puzzle = puzzles.find((one) => one.id === id);
      const group = page.getByRole('group', { name: { cards: 'Cards', labels: 'Labels', gaps: 'Gaps' }[puzzle.kind] }).filter({ hasText: puzzle.asks });
      for (const { item: text, is } of puzzle.items) {
        const word = answer === 'right' ? is : answer[text] ?? answer;
        await group.getByRole('combobox', { name: text.replace('____', '…'), exact: true }).selectOption(word);
      }
      await press(group.getByRole('button', { name: 'Lock answer' }), 'Enter');
    }
  } else if (kind === 'kill') {
    const [pod, container] = what.split('/').slice(-2);
    await press(item(new RegExp(`^Pod default/${pod},`)), 'Enter');
    // Its containers stand below it.
    const names = await page.getByRole('treeitem').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
    const from = names.findIndex((name) => name.startsWith(`Pod default/${pod},`));
    const at = names.findIndex((name, place) => place > from && new RegExp(`^(Sidecar|Container) ${container},`).test(name));
    await press(page.getByRole('treeitem').nth(at), 'Enter');
    await press(page.getByRole('button', { name: 'Kill container' }).first(), 'Enter');
  } else if (['power-off', 'power-on', 'partition', 'heal'].includes(kind)) {
    await press(item(new RegExp(`^Node ${what},`)), 'Enter');
    await press(button({ 'power-off': 'Power off', 'power-on': 'Power on', partition: 'Partition', heal: 'Heal' }[kind]), 'Enter');
  } else throw new Error(`no way to ${kind} by keyboard yet`);
}
