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

/** What is on its way is drawn through: how long that takes was settled when it was sent. */
async function drawnThrough(page) {
  const way = stage(page).locator('.net-title').getByText('under way', { exact: true });
  await way.waitFor();
  await parts(page).speed.selectOption({ label: '10×' });
  await way.waitFor({ state: 'detached' });
  await parts(page).speed.selectOption({ label: '1×' });
}

/** The request that the picture shows. */
const title = (page, goal, from = 'default/client, sh') => stage(page).getByRole('heading', { name: `${from} → ${goal}`, exact: true }).waitFor();

/** Role and name of what has the focus. */
const focused = (page) => page.evaluate(() => {
  const here = document.activeElement;
  return `${here.getAttribute('role') ?? here.tagName} ${here.getAttribute('aria-label') ?? here.innerText.slice(0, 80)}`;
});
async function untilFocused(page, pattern) {
  for (let tries = 0; !pattern.test(await focused(page)); tries += 1) {
    assert.ok(tries < 100, `the focus is on ${await focused(page)}`);
    await page.waitForTimeout(50);
  }
}

/** Presses a button by keyboard. */
async function press(within, name) {
  await within.getByRole('button', { name, exact: typeof name === 'string' }).focus();
  await within.page().keyboard.press('Enter');
}

async function listen(page) {
  await page.evaluate(() => {
    const region = document.querySelector('[role=status][aria-live=polite]');
    globalThis.heard = [];
    new MutationObserver(() => globalThis.heard.push(region.textContent))
      .observe(region, { subtree: true, childList: true, characterData: true });
  });
}
const allHeard = (page) => page.evaluate(() => heard);
async function untilHeard(page, pattern) {
  await page.waitForFunction((source) => heard.some((text) => new RegExp(source).test(text)), pattern.source)
    .catch(async () => assert.fail(`${pattern} is not in ${JSON.stringify(await allHeard(page))}`));
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
  await hops(page).nth(2).click();
  await hops(page).nth(2).and(page.locator('[aria-current=step]')).waitFor();
  await button('Follow the answer back').click();
  await reaches(page, 13);
  await play(page, false);
  assert.ok(number(await now()) < 22, 'it goes on from there, hop by hop');
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
  await rows(page).nth(1).getByRole('cell', { name: 'under way', exact: true }).waitFor();
  await play(page, true);
  await drawnThrough(page);
  await rows(page).nth(1).getByRole('cell', { name: 'answered 200', exact: true }).waitFor();
}));

test('the ledger tells how each ended and why, newest first, and a row is shown again', inPage(async ({ page, shot }) => {
  const ip = await open(page, { more: [() => deny.replace('name: deny', 'name: other').replace('app: web', 'app: nobody')] });
  await send(page, ip, 81);
  await drawnThrough(page);
  await rows(page).filter({ hasText: 'refused' }).waitFor();
  await apply(page, deny);
  await page.waitForTimeout(500);
  await send(page, ip, 8080);
  await title(page, `${ip}:8080`);
  await drawnThrough(page);
  await rows(page).nth(1).getByRole('cell', { name: 'denied by NetworkPolicy default/deny' }).waitFor();
  await send(page, 'no-such-service', 80);
  await title(page, 'no-such-service:80');
  await drawnThrough(page);
  await rows(page).nth(1).getByRole('cell', { name: 'no such host' }).waitFor();
  await stage(page).getByText(/1 refused, 1 denied, 1 no such host\. The last 200 are kept\./).waitFor();
  assert.match(await rows(page).nth(3).innerText(), /nobody listens on this port/);
  assert.match(await rows(page).nth(1).innerText(), /DNS knows none of the \d names that were tried/);
  await rows(page).nth(2).getByRole('button').focus();
  await page.keyboard.press('Enter');
  await hops(page).last().getByText(/veth of default\/far, .*denied by NetworkPolicy default\/deny \(ingress\)$/).waitFor();
  assert.match(await rows(page).nth(2).innerText(), /it wait(s|ed), then time(s|d) out/);
  await hops(page).last().click();
  await hops(page).last().and(page.locator('[aria-current=step]')).waitFor();
  await page.locator('.net-view').evaluate((view) => { view.scrollTop = 0; });
  await shot('network denied');
  // From outside nobody knows the cluster's names, and a node's port is nobody's.
  await parts(page).button('Go to now').click();
  await parts(page).button('Pause').waitFor();
  const node = await page.locator('datalist option', { hasText: 'Node node-1' }).getAttribute('value');
  await send(page, node, 80, 'Outside');
  await title(page, `${node}:80`, 'Outside');
  await drawnThrough(page);
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

test('every second until it is stopped: both are said, streams are told apart, and Stop hands the focus on', inPage(async ({ page, shot }) => {
  const ip = await open(page);
  await listen(page);
  const box = page.getByRole('checkbox', { name: 'Every second' });
  await box.check();
  await send(page, ip, 8080);
  await untilHeard(page, /^Sent, every second: default\/client, sh to .*:8080/);
  assert.equal(await box.isChecked(), false, 'the next request is one');
  await rows(page).nth(3).waitFor();
  await shot('network every second');
  const streams = list(page, 'Every second').getByRole('listitem');
  await streams.getByText(new RegExp(`^default/client, sh to ${ip}:8080, since t\\+[\\d.]+ s$`)).waitFor();
  await play(page, false);
  for (let more = 0; more < 2; more += 1) {
    await box.check();
    await send(page, ip, 8080);
    await streams.nth(more + 1).waitFor();
  }
  const names = await list(page, 'Every second').getByRole('button').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
  assert.equal(new Set(names).size, 3, `${names}`);
  for (let left = 2; left >= 0; left -= 1) {
    await list(page, 'Every second').getByRole('button').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction((left) => document.querySelectorAll('[aria-label="Every second"] > li').length === left, left);
    await untilFocused(page, left > 0 ? /^BUTTON Stop default\/client/ : /^BUTTON Send a request/);
  }
  await untilHeard(page, /^Stopped: default\/client, sh to .*:8080/);
}));

test('what is sent while another one is drawn is shown at once; how it ends is told where it is drawn', inPage(async ({ page, shot }) => {
  const ip = await open(page);
  await listen(page);
  await send(page, ip, 8080);
  await title(page, `${ip}:8080`);
  await untilHeard(page, /^Sent: default\/client, sh to .*:8080/);
  await reaches(page, 3);
  await send(page, ip, 81);
  await title(page, `${ip}:81`);
  await reaches(page, 5);
  const form = stage(page).getByRole('form', { name: 'Send a request' });
  assert.match(await rows(page).nth(1).innerText(), /under way/);
  assert.match(await form.innerText(), /GET .*:81\/\s+under way/);
  assert.match(await stage(page).locator('.net-title').innerText(), /under way/);
  assert.ok(!(await allHeard(page)).some((text) => /refused/.test(text)), 'it is not said before it is there');
  await shot('network two');
  await drawnThrough(page);
  await rows(page).nth(1).getByRole('cell', { name: 'refused', exact: true }).waitFor();
  await form.getByText(/: refused/).waitFor();
  await untilHeard(page, /default\/client, sh to .*:81: refused, nobody listens on this port/);
  await untilHeard(page, /default\/client, sh to .*:8080: answered 200/);
  // The first one can be chosen, and the next that is sent is shown all the same.
  await rows(page).nth(2).getByRole('button').focus();
  await page.keyboard.press('Enter');
  await title(page, `${ip}:8080`);
  await send(page, '10.244.9.9', 80);
  await title(page, '10.244.9.9:80');
}));

test('the focus comes back from the form, and a request in the past is asked about aloud', inPage(async ({ page }) => {
  const ip = await open(page);
  await listen(page);
  const form = stage(page).getByRole('form', { name: 'Send a request' });
  await send(page, ip, 8080);
  await press(form, 'Close');
  await form.waitFor({ state: 'detached' });
  await untilFocused(page, /^BUTTON Send a request/);
  await page.keyboard.press('Enter');
  await untilFocused(page, /^SELECT From/);
  await page.keyboard.press('Escape');
  await form.waitFor({ state: 'detached' });
  await untilFocused(page, /^BUTTON Send a request/);
  await page.keyboard.press('Enter');
  await form.waitFor();
  await parts(page).time.focus();
  for (let back = 0; back < 3; back += 1) await page.keyboard.press('ArrowLeft');
  await parts(page).button('Go to now').waitFor();
  await send(page, ip, 8080);
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await untilHeard(page, /you are viewing the past\. Go to now, or Continue from here/);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await untilFocused(page, /^INPUT Port/);
  await press(page.getByRole('region', { name: 'Timeline' }), 'Go to now');
  await parts(page).button('Go to now').waitFor({ state: 'detached' });
  await untilFocused(page, /^slider Time/);
}));

test('a list is one stop of Tab, and its buttons say which they are', inPage(async ({ page }) => {
  await open(page, { more: [service] });
  await send(page, 'web', 80);
  await list(page, 'DNS').waitFor();
  await play(page, false);
  const stops = (name) => list(page, name).evaluate((list) => [...list.querySelectorAll(':scope > li > button, :scope > li > details > summary')].filter((one) => one.tabIndex === 0).length);
  assert.equal(await stops('Hops'), 1);
  assert.equal(await stops('DNS'), 1);
  await hops(page).and(page.locator('[tabindex="0"]')).focus();
  await page.keyboard.press('End');
  await untilFocused(page, /^BUTTON Hop (\d+) of \1/);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await untilFocused(page, /^BUTTON Hop 2 of/);
  const ways = await list(page, 'DNS').getByRole('list', { includeHidden: true }).evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
  assert.match(ways[0], /^Way of A web\.default\.svc\.cluster\.local\.$/);
  assert.equal(new Set(ways).size, ways.length);
  await play(page, true);
  await send(page, '10.96.7.7', 80);
  await rows(page).nth(2).waitFor();
  const names = await stage(page).getByRole('table', { name: 'Requests' }).getByRole('button').evaluateAll((all) => all.map((one) => `${one.tabIndex} ${one.getAttribute('aria-label')}`));
  assert.equal(names.length, 2);
  assert.match(names[0], /^0 t\+[\d.]+ s, default\/client, sh to 10\.96\.7\.7:80: under way$/);
  assert.match(names[1], /^-1 t\+[\d.]+ s, default\/client, sh to web:80: (answered 200|under way)$/);
  await rows(page).nth(1).getByRole('button').focus();
  await page.keyboard.press('ArrowDown');
  await untilFocused(page, /^BUTTON t\+.* to web:80/);
}));

test('why a request ended so is told in the Inspector, with the rule, the policy and the question that decided', inPage(async ({ page, shot }) => {
  await open(page, { more: [service, () => deny] });
  await listen(page);
  await send(page, 'web', 80);
  await drawnThrough(page);
  await untilHeard(page, /default\/client, sh to web:80: denied by NetworkPolicy default\/deny, deny allows nothing in; it wait(s|ed), then time(s|d) out/);
  await rows(page).nth(1).getByRole('button').focus();
  await page.keyboard.press('Enter');
  await untilHeard(page, /The Inspector tells why/);
  const { inspector } = parts(page);
  await inspector.getByRole('heading', { name: 'Request default/client, sh to web:80' }).waitFor();
  await page.keyboard.press('F6');
  const told = inspector.getByRole('tabpanel', { name: 'Why', exact: true });
  const steps = await told.getByRole('listitem').allInnerTexts();
  assert.match(steps[0], /denied by NetworkPolicy default\/deny: deny allows nothing in; it wait/);
  assert.match(steps[1], /veth of default\/far[^]*denied by NetworkPolicy default\/deny \(ingress\)/);
  assert.match(steps[2], /Service default\/web: to .*:8080 \(1 of 1\)/);
  assert.match(steps[3], /A web\.default\.svc\.cluster\.local\. of 10\.96\.0\.10: NOERROR/);
  assert.match(steps[4], /you[^]*GET \/ web:80 from default\/client, sh/);
  await told.getByText(/^Hop 1 of \d+, container sh of default\/client/).waitFor();
  await shot('network why');
  assert.deepEqual(await violations(page), []);
  await press(told, 'Show NetworkPolicy default/deny');
  await inspector.getByRole('heading', { name: 'NetworkPolicy deny' }).waitFor();
}));

test('what was sent stands in the timeline, too, and steps go on to the next that is sent', inPage(async ({ page }) => {
  const ip = await open(page);
  const lane = () => page.locator('.track .sent').getAttribute('d');
  assert.equal(await lane(), '');
  await page.getByRole('checkbox', { name: 'Every second' }).check();
  await send(page, ip, 8080);
  await page.waitForFunction(() => document.querySelector('.track .sent').getAttribute('d') !== '');
  await play(page, false);
  await hops(page).last().click();
  await hops(page).last().and(page.locator('[aria-current=step]')).waitFor();
  const before = await seconds(page);
  await listen(page);
  await press(page.getByRole('region', { name: 'Timeline' }), 'Step');
  await untilHeard(page, /Hop 1 of/);
  const after = await seconds(page);
  assert.ok(after > before && after <= before + 1.1, `${before} ${after}`);
}));

test('steps go hop by hop of the request that is shown, whatever is sent meanwhile', inPage(async ({ page }) => {
  const ip = await open(page);
  const often = page.getByRole('checkbox', { name: 'Every second' });
  for (const port of [8080, 81]) {
    await often.check();
    await send(page, ip, port);
    await title(page, `${ip}:${port}`);
  }
  await reaches(page, 2);
  await play(page, false);
  await parts(page).time.focus();
  const now = () => hops(page).and(page.locator('[aria-current=step]')).innerText();
  const shown = await stage(page).locator('.net-title h2').innerText();
  const number = (text) => Number(/^Hop (\d+)/.exec(text)[1]);
  const all = await hops(page).count();
  for (let hop = number(await now()); hop < all; hop += 1) {
    await page.keyboard.press('.');
    await page.waitForFunction((hop) => document.querySelector('.hops [aria-current=step]')?.innerText.startsWith(`Hop ${hop} of`), hop + 1);
    assert.equal(await stage(page).locator('.net-title h2').innerText(), shown);
  }
  for (let hop = all; hop > all - 3; hop -= 1) {
    await page.keyboard.press(',');
    await page.waitForFunction((hop) => document.querySelector('.hops [aria-current=step]')?.innerText.startsWith(`Hop ${hop} of`), hop - 1);
  }
  assert.equal(await stage(page).locator('.net-title h2').innerText(), shown);
  for (let hop = all - 3; hop < all; hop += 1) await page.keyboard.press('.');
  await hops(page).nth(all - 1).and(page.locator('[aria-current=step]')).waitFor();
  // After its last hop the next one has its turn.
  await page.keyboard.press('.');
  await hops(page).first().and(page.locator('[aria-current=step]')).waitFor();
}));

test('from the inspector too, in the same form: to another Pod, from outside, and not every second over localhost', inPage(async ({ page, shot }) => {
  const ip = await open(page);
  await stage(page).getByRole('button', { name: 'Send a request' }).click();
  await parts(page).item(/^Pod default\/client/).focus();
  await page.keyboard.press('Enter');
  await listen(page);
  const { inspector } = parts(page);
  await press(inspector, 'Send a request');
  const form = inspector.getByRole('form', { name: 'Send a request' });
  const asks = async (from, to) => {
    await form.getByRole('combobox', { name: 'From' }).selectOption({ label: from });
    await form.getByRole('combobox', { name: 'To' }).fill(to);
    await form.getByLabel('Port', { exact: true }).fill('8080');
    await press(form, 'Send');
  };
  await asks('sh', `http://${ip}:8080/`);
  await untilHeard(page, /^Sent: default\/client, sh to .*:8080/);
  await title(page, `${ip}:8080`);
  await drawnThrough(page);
  await form.getByText(new RegExp(`^GET / ${ip}:8080: answered 200 OK`)).waitFor();
  await untilHeard(page, /default\/client, sh to .*:8080: answered 200/);
  const node = await form.locator('datalist option', { hasText: 'Node node-1' }).getAttribute('value');
  await asks('Outside', node);
  await rows(page).nth(1).getByRole('cell', { name: 'Outside' }).waitFor();
  await form.getByRole('checkbox', { name: 'Every second' }).check();
  await asks('sh', 'LOCALHOST');
  await form.getByRole('alert').getByText('Every second: not over localhost.').waitFor();
  await untilFocused(page, /^INPUT/);
  await shot('network inspector');
  // Where the network isn't seen it is told as soon as it is so.
  await stage(page).getByRole('tab', { name: 'Machines' }).click();
  await form.getByRole('checkbox', { name: 'Every second' }).uncheck();
  await asks('sh', `${ip}:81`);
  await untilHeard(page, /default\/client, sh to .*:81: refused/);
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
  await form.getByText(/^t\+[\d.]+ s, default\/client, sh: GET 10\.244\.9\.9:80\/$/).waitFor();
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
