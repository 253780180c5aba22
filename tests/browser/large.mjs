//! A page that finds a large cluster in its storage, as a reload would.

/**
 * Opens the page at `url` with a stored cluster of so many nodes in three zones and so many Pods, Ready as soon as
 * they are bound. `pod(number)` is a Pod's manifest.
 */
export async function openLarge(page, url, { nodes, pods, pod = web, batch = 1000 }) {
  await page.goto(url);
  await page.waitForFunction(() => globalThis.podarium?.journal && globalThis.podarium.journal() !== '');
  const { format, core, setup, seed } = JSON.parse(await page.evaluate(() => globalThis.podarium.journal()));
  const zone = (number) => 'abc'[number % 3];
  setup.machines = {
    hosts: [...'abc'].map((name) => ({ name: `zone-${name}` })),
    machines: Array.from({ length: nodes }, (_, number) => ({
      name: `node-${number + 1}`, host: `zone-${zone(number)}`, cpu_milli: 32000, memory_bytes: 64 * 2 ** 30, pods: 110,
      labels: { 'topology.kubernetes.io/zone': zone(number) }, taints: [],
    })),
  };
  setup.runtime = 'Instant';
  const all = Array.from({ length: pods }, (_, number) => pod(number, nodes));
  const records = Array.from({ length: Math.ceil(pods / batch) }, (_, number) => {
    const manifest = all.slice(number * batch, (number + 1) * batch).join('---\n');
    return JSON.stringify({ Input: { at: 0, after_events: 0, input: { Apply: { manifest } } } });
  });
  // The page must not write any more: another document of the same origin does.
  const empty = { contentType: 'text/html', body: '<!doctype html><link rel="icon" href="data:,">' };
  await page.route(`${url}not-there`, (route) => route.fulfill(empty));
  await page.goto(`${url}not-there`);
  await page.evaluate(async ([start, records]) => {
    const done = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const database = await done(indexedDB.open('podarium', 1));
    const transaction = database.transaction(['meta', 'journal', 'texts'], 'readwrite');
    for (const name of ['meta', 'journal', 'texts']) transaction.objectStore(name).clear();
    transaction.objectStore('meta').put(start, 'start');
    records.forEach((record, number) => transaction.objectStore('journal').put(record, number));
    await new Promise((resolve, reject) => { transaction.oncomplete = resolve; transaction.onerror = reject; });
    database.close();
  }, [JSON.stringify({ format, core, setup, seed }), records]);
  await page.goto(url);
}

/** A Pod on a node of its number. */
export function web(number, nodes) {
  return `apiVersion: v1
kind: Pod
metadata:
  name: web-${String(number).padStart(5, '0')}
  labels: {app: ${number % 2 ? 'web' : 'shop'}}
spec:
  nodeName: node-${number % nodes + 1}
  containers: [{name: web, image: demo/web:1}]
`;
}
