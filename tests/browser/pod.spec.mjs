//! A Pod from near: what containers share and what each has for itself, in the tree, beside the view and in
//! light and dark, wide and narrow.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { apply, helloPod, parts } from './roles.mjs';

const shop = `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  automountServiceAccountToken: false
  volumes:
    - name: logs
      emptyDir: {}
  initContainers:
    - name: migrate
      image: demo/batch:1
      env: [{name: RUN_SECONDS, value: "1"}]
    - name: proxy
      image: demo/proxy:1
      restartPolicy: Always
      env: [{name: PORT, value: "8080"}]
      ports: [{containerPort: 8080}]
      startupProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
  containers:
    - name: web
      image: demo/loopback:1
      resources: {requests: {cpu: 200m}, limits: {cpu: 500m, memory: 256Mi}}
      readinessProbe: {exec: {command: ["true"]}, periodSeconds: 1}
      volumeMounts: [{name: logs, mountPath: /var/log/app}]
    - name: agent
      image: demo/agent:1
      ports: [{containerPort: 9102}]
      volumeMounts: [{name: logs, mountPath: /logs, readOnly: true}]
`;
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const tab = (page, name) => page.getByRole('region', { name: 'Stage' }).getByRole('tab', { name, exact: true });

/** The shop is ready, selected, and seen from near. */
async function near(page, panels = false) {
  const panel = (name) => panels && page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name }).tap();
  await panel('Manifest');
  await apply(page, shop);
  await panel('Stage');
  await parts(page).speed.selectOption({ label: '10×' }).catch(() => {});
  const item = parts(page).item(/^Pod default\/shop, Running, 3 of 3 ready$/);
  await item.waitFor();
  await item.focus();
  await page.keyboard.press('Enter');
  await tab(page, 'Pod').click();
  await page.getByRole('tabpanel', { name: 'Pod' }).waitFor();
}

test('the tree says who listens, who mounts what, and what probes found', inPage(async ({ page, shot }) => {
  await near(page);
  const { item } = parts(page);
  for (const name of [
    'Sidecar proxy, Running, ready, 0 restarts',
    'Port 8080, proxy listens on 0.0.0.0',
    'Port 7070, web listens on 127.0.0.1',
    /^Port 9102, declared, nobody listens/,
    'Volume logs, emptyDir, mounted in web and agent',
    'Probe startup of proxy, 1 passed, 0 failed',
    /^Probe readiness of web, [1-9]\d* passed, 0 failed$/,
  ]) await item(name).waitFor();
  await shot('pod near');
  await tab(page, 'Machines').click();
  await item(/^Port /).first().waitFor({ state: 'detached' });
}));

test('without a Pod the view says what to do, and the tabs stand in their order', inPage(async ({ page }) => {
  const tabs = page.getByRole('region', { name: 'Stage' }).getByRole('tab');
  await tabs.first().waitFor();
  assert.deepEqual(await tabs.allInnerTexts(), ['Machines', 'Pod', 'Scheduling', 'Network', 'Ownership', 'Theory']);
  await tab(page, 'Pod').click();
  await page.getByRole('tabpanel', { name: 'Pod' }).getByText(/^No Pod is selected\. Select one/).waitFor();
  await page.getByRole('radiogroup', { name: 'Show' }).getByRole('radio', { name: 'Anatomy', checked: true }).waitFor();
}));

test('by keyboard: Open Pod leads to its anatomy, a port is met in the tree, and scrubbing back undoes it', inPage(async ({ page }) => {
  await apply(page, helloPod);
  const { item, time, button } = parts(page);
  await item(/^Pod default\/hello-pod, Running, 1 of 1 ready$/).waitFor();
  await item(/^Pod default\/hello-pod, /).focus();
  await page.keyboard.press('Enter');
  await button('Open Pod').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.innerText === 'Anatomy of Pod default/hello-pod');
  assert.equal(await tab(page, 'Pod').getAttribute('aria-selected'), 'true');
  await item(/^Container hello-ctr, /).focus();
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction(() => /^Port 8080, hello-ctr listens on 0\.0\.0\.0$/.test(document.activeElement.getAttribute('aria-label')));
  await time.focus();
  await page.keyboard.press('Home');
  await page.getByRole('tabpanel', { name: 'Pod' }).getByText(/^There is no Pod default\/hello-pod at this moment/).waitFor();
  await item(/^Port /).waitFor({ state: 'detached' });
  await page.keyboard.press('End');
  await item(/^Port 8080, hello-ctr listens/).waitFor();
}));

test('beside the view the inspector says what is shared and what isn’t', inPage(async ({ page }) => {
  await near(page);
  const { inspector } = parts(page);
  const said = (name) => inspector.getByRole('region', { name }).innerText();
  assert.match(await said('One for the whole Pod'), /IP and ports 10\.244\.\d\.\d+, 2 listening[^]*Hostname shop/);
  assert.match(await said('Where mounted'), /Volumes logs in 2 containers/);
  assert.match(await said('One for each container'), /Processes each sees only its own/);
}));

for (const [where, options] of [['wide', {}], ['narrow', phone]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe finds nothing in the anatomy, ${where} and ${colorScheme}, and nothing scrolls sideways`,
      inPage({ ...options, colorScheme }, async ({ page, shot }) => {
        await near(page, options === phone);
        await shot(`pod ${where} ${colorScheme}`);
        assert.deepEqual(await violations(page), []);
        const sideways = () => document.documentElement.scrollWidth > innerWidth
          || document.querySelector('.pod-view').scrollWidth > document.querySelector('.pod-view').clientWidth;
        assert.equal(await page.evaluate(sideways), false);
      }));
  }
}
