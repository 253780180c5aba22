//! Region "Terminal": kubectl as in a real terminal, at any moment, by keyboard and by thumb.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { apply, helloPod, parts, richEditor, seconds } from './roles.mjs';

const deployment = `cat <<EOF | kubectl apply -f -
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: nginx:1.27
EOF`;

/** The terminal of a page: its parts, and what a person does there. */
function terminal(page) {
  const region = page.getByRole('region', { name: 'Terminal', exact: true });
  const command = region.getByRole('textbox', { name: 'Command' });
  const output = region.getByRole('log', { name: 'Output' });
  const group = (line, state) => output.getByRole('group', { name: `${line}, ${state}`, exact: true }).last();
  const type = async (line) => {
    await command.fill(line);
    await command.press('Enter');
  };
  /** Types a line, waits until it has ended with `exit`, and tells what it printed. */
  const run = async (line, exit = 0) => {
    await type(line);
    const ended = group(line, `exit ${exit}`);
    await ended.waitFor({ timeout: 90_000 });
    return ended.locator('pre').evaluateAll((all) => all.map((one) => one.textContent).join('\n'));
  };
  return { region, command, output, group, type, run, groups: output.getByRole('group'), stop: region.getByRole('button', { name: 'Stop' }) };
}

test('a session of kubectl is as in a real terminal', inPage(async ({ page, shot }) => {
  const { run, type, group, groups, output, stop, command } = terminal(page);
  await parts(page).speed.selectOption('5×').catch(() => {});
  assert.match(await run('kubectl get nodes'), /^NAME +STATUS +ROLES +AGE +VERSION\n(node-\d +Ready .*\n?){3}$/);
  assert.equal(await run('kubectl get pods'), 'No resources found in default namespace.');
  assert.equal(await run(deployment), 'deployment.apps/web created');
  assert.match(await run('kubectl rollout status deployment/web'), /deployment "web" successfully rolled out$/);
  await parts(page).item(/^Pod default\/web-.*, Running, 1 of 1 ready/).first().waitFor({ state: 'attached' });
  assert.match(await run('kubectl get deployments'), /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +2\/2 +2 +2 +\d+s$/);
  assert.match(await run('kubectl describe deployment web'), /^Name: +web\nNamespace: +default\n[^]*Replicas: +2 desired \| 2 updated \| 2 total \| 2 available/);
  assert.equal(await run('kubectl scale deployment web --replicas=3'), 'deployment.apps/web scaled');
  assert.match(await run('kubectl rollout status deployment web'), /successfully rolled out$/);
  assert.equal((await run('kubectl get pods --no-headers | wc -l')).trim(), '3');
  assert.equal(await run('kubectl set image deployment/web web=nginx:1.28'), 'deployment.apps/web image updated');
  assert.match(await run('kubectl rollout status deployment/web --timeout=120s'), /successfully rolled out$/);
  assert.equal(await run("kubectl get deployment web -o jsonpath='{.spec.template.spec.containers[0].image}'"), 'nginx:1.28');
  assert.match(await run('kubectl rollout undo deployment/web'), /deployment\.apps\/web rolled back$/);
  assert.match(await run('kubectl rollout status deployment/web'), /successfully rolled out$/);
  assert.match(await run('kubectl get deployment web -o yaml | grep image:'), /^ +- image: nginx:1\.27$/);
  // Those of the revision before may still be ending.
  await page.waitForFunction(() => document.querySelectorAll('[role=treeitem][aria-label^="Pod default/web-"]').length === 3);
  assert.match(await run('kubectl get pods | head -2'), /^NAME .*\nweb-\S+ +1\/1 +Running/);
  assert.match(await run('kubectl logs deployment/web | head -3'), /\S/);
  assert.match(await run('kubectl get pod nothing', 1), /^Error from server \(NotFound\): pods "nothing" not found$/);
  assert.match(await run('kubectl get --what', 1), /^error: unknown flag: --what\nSee 'kubectl get --help' for usage\.$/);
  await shot('terminal session light');

  // What follows goes on until it is stopped.
  await type('kubectl get pods -w &');
  await type('kubectl delete deployment web');
  await group('kubectl delete deployment web', 'exit 0').waitFor();
  await stop.click();
  await stop.waitFor({ state: 'detached' });
  await type('kubectl get pods -w');
  await group('kubectl get pods -w', 'running').waitFor();
  await command.press('Control+c');
  await group('kubectl get pods -w', 'exit 130').waitFor();
  assert.ok(await groups.count() >= 20);
  assert.deepEqual(await violations(page), []);
  assert.ok(await output.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight < 10), 'the end is seen');
}));

test('the past has its own answers, and what changes it asks first; undo and reload keep them', inPage(async ({ page }) => {
  const { run, type, group, groups } = terminal(page);
  await richEditor(page);
  await run('kubectl get nodes');
  const before = await seconds(page);
  await page.waitForTimeout(1500);
  await apply(page, helloPod);
  await parts(page).item(/^Pod default\/hello-pod, Running, 1 of 1 ready/).waitFor();
  assert.match(await run('kubectl get pods'), /hello-pod +1\/1 +Running/);
  await parts(page).button('Pause').click();
  await run('kubectl get pod hello-pod -o name');

  // An earlier moment knows nothing of it.
  await parts(page).time.focus();
  await page.keyboard.press('Home');
  for (let i = 0; i < 9; i += 1) await page.keyboard.press('ArrowRight');
  await page.getByRole('button', { name: 'Go to now' }).waitFor();
  await group('kubectl get pods', 'exit 0').waitFor({ state: 'detached' });
  assert.ok(await seconds(page) < before + 2);
  assert.equal(await run('kubectl get pods -A -o name | grep hello', 1), '');
  await type('kubectl create namespace shop');
  await page.getByRole('dialog').getByRole('button', { name: 'Go to now' }).click();
  await group('kubectl create namespace shop', 'exit 0').waitFor();
  await group('kubectl get pod hello-pod -o name', 'exit 0').waitFor();

  // Undone, it was never typed; what was only asked belongs to its moment.
  await parts(page).button('Undo').click();
  await group('kubectl create namespace shop', 'exit 0').waitFor({ state: 'detached' });
  await group('kubectl get pod hello-pod -o name', 'exit 0').waitFor();
  assert.equal(await run('kubectl get namespace shop', 1), 'Error from server (NotFound): namespaces "shop" not found');
  await parts(page).button('Redo').click();
  await group('kubectl create namespace shop', 'exit 0').waitFor();
  const all = await groups.evaluateAll((nodes) => nodes.map((node) => node.innerText));
  await page.reload();
  await group('kubectl create namespace shop', 'exit 0').waitFor();
  assert.deepEqual(await groups.evaluateAll((nodes) => nodes.map((node) => node.innerText)), all);
}));

test('the prompt recalls, completes, takes what is pasted, and lets go of the focus', inPage(async ({ page, shot }) => {
  const { command, run, groups, group, region } = terminal(page);
  await run('kubectl get nodes');
  await run('kubectl get namespaces');
  await command.press('ArrowUp');
  await command.press('ArrowUp');
  assert.equal(await command.inputValue(), 'kubectl get nodes');
  await command.press('ArrowDown');
  await command.press('ArrowDown');
  assert.equal(await command.inputValue(), '');
  await command.fill('nodes');
  await command.press('Control+r');
  assert.equal(await command.inputValue(), 'kubectl get nodes');

  const completions = page.getByRole('listbox', { name: 'Completions' });
  await command.fill('');
  await command.pressSequentially('kubectl descr');
  await command.press('Tab');
  assert.equal(await command.inputValue(), 'kubectl describe ');
  await command.pressSequentially('node');
  await command.press('Tab');
  assert.equal(await command.inputValue(), 'kubectl describe nodes ');
  await command.press('Tab');
  await completions.getByRole('option', { name: 'node-2' }).waitFor();
  await shot('terminal completions');
  assert.deepEqual(await violations(page), []);
  await command.press('ArrowDown');
  await command.press('Enter');
  assert.equal(await command.inputValue(), 'kubectl describe nodes node-2 ');
  await command.press('Escape');
  await command.press('Tab');
  assert.ok(!(await command.evaluate((node) => node === document.activeElement)), 'Escape, then Tab leaves');

  // Several lines are several commands, and a here-document is one.
  await command.focus();
  await command.press('Control+u');
  await page.keyboard.insertText('kubectl create configmap a\nkubectl create configmap b\ncat <<EOF | kubectl apply -f -\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\nEOF');
  await command.press('Enter');
  await group('kubectl create configmap a', 'exit 0').waitFor();
  await group('kubectl create configmap b', 'exit 0').waitFor();
  assert.equal((await run('kubectl get configmap c -o name')), 'configmap/c');
  // Typed line by line, it arrives as typed.
  await command.pressSequentially('kubectl apply -f - <<EOF\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: d\nEOF\n', { delay: 2 });
  assert.equal((await run('kubectl get configmap d -o name')), 'configmap/d');
  await command.press('Control+l');
  assert.equal(await groups.count(), 0);
  assert.equal(await command.inputValue(), '');

  // The editor's text is a file.
  assert.match(await run('cat manifest.yaml | head -4'), /kind: Pod/);
  assert.equal(await run('kubectl apply -f manifest.yaml'), 'pod/hello-pod created');
  // F6 goes round by it.
  await command.focus();
  await page.keyboard.press('F6');
  await page.waitForFunction((node) => !node.contains(document.activeElement), await region.elementHandle());
  await page.keyboard.press('Shift+F6');
  await page.waitForFunction((node) => node === document.activeElement, await command.elementHandle());
}));

test('kubectl edit has the editor, and gives it back', inPage(async ({ page, shot }) => {
  const { run, type, group, region } = terminal(page);
  await richEditor(page);
  await run('kubectl run hello --image=nginx:1.27');
  await parts(page).item(/^Pod default\/hello, Running, 1 of 1 ready/).waitFor();
  const text = () => page.evaluate(() => globalThis.podarium.manifest());
  const before = await text();

  await type('kubectl edit pod hello');
  const edit = page.getByRole('region', { name: 'Manifest', exact: true });
  await edit.getByRole('button', { name: 'Cancel edit' }).waitFor();
  await page.waitForFunction(() => /^# Please edit the object below/.test(globalThis.podarium.manifest()));
  await shot('terminal edit');
  assert.deepEqual(await violations(page), []);
  await edit.getByRole('button', { name: 'Cancel edit' }).click();
  await group('kubectl edit pod hello', 'exit 0').getByText('Edit cancelled, no changes made.').waitFor();
  await page.waitForFunction((before) => globalThis.podarium.manifest() === before, before);

  await type('kubectl edit pod hello');
  await edit.getByRole('button', { name: 'Save', exact: true }).waitFor();
  await page.waitForFunction(() => /^# Please edit/.test(globalThis.podarium.manifest()));
  await parts(page).editor.click();
  const edited = (await text()).replace(/^ {2}labels:\n/m, '  labels:\n    colour: blue\n');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(edited);
  await edit.getByRole('button', { name: 'Save', exact: true }).click();
  await group('kubectl edit pod hello', 'exit 0').getByText('pod/hello edited').waitFor();
  assert.equal(await run("kubectl get pod hello -o jsonpath='{.metadata.labels.colour}'"), 'blue');
  await page.waitForFunction((before) => globalThis.podarium.manifest() === before, before);
  await region.getByRole('textbox', { name: 'Command' }).waitFor();
}));

test('kubectl edit that is refused opens the text again, with the reasons', inPage(async ({ page, shot }) => {
  const { run, type, group } = terminal(page);
  await richEditor(page);
  await run('kubectl run hello --image=nginx:1.27');
  const text = () => page.evaluate(() => globalThis.podarium.manifest());
  const before = await text();
  const edit = page.getByRole('region', { name: 'Manifest', exact: true });
  const button = (name) => edit.getByRole('button', { name, exact: true });
  const writes = async (text) => {
    await parts(page).editor.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText(text);
  };
  const refused = async (label) => {
    await type('kubectl edit pod hello');
    await page.waitForFunction(() => /^# Please edit/.test(globalThis.podarium.manifest()));
    await writes((await text()).replace(/^ {2}labels:\n/m, `  labels:\n    colour: ${label}\n`));
    await button('Save').click();
    await page.waitForFunction(() => /^# .* is invalid$/m.test(globalThis.podarium.manifest()));
    const again = await text();
    assert.match(again, /^# pods "hello" is invalid$/m);
    assert.match(again, /^# \* .*metadata\.labels: Invalid value: "-blue-"/m);
    assert.match(again, /^ {4}colour: -blue-$/m);
    return again;
  };
  const again = await refused('-blue-');
  await shot('terminal edit refused');
  await writes(again.replace('colour: -blue-', 'colour: blue'));
  await button('Save').click();
  await group('kubectl edit pod hello', 'exit 0').getByText('pod/hello edited').waitFor();
  await page.waitForFunction((before) => globalThis.podarium.manifest() === before, before);
  await run('kubectl label pod hello colour-');
  await refused('-blue-');
  await button('Cancel edit').click();
  const gave = group('kubectl edit pod hello', 'exit 1');
  await gave.getByText('Edit cancelled, no valid changes were saved.').waitFor();
  await gave.getByText('A copy of your changes has been stored to').waitFor();
  await page.waitForFunction((before) => globalThis.podarium.manifest() === before, before);
}));

test('a name in the output selects what it names, by keyboard and by a click, and copies as any text', inPage(async ({ page, shot }) => {
  const { run, command, output, groups } = terminal(page);
  await apply(page, helloPod);
  await parts(page).item(/^Pod default\/hello-pod, Running, 1 of 1 ready/).waitFor();
  assert.match(await run('kubectl get pods -o wide'), /^NAME .*\nhello-pod +1\/1 /);
  assert.match(await run('kubectl create deployment web --image=nginx:1.27'), /^deployment\.apps\/web created$/);
  const name = (text) => output.getByRole('button', { name: text, exact: true });
  await run('kubectl get nodes');
  const heading = (text) => parts(page).inspector.getByRole('heading', { name: text, exact: true });
  // One of them is on the way of Tab, and arrows go from one to the next.
  assert.equal(await output.getByRole('button').and(page.locator('[tabindex="0"]')).count(), 1);
  await command.focus();
  await page.keyboard.press('Shift+Tab');
  const here = () => page.evaluate(() => document.activeElement.textContent);
  assert.equal(await here(), 'node-3');
  await shot('terminal names');
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('ArrowUp');
  assert.equal(await here(), 'node-2');
  await page.keyboard.press('Enter');
  await heading('Node node-2').waitFor();
  await page.keyboard.press('Home');
  assert.equal(await here(), 'hello-pod');
  await page.keyboard.press(' ');
  await heading('Pod hello-pod').waitFor();
  assert.equal(await here(), 'hello-pod', 'the focus stays');
  await page.keyboard.press('Tab');
  assert.ok(await command.evaluate((node) => node === document.activeElement), 'Tab leaves');
  await name('deployment.apps/web').click();
  await heading('Deployment web').waitFor();
  await run('kubectl delete deployment web');
  await name('deployment.apps/web').first().click();
  await page.getByText('There is no Deployment web at this moment').first().waitFor({ state: 'attached' });
  assert.ok(await groups.count() === 4);
}));

test('ten thousand lines are no trouble', inPage(async ({ page }) => {
  const { run, command, output } = terminal(page);
  await run('seq 10000');
  await page.getByText('5,000 lines before these are not shown.').waitFor();
  const longest = await page.evaluate(() => new Promise((resolve) => {
    let most = 0;
    new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) most = Math.max(most, duration); })
      .observe({ entryTypes: ['longtask'] });
    setTimeout(() => resolve(most), 3000);
  }));
  assert.ok(longest < 100, `a task of ${longest} ms while the page plays`);
  assert.ok(await output.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight < 10));
  await command.fill('kubectl get nodes');
  assert.equal(await command.inputValue(), 'kubectl get nodes');
}));

for (const colorScheme of ['light', 'dark']) {
  for (const [device, viewport] of [['desktop', { width: 1440, height: 900 }], ['phone', { width: 390, height: 844 }]]) {
    test(`in the ${colorScheme} on a ${device} it is there, and axe finds nothing`, inPage({ colorScheme, viewport, hasTouch: device === 'phone', isMobile: device === 'phone' }, async ({ page, shot }) => {
      const { region, run, command } = terminal(page);
      await parts(page).tree.waitFor({ state: 'attached' });
      if (device === 'phone') await page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name: 'Terminal', exact: true }).tap();
      await region.waitFor();
      await shot(`terminal empty ${colorScheme} ${device}`);
      assert.deepEqual(await violations(page), []);
      await run('kubectl get nodes -o wide');
      await run('kubectl get nonsense', 1);
      await command.blur();
      await shot(`terminal ${colorScheme} ${device}`);
      assert.deepEqual(await violations(page), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      if (device === 'phone') {
        const { height } = await command.boundingBox();
        assert.ok(height >= 44, `a finger finds the prompt: ${height}`);
      }
    }));
  }
}
