//! What stands beside the picture says what the picture says: states, words and moments.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { inPage } from './support.mjs';
import { apply, duo, helloPod, parts, richEditor, write } from './roles.mjs';

const crash = `apiVersion: v1
kind: Pod
metadata:
  name: crash
spec:
  containers:
    - name: web-frontend
      image: busybox
      command: [sh, -c, exit 1]
`;

/** Selects the item of the tree whose name matches, by keyboard; again, where it has just moved to its node. */
async function select(page, name) {
  const item = parts(page).item(name).first();
  for (let tries = 0; tries < 5; tries += 1) {
    await item.press('Enter');
    const selected = page.locator('[role=treeitem][aria-selected=true]').and(parts(page).item(name));
    if (await selected.first().waitFor({ timeout: 2000 }).then(() => true, () => false)) return;
  }
  throw new Error(`${name} could not be selected`);
}

const container = (page, name) => parts(page).inspector.getByRole('button', { name });

test('a container that is not ready reads otherwise than one that is', inPage(async ({ page }) => {
  await apply(page, duo);
  await select(page, /^Pod default\/duo/);
  await container(page, /^first\s*ready, 0 restarts$/).waitFor();
  await container(page, /^second\s*not ready, 0 restarts$/).waitFor();
  await parts(page).inspector.getByRole('button', { name: 'Delete' }).click();
  await container(page, /^first\s*stopping/).waitFor();
}));

test('a crash loop is named in the sentence and in the row, which keeps inside the inspector', inPage(async ({ page }) => {
  await apply(page, crash);
  await select(page, /^Pod default\/crash/);
  const row = container(page, /^web-frontend\s*CrashLoopBackOff, \d+ restarts?$/);
  // A kubelet of v1.36 says so just before it starts the container again: a moment to step to.
  await parts(page).button('Pause').click();
  const isThere = () => row.waitFor({ timeout: 300 }).then(() => true, () => false);
  for (let steps = 0; steps < 60 && !await isThere(); steps += 1) await parts(page).button('Step').click();
  await row.waitFor();
  await parts(page).inspector.getByText('Container web-frontend keeps ending').waitFor();
  const [inner, outer] = [await row.boundingBox(), await parts(page).inspector.boundingBox()];
  assert.ok(inner.x + inner.width <= outer.x + outer.width, 'the row ends inside the inspector');
}));

test('a moment is the same in Conditions, in Events and in Why', inPage(async ({ page }) => {
  const { inspector, button } = parts(page);
  await page.waitForTimeout(300); // so that it isn't a whole second
  await apply(page, helloPod);
  await select(page, /^Pod default\/hello-pod/);
  const scheduled = inspector.getByRole('listitem').filter({ hasText: 'PodScheduled True' });
  const [moment] = /t\+\d+\.\d s/.exec(await scheduled.innerText());
  await parts(page).item(/^Pod default\/hello-pod, Running, 1 of 1 ready$/).waitFor();
  await button('Pause').click();
  await inspector.getByRole('tab', { name: 'Events' }).click();
  const told = inspector.getByRole('listitem').filter({ hasText: 'Successfully assigned' });
  assert.match(await told.innerText(), new RegExp(moment.replace('+', '\\+')));
  await inspector.getByRole('tab', { name: 'Why' }).click();
  await inspector.getByRole('button', { name: moment }).first().waitFor();
}));

test('a callout is no wider than what can be seen of the text, wherever that is scrolled to', inPage(async ({ page }) => {
  await richEditor(page);
  const words = 'on and '.repeat(40);
  await write(page, `${helloPod.replace('spec:', `  annotations: {long: "${words}"}\nspce:`)}`);
  const edges = () => page.evaluate(() => {
    const within = (root, name) => {
      for (const node of root.querySelectorAll('*')) {
        const found = node.classList.contains(name) ? node : node.shadowRoot && within(node.shadowRoot, name);
        if (found) return found;
      }
      return null;
    };
    const [box, scroller] = [within(document, 'box'), within(document, 'cm-scroller')];
    if (!box) return null;
    const { left, right } = box.getBoundingClientRect();
    const around = scroller.getBoundingClientRect();
    const gaps = [Math.floor(left - around.left), Math.floor(around.right - right)];
    scroller.scrollLeft += 200;
    return { gaps, scrolled: scroller.scrollLeft };
  });
  await parts(page).problems.first().waitFor();
  const before = await edges();
  const after = await edges();
  assert.ok(after.scrolled > 200, 'the text is scrolled sideways');
  assert.deepEqual(after.gaps, before.gaps);
  assert.ok(before.gaps.every((gap) => gap >= 0 && gap < 60), JSON.stringify(before.gaps));
}));

test('an Apply of three documents is one flag that says so, and each Apply has a mark', inPage(async ({ page }) => {
  const flags = page.locator('[aria-label=Timeline] svg.flags');
  await flags.getByText('start', { exact: true }).waitFor();
  const named = (name) => helloPod.replace('hello-pod', name);
  await apply(page, [1, 2, 3].map((n) => named(`web-${n}`)).join('---\n'));
  await flags.getByText('apply 3 objects').waitFor();
  await apply(page, named('second'));
  await apply(page, named('third'));
  await page.waitForFunction(() => document.querySelectorAll('.flags rect.yours').length === 3);
}));

test('a Namespace that is being deleted says so, and what holds it', inPage(async ({ page }) => {
  await apply(page, `apiVersion: v1
kind: Namespace
metadata: {name: dev}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: held, namespace: dev, finalizers: [example.com/hold]}
`);
  await select(page, /^Namespace dev$/);
  await parts(page).inspector.getByRole('button', { name: 'Delete' }).click();
  await parts(page).item(/^Namespace dev, Terminating$/).waitFor();
  await parts(page).inspector.getByText('it is held by kubernetes').waitFor();
  await parts(page).inspector.getByText('example.com/hold in 1 resource instances').waitFor();
}));
