//! The page by roles and names alone, as page.md of the design has them: what a screen reader meets.

export const helloPod = `apiVersion: v1
kind: Pod
metadata:
  name: hello-pod
spec:
  containers:
    - name: hello-ctr
      image: demo/web:1
      ports:
        - containerPort: 8080
`;

export const helloPodJson = `{
  "apiVersion": "v1",
  "kind": "Pod",
  "metadata": {"name": "hello-pod"},
  "spec": {"containers": [{
    "name": "hello-ctr",
    "image": "demo/web:1",
    "ports": [{"containerPort": 8080}]
  }]}
}
`;

/** Two containers; the second one's readiness probe passes late. They share the Pod's ports, so each has its own. */
export const duo = `apiVersion: v1
kind: Pod
metadata:
  name: duo
spec:
  containers:
    - name: first
      image: demo/web:1
      env:
        - name: PORT
          value: "8081"
    - name: second
      image: demo/slow:1
      env:
        - name: WARMUP
          value: "6"
      readinessProbe:
        tcpSocket:
          port: 8080
        periodSeconds: 1
`;

/** Handles on the page's parts. */
export function parts(page) {
  const region = (name) => page.getByRole('region', { name, exact: true });
  const item = (name) => page.getByRole('treeitem', { name });
  return {
    region,
    item,
    editor: page.getByRole('textbox', { name: 'Manifest', exact: true }),
    apply: region('Manifest').getByRole('button', { name: 'Apply' }),
    problems: page.getByRole('list', { name: 'Problems' }).getByRole('listitem'),
    notes: page.getByRole('list', { name: 'Notes' }).getByRole('listitem'),
    tree: page.getByRole('tree', { name: 'Cluster' }),
    pods: page.getByRole('treeitem', { name: /^Pod / }),
    time: page.getByRole('slider', { name: 'Time' }),
    speed: page.getByRole('combobox', { name: 'Speed' }),
    button: (name) => page.getByRole('button', { name, exact: true }),
    inspector: region('Inspector'),
  };
}

/** The rich editor has replaced the plain text box. */
export async function richEditor(page) {
  await page.waitForFunction(() => performance.getEntriesByType('resource').some(({ name }) => /editor[^/]*\.js/.test(name)));
  await page.waitForFunction(() => {
    const within = (root) => [...root.querySelectorAll('*')].some((node) =>
      node.classList.contains('cm-content') || node.shadowRoot && within(node.shadowRoot));
    return within(document);
  });
}

/** Puts a text into the editor at once, as a paste does. */
export async function write(page, text) {
  const { editor } = parts(page);
  await editor.waitFor();
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}

/** Pastes a text in place of what the rich editor holds: typed at once, thousands of lines take minutes. */
export async function paste(page, text) {
  await parts(page).editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.evaluate((text) => {
    const inside = (root) => root.activeElement?.shadowRoot ? inside(root.activeElement.shadowRoot) : root.activeElement;
    const data = new DataTransfer();
    data.setData('text/plain', text);
    inside(document).dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}

/** Writes a manifest and applies it by keyboard. */
export async function apply(page, text) {
  await write(page, text);
  await page.keyboard.press('ControlOrMeta+Enter');
}

/** The digest that the timeline shows. */
export async function digest(page) {
  const text = await page.getByRole('region', { name: 'Timeline' }).getByText(/^State/).innerText();
  return /[0-9a-f]{16}/.exec(text)[0];
}

/** What the editor holds, exactly. */
export const text = (page) => page.evaluate(() => globalThis.podarium.manifest());

/** Seconds that the slider "Time" says. */
export async function seconds(page) {
  const { time } = parts(page);
  return Number(/t\+([\d.]+) s/.exec(await time.getAttribute('aria-valuetext'))[1]);
}

/** Every name that the Pods' tree items have had, in order, from now until `done` says so. */
export async function watchPods(page, pattern, done, timeout = 60_000) {
  return page.evaluate(({ pattern, done, timeout }) => new Promise((resolve, reject) => {
    const seen = [];
    const look = () => {
      for (const item of document.querySelectorAll('[role=treeitem]')) {
        const name = item.getAttribute('aria-label') ?? '';
        if (new RegExp(pattern).test(name) && seen.at(-1) !== name) seen.push(name);
      }
      if (seen.some((name) => new RegExp(done).test(name))) finish(resolve, seen);
    };
    const watcher = new MutationObserver(look);
    const late = setTimeout(() => finish(reject, new Error(`only saw: ${seen.join(' | ')}`)), timeout);
    const finish = (how, what) => { watcher.disconnect(); clearTimeout(late); how(what); };
    watcher.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    look();
  }), { pattern: pattern.source, done: done.source, timeout });
}
