//! Starts the wasm, and stands by outside of it. A panic in the simulation ends the whole wasm instance,
//! the page's app included: this script then says so, and starts a fresh instance that replays the stored
//! inputs. `globalThis.podarium` is how the two sides talk:
//!   panicked(message, eventNumber)  the panic hook reports, before the instance traps
//!   recovery                        for a fresh instance: { mode: 'restore' | 'without-last-input', beforeEvent }
//!                                   (beforeEvent is null if nobody knows the event), else undefined
//!   loadEditor()                    imports the editor's module, after first paint
//!   loadLesson(id)                  the index of lessons, and the files of one
//!   loadPainter()                   imports what draws a large cluster, once there is one
//!   fetchPart(exports, number)      brings a later part of the wasm in, at once
//!   part(number)                    waits until it has come; the second comes only then
//!   hasPart(number)                 is it here?
//!   storage                         the database: open, read, write
//!   link                            worlds in addresses and files: pack, unpack, place, save
//!   version                         set by the wasm; goes into the report
import { link, save } from './link.js';
import { join, Part } from './parts.js';
import { readStorage, storage } from './storage.js';

const script = document.querySelector('script[data-js]');
const address = (relative) => new URL(relative, document.baseURI).href;

/** By number: 1 is the rest, 2 is what comes when it is asked for. A build for development has none. */
const later = [undefined, ...(script.dataset.parts ?? '').split(' ').filter(Boolean).map((file) => new Part(address(file)))];
const [, rest] = later;

const podarium = globalThis.podarium = {
  panicked: (message, eventNumber = null) => stop(String(message), eventNumber),
  recovery: undefined,
  version: undefined,
  storage,
  loadLesson: async (id) => {
    const get = async (relative) => {
      const answer = await fetch(address(relative));
      if (!answer.ok) throw new Error(`${answer.status}`);
      return answer.json();
    };
    const map = await get(script.dataset.lessons);
    const found = map.flatMap(({ lessons }) => lessons).find((lesson) => lesson.id === id);
    return JSON.stringify({ map, files: found ? await get(found.file) : null });
  },
  link,
  loadPainter: () => import(address(script.dataset.painter)),
  fetchPart: (exports, part) => waitFor(exports, part),
  hasPart: (number) => later.slice(1, number + 1).every((part) => part.isHere),
  part: async (number) => {
    const never = () => new Promise(() => {}); // start() says so where the rest can't come
    const all = later.slice(1, number + 1).map((part) => part.come()); // each needs those before it
    await Promise.all(all).catch((error) => { if (number === 1) return never(); throw error; });
  },
  loadEditor: async () => {
    const editor = import(address(script.dataset.editor ?? './editor.js'));
    await podarium.part(1); // what checks a manifest is in it
    return editor;
  },
};

/** Counts the wasm instances of this page; the first is 1. */
let instance = 0;
let stopped = false;
/** Removes all listeners that the running instance put outside of #app. */
let listeners = new AbortController();

for (const target of [window, document, document.documentElement, document.body]) {
  const add = target.addEventListener;
  target.addEventListener = (type, listener, options) => {
    const given = typeof options === 'object' && options !== null ? options : { capture: Boolean(options) };
    const signals = [listeners.signal, given.signal].filter(Boolean);
    add.call(target, type, listener, { ...given, signal: AbortSignal.any?.(signals) ?? signals[0] });
  };
}

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

/** The theme chosen earlier, else the system's, and how large all is: set before the first paint, and as the system changes. */
function setTheme() {
  let chosen;
  try {
    chosen = localStorage.getItem('podarium.theme')?.replaceAll('"', '');
    document.documentElement.toggleAttribute('data-presentation', localStorage.getItem('podarium.presentation') === 'true');
  } catch { /* storage is blocked */ }
  document.documentElement.dataset.theme = ['light', 'dark'].includes(chosen) ? chosen : systemIsDark.matches ? 'dark' : 'light';
}

async function start() {
  instance += 1;
  stopped = false;
  let runs = false;
  try {
    // What was done before is done again at once, and a lesson or a link is opened at once. A host that fails is waited for
    // afterwards.
    const before = wasHere();
    const parts = /[?&]lesson=|#v\d/.test(location.href) ? later.slice(1) : before ? later.slice(1, 2) : [];
    const come = Promise.all(parts.map((part) => part.come())).catch(() => {});
    await Promise.race([come, new Promise((resolve) => { setTimeout(resolve, 3000); })]);
    const glue = await import(address(script.dataset.js) + (instance > 1 ? `?instance=${instance}` : ''));
    const first = await glue.default({ module_or_path: address(script.dataset.wasm) });
    runs = true;
    await picture();
    if (rest) join(first, 1, await rest.come());
  } catch (error) {
    if (isTrap(error)) stop(String(error), null);
    else if (!stopped && runs) giveUp(error);
    else if (!stopped) cannotStart(error);
  }
}

/** The wasm stands still meanwhile, and can't go on without it. */
function waitFor(exports, part) {
  try {
    join(exports, part, later[part].now());
  } catch (error) {
    if (!stopped) giveUp(error);
    throw error;
  }
}

/** What never came is needed: whatever runs by now can't go on, and starting it again would come to the same. */
function giveUp(error) {
  stopped = true;
  halt();
  cannotStart(error);
}

/** An app without the dead one's content and listeners: what is left of that draws into nothing. */
function emptyApp() {
  const app = document.getElementById('app');
  app.replaceWith(app.cloneNode(false));
}

/** Was this page here before, in this browser? From the second visit on. */
function wasHere() {
  try {
    const before = localStorage.getItem('podarium.visited');
    localStorage.setItem('podarium.visited', 'true');
    return before !== null;
  } catch {
    return false; // storage is blocked: nothing was kept
  }
}

/** Waits until the browser has shown what was drawn; not for ever, where it shows nothing. */
function picture() {
  return new Promise((resolve) => {
    const shown = () => setTimeout(resolve);
    if (document.hidden) shown();
    else requestAnimationFrame(() => requestAnimationFrame(shown));
  });
}

/** Says so in the app's place: whatever still comes of an instance that waited for the storage has none to draw into. */
function cannotStart(error) {
  console.error(error);
  const note = element('section', element('h1', 'Podarium could not start'), element('p', typeof WebAssembly === 'object'
    ? `${error.message ?? error}. What you did before is stored.`
    : 'This browser has no WebAssembly, or a policy switches it off.'), button('Try again', () => location.reload()));
  note.className = 'cannot-start';
  note.setAttribute('role', 'alert');
  document.getElementById('app').replaceWith(note);
}

/** A trap: what is left of the instance must not run on. */
const isTrap = (error) => globalThis.WebAssembly && error instanceof WebAssembly.RuntimeError
  || error instanceof RangeError && /wasm/.test(error.stack ?? '');

/** Takes from the dead instance everything that would call it again. Its last picture stays. */
function halt() {
  listeners.abort();
  listeners = new AbortController();
  watchForTraps();
  followLinks();
  for (let id = setTimeout(() => {}); id > 0; id -= 1) clearTimeout(id);
  for (let id = requestAnimationFrame(() => {}); id > 0; id -= 1) cancelAnimationFrame(id);
}

function stop(message, eventNumber) {
  if (stopped) return; // the trap that follows a panic, or an echo of it
  stopped = true;
  halt();
  const again = (mode) => () => {
    dialog.remove();
    halt();
    emptyApp();
    podarium.recovery = { mode, beforeEvent: eventNumber };
    start();
  };
  const status = element('p');
  status.setAttribute('role', 'status');
  const report = async () => { status.textContent = await saveReport(message, eventNumber); };
  const dialog = element('dialog',
    element('h2', 'The simulation stopped'),
    element('p', 'This is a mistake in Podarium, not in your manifest. Each of your inputs was stored before it was '
      + 'handled: “Restore” goes back to the last moment before the mistake, paused.'),
    element('pre', message),
    element('menu', button('Restore', again('restore')),
      button('Without the last input', again('without-last-input')), button('Save a report', report)),
    status);
  dialog.className = 'stopped';
  dialog.setAttribute('role', 'alertdialog');
  dialog.querySelector('h2').id = 'stopped-title';
  dialog.querySelector('p').id = 'stopped-text';
  dialog.querySelector('pre').tabIndex = 0; // it scrolls
  dialog.setAttribute('aria-labelledby', 'stopped-title');
  dialog.setAttribute('aria-describedby', 'stopped-text');
  dialog.oncancel = (event) => event.preventDefault(); // Escape would leave a dead page
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector('button').focus();
}

function element(name, ...content) {
  const made = document.createElement(name);
  made.append(...content);
  return made;
}

function button(label, action) {
  const made = element('button', label);
  made.type = 'button';
  made.onclick = action;
  return made;
}

/** Offers a file with all that is stored: enough to replay the panic. Returns what happened, in words. */
async function saveReport(message, eventNumber) {
  let stored;
  try { stored = await readStorage(); } catch (error) { stored = `could not be read: ${error}`; }
  const report = { message, eventNumber, version: podarium.version ?? null, instance, browser: navigator.userAgent,
    page: location.href.split('#')[0], stored };
  save('podarium-report.json', JSON.stringify(report, withBytes, 1));
  return 'The report is saved. It holds the manifests that you applied: look through it before you send it.';
}

/** Bytes as Base64, since JSON has none. */
function withBytes(_key, value) {
  if (value instanceof ArrayBuffer) value = new Uint8Array(value);
  if (!(value instanceof Uint8Array)) return value;
  let text = '';
  for (const byte of value) text += String.fromCharCode(byte);
  return { base64: btoa(text) };
}

function watchForTraps() {
  window.addEventListener('error', ({ error }) => { if (isTrap(error)) stop(String(error), null); });
  window.addEventListener('unhandledrejection', ({ reason }) => { if (isTrap(reason)) stop(String(reason), null); });
}

/** Whoever pastes a link into the address bar, or goes back from one, is to see what it says. */
function followLinks() {
  window.addEventListener('hashchange', ({ oldURL, newURL }) => {
    if ([oldURL, newURL].some((url) => /#v\d/.test(url))) location.reload();
  });
}

setTheme();
systemIsDark.addEventListener('change', setTheme);
watchForTraps();
followLinks();
start();
