//! The transactions of the page's database; what is in it is the business of src/ui/storage. Outside
//! the wasm, since there each of them would be a state machine of several kilobytes.

/** A lesson has a world of its own: the playground is as it was. */
const NAME = new URLSearchParams(location.search).get('lesson') ? 'podarium-lesson' : 'podarium';
/** What comes with a link is kept apart: the own cluster stays as it is. Here, and for as long as the tab is open. */
const APART = 'podarium.link';
/** Under which this tab remembers whose link is in its address: a database's name and the link. */
const SLOT = 'podarium.slot';
/** What the journal begins with, the present moment, the editor's text, the terminal's notes; records by number; texts by hash. */
const STORES = ['meta', 'journal', 'texts'];

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

let database;
/** Its name; the link in the address, if there is one; and the one that is known to belong to what is stored. */
let [name, link, claimed] = [NAME];
/** Is this page the one that may write? Asked once: the instance after a panic still holds the lock. */
let writer;

/** One writer per journal: a Web Lock, held for as long as the page lives. A browser without locks has one page. */
function becomeWriter() {
  writer ??= new Promise((tell) => {
    if (!navigator.locks) return tell(true);
    // The lock is held until the promise that is returned is settled: for ever.
    const hold = (lock) => { tell(lock !== null); return new Promise(() => {}); };
    return navigator.locks.request(name, { ifAvailable: true }, hold).catch(() => tell(true));
  });
  return writer;
}

/** How long the database may take to open, in ms; some browsers never answer. */
const PATIENCE = 5000;

/**
 * Opens the database, or makes it. A link in the address is of another world, unless this tab made it, or went on from
 * it. Resolves to [may this page write, is it apart, is anything stored for it].
 */
async function open(given) {
  link = given;
  const slot = remembered();
  name = link && slot !== `${NAME} ${link}` ? APART : NAME;
  const isKnown = !link || slot === `${name} ${link}`;
  if (isKnown) claimed = link;
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => STORES.forEach((store) => request.result.createObjectStore(store));
  const tooLate = new Promise((_, reject) => { setTimeout(() => reject('its database does not open'), PATIENCE); });
  database = await Promise.race([done(request), tooLate]);
  return [await becomeWriter(), name === APART, isKnown];
}

function remembered() {
  try { return sessionStorage.getItem(SLOT); } catch { return null; /* storage is blocked */ }
}

/** From now on the link in the address is the one of what is stored, and a reload comes back to that. */
function claim() {
  if (link === claimed) return [];
  claimed = link;
  try { sessionStorage.setItem(SLOT, `${name} ${link}`); } catch { /* storage is blocked */ }
  return ['meta', 'link', link];
}

/** The address has this link of what is shown. Of what isn't stored yet it is claimed when that is. */
export async function linked(fragment) {
  const isStored = name === NAME || claimed;
  link = fragment;
  if (isStored && database && await writer) await write([]).catch(() => {});
}

/**
 * What is stored: [start, present, draft, records, texts' hashes, texts, how many records are lost, notes]. Records
 * behind one that is missing, as a full disk may leave it, belong to another history: they are lost, too.
 */
async function read() {
  const transaction = database.transaction(STORES);
  const [meta, journal, texts] = STORES.map((store) => transaction.objectStore(store));
  const found = await Promise.all([...['start', 'present', 'draft'].map((key) => meta.get(key)),
    journal.getAll(), texts.getAllKeys(), texts.getAll(), journal.getAllKeys(), meta.get('notes'), meta.get('link')].map(done));
  // Another tab may have put another link's world here since.
  if (found.pop() !== link && name === APART) return undefined;
  const notes = found.pop();
  const numbers = found.pop();
  const hole = numbers.findIndex((number, at) => number !== at);
  if (hole < 0) return [...found, 0, notes];
  const lost = numbers.slice(hole);
  await write([...lost.flatMap((number) => ['journal', number, undefined]), 'meta', 'present', undefined]);
  const [start, , draft, records, ...rest] = found;
  return [start, undefined, draft, records.slice(0, hole), ...rest, lost.length, notes];
}

/** What could not be written yet: it is written before anything later is. */
let unwritten = [];
/** The write under way: one after another. */
let writing = Promise.resolve();

/** Writes all or nothing of store, key, value; store, key, value; … No value deletes, and no key clears. */
function write(changes) {
  writing = writing.catch(() => {}).then(async () => {
    unwritten = latest([...unwritten, ...changes, ...claim()]);
    await transact(unwritten);
    unwritten = [];
  });
  return writing;
}

/** Of several changes of one key, the last. */
function latest(changes) {
  const kept = new Map();
  for (let at = 0; at < changes.length; at += 3) {
    const change = changes.slice(at, at + 3);
    const key = JSON.stringify(change.slice(0, 2));
    kept.delete(key);
    kept.set(key, change);
  }
  return [...kept.values()].flat();
}

function transact(changes) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORES, 'readwrite');
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    for (let at = 0; at < changes.length; at += 3) {
      const [name, key, value] = changes.slice(at, at + 3);
      const store = transaction.objectStore(name);
      if (key === undefined) store.clear();
      else if (value === undefined) store.delete(key);
      else store.put(value, key);
    }
    transaction.commit?.();
  });
}

/** For the wasm, which is told in words what is wrong. */
const inWords = (deed) => async (...given) => {
  try { return await deed(...given); } catch (error) { throw String(error); }
};
export const storage = { open: inWords(open), read: inWords(read), write: inWords(write) };

/** For a report: whatever is in the database, a list of [key, value] per store. */
export async function readStorage() {
  const known = await indexedDB.databases?.();
  if (known && !known.some((one) => one.name === name)) return null; // opening it would make it
  const found = await done(indexedDB.open(name));
  const stored = {};
  for (const one of found.objectStoreNames) {
    const store = found.transaction(one).objectStore(one);
    const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
    stored[one] = keys.map((key, index) => [key, values[index]]);
  }
  found.close();
  return stored;
}
