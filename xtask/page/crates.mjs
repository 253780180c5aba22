//! Prints what each crate contributes to a wasm file that still has its functions' names: bytes of code, and the share
//! of Brotli that its code would take, compressed alone and scaled so that all shares add up to the whole file.
//! A generic function counts for the crate that wrote it, not for the one whose type it is made for.
import { brotliCompressSync } from 'node:zlib';
import { readFileSync } from 'node:fs';

const wasm = readFileSync(process.argv[2]);
let at = 8; // after the magic number and the version

function number() { // unsigned LEB128
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = wasm[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return value;
  }
}
const text = () => { const length = number(); return wasm.toString('utf8', at, at += length); };

/** Sections by id: where each begins and ends. The one custom section we want is "name". */
const sections = {};
while (at < wasm.length) {
  const id = wasm[at++];
  const end = number() + at;
  const begin = at;
  const name = id === 0 ? text() : id;
  sections[name] = { begin: id === 0 ? at : begin, end };
  at = end;
}

function imports() { // how many functions come before our own
  let functions = 0;
  at = sections[2]?.begin ?? 0;
  for (let left = at ? number() : 0; left > 0; left -= 1) {
    text(); text();
    const kind = wasm[at++];
    if (kind === 0) { number(); functions += 1; }
    else if (kind === 3) at += 2;
    else { if (kind === 1) at += 1; const limits = wasm[at++]; number(); if (limits & 1) number(); }
  }
  return functions;
}

function names() {
  const found = new Map();
  if (!sections.name) throw new Error('this wasm has no names');
  at = sections.name.begin;
  while (at < sections.name.end) {
    const kind = wasm[at++];
    const end = number() + at;
    if (kind === 1) for (let left = number(); left > 0; left -= 1) { const index = number(); found.set(index, text()); }
    at = end;
  }
  return found;
}

/** The crate of a demangled name: that of the type in `<Type as Trait>::method`, else the first of the path. */
function crateOf(name) {
  let path = name ?? '';
  const whole = path;
  while (/^[<&*(\[]|^(dyn|mut|const) /.test(path)) path = path.replace(/^([<&*(\[]+|dyn |mut |const )/, '');
  const first = /^([A-Za-z_][A-Za-z0-9_]*)(\[[0-9a-f]+\])?::/.exec(path);
  if (first) return first[1];
  // <u32 as core::fmt::Display>::fmt and the like: the trait's crate.
  return /( as |impl )&?([a-z_0-9]+)(\[[0-9a-f]+\])?::/.exec(whole)?.[2] ?? '(no name: compiler, glue)';
}

/** Where in our own code a function stands: `cluster::kubelet`. */
const roomOf = (name) => /podarium(?:\[[0-9a-f]+\])?((?:::[a-z_0-9]+){1,2})(?=::)/.exec(name)?.[1].slice(2) ?? '(crate)';

const code = new Map();
const rooms = new Map();
const add = (crate, bytes) => code.set(crate, [...(code.get(crate) ?? []), bytes]);
const first = imports();
const named = names();
at = sections[10].begin;
const count = number();
for (let index = first; index < first + count; index += 1) {
  const begin = at;
  const end = number() + at;
  const crate = crateOf(named.get(index));
  add(crate, wasm.subarray(begin, end));
  if (crate === 'podarium') {
    const room = roomOf(named.get(index));
    rooms.set(room, (rooms.get(room) ?? 0) + end - begin);
  }
  at = end;
}
if (sections[11]) add('(data: texts, tables)', wasm.subarray(sections[11].begin, sections[11].end));

const rows = [...code].map(([crate, parts]) => {
  const bytes = Buffer.concat(parts);
  return { crate, functions: parts.length, bytes: bytes.length, alone: brotliCompressSync(bytes).length };
}).sort((a, b) => b.bytes - a.bytes);
const withoutNames = Buffer.concat([wasm.subarray(0, sections[10].end), wasm.subarray(sections[11]?.begin ?? wasm.length, sections[11]?.end)]);
const scale = brotliCompressSync(withoutNames).length / rows.reduce((sum, { alone }) => sum + alone, 0);
console.log(`  ${'crate'.padEnd(32)}${'bytes'.padStart(9)} ${'Brotli'.padStart(9)} ${'functions'.padStart(10)}`);
for (const { crate, functions, bytes, alone } of rows) {
  console.log(`  ${crate.padEnd(32)}${String(bytes).padStart(9)} ${String(Math.round(alone * scale)).padStart(9)} ${String(functions).padStart(10)}`);
}
console.log('  rooms of podarium, in bytes of code');
for (const [room, bytes] of [...rooms].sort((a, b) => b[1] - a[1]).filter(([, bytes]) => bytes >= 2000)) {
  console.log(`  ${room.padEnd(32)}${String(bytes).padStart(9)}`);
}
