//! Requests between Pods: each hop in words and by its moment, what a Service, DNS and a policy made of it, a packet that
//! never leaves its Pod beside it, and the ledger of them all. By roles and names, by keyboard, in light and dark.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { violations } from './axe.mjs';
import { inPage } from './support.mjs';
import { apply, parts, seconds } from './roles.mjs';

const pods = `apiVersion: v1
kind: Pod
metadata: {name: client, labels: {app: client}}
spec:
  nodeName: node-1
  containers: [{name: sh, image: "busybox:1.36", command: [sleep, "100000"]}]
---
apiVersion: v1
kind: Pod
metadata: {name: far, labels: {app: web}}
spec:
  nodeName: node-3
  containers: [{name: web, image: "demo/web:1"}]
---
apiVersion: v1
kind: Pod
metadata: {name: shop}
spec:
  nodeName: node-1
  containers:
    - {name: proxy, image: "demo/proxy:1", env: [{name: PORT, value: "8081"}]}
    - {name: web, image: "demo/loopback:1"}
`;
const service = (ip) => `apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.7.7, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: "", port: 8080, protocol: TCP}]
endpoints:
  - {addresses: [${ip}], nodeName: node-3, conditions: {ready: true}}
`;
const deny = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}
`;
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const stage = (page) => parts(page).region('Stage');
const list = (page, name) => stage(page).getByRole('list', { name, exact: true });
const hops = (page) => list(page, 'Hops').getByRole('button');
const rows = (page) => stage(page).getByRole('table', { name: 'Requests' }).getByRole('row');
const panel = (page, name) => page.getByRole('navigation', { name: 'Panels' }).getByRole('button', { name, exact: true }).tap();

/** Two Pods on two nodes and one beside, seen in the Network view. Tells the far one's address. */
async function open(page, { narrow = false, more = [] } = {}) {
  if (narrow) await panel(page, 'Manifest');
  const written = async (text, name) => {
    await apply(page, text);
    if (name) await parts(page).item(name).waitFor({ state: 'attached' });
  };
  await written(pods);
  if (narrow) await panel(page, 'Stage');
  await parts(page).speed.selectOption({ label: '10×' });
  for (const name of [/^Pod default\/client, Running/, /^Pod default\/far, Running, 1 of 1 ready/, /^Pod default\/shop, Running, 2 of 2 ready/]) {
    await parts(page).item(name).waitFor({ state: 'attached' });
  }
  await stage(page).getByRole('tab', { name: 'Network' }).click();
  await stage(page).getByText('No traffic. Send a request.').waitFor();
  await stage(page).getByRole('button', { name: 'Send a request' }).click();
  const option = page.locator('datalist option', { hasText: 'Pod default/far' });
  const ip = await option.getAttribute('value');
  for (const text of more) {
    if (narrow) await panel(page, 'Manifest');
    await apply(page, text(ip));
    await page.waitForTimeout(500);
    if (narrow) await panel(page, 'Stage');
  }
  await parts(page).speed.selectOption({ label: '1×' });
  return ip;
}

/** Fills the form and sends, by keyboard. */
async function send(page, to, port, from = 'default/client, sh') {
  const form = stage(page).getByRole('form', { name: 'Send a request' });
  await form.getByRole('combobox', { name: 'From' }).selectOption({ label: from });
  await form.getByLabel('To', { exact: true }).fill(to);
  await form.getByLabel('Port', { exact: true }).fill(String(port));
  await page.keyboard.press('Enter');
}

/** A hop of this number, or one behind it, is drawn. */
const reaches = (page, number) => page.waitForFunction((number) => {
  const here = document.querySelector('.hops [aria-current=step]');
  return here && Number(/^Hop (\d+)/.exec(here.innerText)[1]) >= number;
}, number);

const play = (page, is) => parts(page).button(is ? 'Play' : 'Pause').click();

test('a request from Pod to Pod is seen hop by hop, paused between two, and played backwards', inPage(async ({ page, shot }) => {
  const ip = await open(page);
  const { time, button } = parts(page);
  await send(page, ip, 8080);
  await reaches(page, 3);
  await play(page, false);
  const all = await hops(page).allInnerTexts();
  assert.equal(all.length, 22);
  assert.match(all[0], /^Hop 1 of 22, container sh of default\/client, 10\.244\.1\.\d+:\d+ to 10\.244\.3\.\d+:8080$/);
  assert.match(all[5], /^Hop 6 of 22, road from host-1 to host-2, /);
  assert.match(all[21], /^Hop 22 of 22, container sh of default\/client, .*, answer$/);
  await shot('network mid wire');
  const now = async () => hops(page).and(page.locator('[aria-current=step]')).innerText();
  const there = await now();
  // A step is the next hop, and back the one before.
  await time.focus();
  await page.keyboard.press('.');
  await page.waitForFunction((before) => document.querySelector('.hops [aria-current=step]').innerText !== before, there);
  const number = (text) => Number(/^Hop (\d+)/.exec(text)[1]);
  assert.equal(number(await now()), number(there) + 1);
  await page.keyboard.press(',');
  await page.waitForFunction((before) => document.querySelector('.hops [aria-current=step]').innerText === before, there);
  for (let left = number(there); left > 1; left -= 1) await page.keyboard.press(',');
  await hops(page).first().and(page.locator('[aria-current=step]')).waitFor();
  // A hop that wasn't lived yet is lived for it.
  const ahead = hops(page).nth(number(there) + 2);
  await ahead.focus();
  const before = await seconds(page);
  await page.keyboard.press('Enter');
  await ahead.and(page.locator('[aria-current=step]')).waitFor();
  await hops(page).nth(12).click();
  await hops(page).nth(12).and(page.locator('[aria-current=step]')).waitFor();
  assert.ok(await seconds(page) > before);
  await shot('network answer');
  await button('Follow the answer back').click();
  await hops(page).nth(11).and(page.locator('[aria-current=step]')).waitFor();
  await time.focus();
  await page.keyboard.press('Home');
  await stage(page).getByText('No traffic. Send a request.').waitFor();
}));

test('through a Service the rule that chose is listed, and so is the question about its name', inPage(async ({ page, shot }) => {
  const ip = await open(page, { more: [service] });
  await send(page, 'web', 80);
  const rules = list(page, 'Service rules').getByRole('listitem');
  await rules.first().waitFor();
  assert.deepEqual(await rules.allInnerTexts(), [`always: to ${ip}:8080, chosen`]);
  assert.match(await hops(page).nth(2).innerText(), new RegExp(`10\\.96\\.7\\.7:80, Service default/web: to ${ip}:8080`));
  const asked = list(page, 'DNS').getByText(/^A web\.default\.svc\.cluster\.local\. of 10\.96\.0\.10: NOERROR, .*10\.96\.7\.7$/);
  await asked.waitFor();
  await shot('network dns');
  await hops(page).nth(2).click();
  await hops(page).nth(2).and(page.locator('[aria-current=step]')).waitFor();
  await shot('network service');
  await rows(page).nth(1).getByRole('cell', { name: 'answered 200', exact: true }).waitFor();
}));

test('the ledger tells how each ended and why, newest first, and a row is shown again', inPage(async ({ page, shot }) => {
  const ip = await open(page, { more: [() => deny.replace('name: deny', 'name: other').replace('app: web', 'app: nobody')] });
  await send(page, ip, 81);
  await rows(page).filter({ hasText: 'refused' }).waitFor();
  await apply(page, deny);
  await page.waitForTimeout(500);
  await send(page, ip, 8080);
  await rows(page).nth(1).getByRole('cell', { name: 'denied by NetworkPolicy default/deny' }).waitFor();
  await send(page, 'no-such-service', 80);
  await rows(page).nth(1).getByRole('cell', { name: 'no such host' }).waitFor();
  await stage(page).getByText(/1 refused, 1 denied, 1 no such host\. The last 200 are kept\./).waitFor();
  assert.match(await rows(page).nth(3).innerText(), /nobody listens on this port/);
  await rows(page).nth(2).getByRole('button').focus();
  await page.keyboard.press('Enter');
  await hops(page).last().getByText(/veth of default\/far, .*denied by NetworkPolicy default\/deny \(ingress\)$/).waitFor();
  assert.match(await rows(page).nth(2).innerText(), /it waits, then times out/);
  await hops(page).last().click();
  await hops(page).last().and(page.locator('[aria-current=step]')).waitFor();
  await page.locator('.net-view').evaluate((view) => { view.scrollTop = 0; });
  await shot('network denied');
  // From outside nobody knows the cluster's names, and a node's port is nobody's.
  await play(page, true);
  const node = await page.locator('datalist option', { hasText: 'Node node-1' }).getAttribute('value');
  await send(page, node, 80, 'Outside');
  await rows(page).nth(1).getByRole('cell', { name: 'refused' }).waitFor();
}));

test('what is asked over localhost stands beside it and never leaves its Pod', inPage(async ({ page, shot }) => {
  const ip = await open(page);
  await send(page, 'localhost', 7070, 'default/shop, proxy');
  await send(page, ip, 8080);
  await stage(page).getByText(/^default\/shop: proxy to web over localhost:7070\. It never leaves the Pod, so no bridge, rule or policy sees it\.$/).waitFor();
  await shot('network localhost');
}));

test('from outside, by a node’s port: the rule there, and the address that the server sees', inPage({ viewport: { width: 1920, height: 1080 } }, async ({ page, shot }) => {
  const port = (ip) => service(ip).replace('{clusterIP', '{type: NodePort, clusterIP').replace('targetPort: 8080', 'targetPort: 8080, nodePort: 30080');
  await open(page, { more: [port] });
  const node = await page.locator('datalist option', { hasText: 'Node node-1' }).getAttribute('value');
  await send(page, node, 30080, 'Outside');
  await hops(page).nth(2).getByText(/^Hop 3 of \d+, node node-1, .*:30080, Service default\/web: to /).waitFor();
  await reaches(page, 5);
  await play(page, false);
  await shot('network node port');
}));

test('every second until it is stopped', inPage(async ({ page, shot }) => {
  const ip = await open(page);
  await page.getByRole('checkbox', { name: 'Every second' }).check();
  await send(page, ip, 8080);
  await rows(page).nth(3).waitFor();
  await shot('network every second');
  await list(page, 'Every second').getByText(`default/client, sh to ${ip}:8080`).waitFor();
  await list(page, 'Every second').getByRole('button', { name: /^Stop/ }).click();
  await list(page, 'Every second').waitFor({ state: 'detached' });
}));

test('from the inspector too: to another Pod over the network, from outside, and not every second over localhost', inPage(async ({ page, shot }) => {
  const ip = await open(page);
  await stage(page).getByRole('button', { name: 'Send a request' }).click();
  await parts(page).item(/^Pod default\/client/).focus();
  await page.keyboard.press('Enter');
  const { inspector } = parts(page);
  await inspector.getByRole('button', { name: 'Send a request' }).focus();
  await page.keyboard.press('Enter');
  const form = inspector.getByRole('form', { name: 'Send a request' });
  const asks = async (from, to) => {
    await form.getByRole('combobox', { name: 'From' }).selectOption({ label: from });
    await form.getByRole('combobox', { name: 'To' }).selectOption({ label: to });
    await form.getByLabel('Port', { exact: true }).fill('8080');
    await form.getByRole('button', { name: 'Send', exact: true }).focus();
    await page.keyboard.press('Enter');
  };
  await asks('sh', 'Pod default/far');
  await form.getByText(new RegExp(`^GET / ${ip}:8080: answered 200 OK`)).waitFor();
  await asks('Outside', 'Node node-1');
  await rows(page).nth(1).getByRole('cell', { name: 'Outside' }).waitFor();
  await form.getByRole('checkbox', { name: 'Every second' }).check();
  await asks('sh', 'sh');
  await form.getByRole('alert').getByText('Every second: not over localhost.').waitFor();
  await shot('network inspector');
}));

test('what is wrong in the form is said beside it, by keyboard alone', inPage(async ({ page }) => {
  await open(page);
  const form = stage(page).getByRole('form', { name: 'Send a request' });
  const field = (name) => form.getByLabel(name, { exact: true });
  await form.getByRole('combobox', { name: 'From' }).focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await form.getByRole('alert').getByText('To: a name or an address.').waitFor();
  assert.equal(await field('To').getAttribute('aria-invalid'), 'true');
  await page.keyboard.insertText('10.244.9.9');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText('99999');
  await page.keyboard.press('Enter');
  await form.getByRole('alert').getByText('Port: a number from 1 to 65535.').waitFor();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText('80');
  await page.keyboard.press('Enter');
  await form.getByRole('status').getByText(/^t\+[\d.]+ s: /).waitFor();
  await page.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });
}));

test('with reduced motion the hops are numbers, and the present one is filled', inPage({ reducedMotion: 'reduce' }, async ({ page, shot }) => {
  const ip = await open(page);
  await send(page, ip, 8080);
  await reaches(page, 4);
  await play(page, false);
  await shot('network reduced');
}));

for (const [where, options] of [['wide', {}], ['narrow', phone], ['narrowest', { ...phone, viewport: { width: 320, height: 640 } }]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe finds nothing, ${where} and ${colorScheme}, and nothing scrolls sideways`, inPage({ ...options, colorScheme }, async ({ page, shot }) => {
      const narrow = where !== 'wide';
      await open(page, { narrow, more: [service] });
      await send(page, 'localhost', 7070, 'default/shop, proxy');
      await send(page, '10.96.7.7', 80);
      await reaches(page, 5);
      await play(page, false);
      await shot(`network ${where} ${colorScheme}`);
      assert.deepEqual(await violations(page), []);
      const sideways = () => document.documentElement.scrollWidth > innerWidth
        || document.querySelector('.net-view').scrollWidth > document.querySelector('.net-view').clientWidth;
      assert.equal(await page.evaluate(sideways), false);
      await page.locator('.net-view').evaluate((view) => { view.scrollTop = view.scrollHeight; });
      await shot(`network ${where} ${colorScheme} foot`);
    }));
  }
}
