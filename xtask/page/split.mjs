//! Splits the page's wasm: what the first picture needs, the rest, which comes right after it, and more, which comes
//! when it is asked for. As Binaryen's wasm-split does it (which npm does not carry): the first part has a stub in place
//! of each function of a later one. A stub calls through a table that its part fills; whoever calls one before the part
//! is there waits until it has come. All parts share memory, tables and globals.
//! Left out: data. All of it stays in the first part: which of it a function reaches, its code does not tell for sure.
import { readFileSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';

/** The table through which a later part is called. */
const table = (part) => `part_${part}`;
/** Is 1 once it is there. */
const here = (part) => `part_${part}_is_here`;
/** The module from which later parts import everything: the first part's exports. */
const FIRST = 'first';

/** The export that brings a part in, and returns once it is there. */
const BRING = 'bring_part';
/** What the parts are called, by number. */
export const PARTS = ['first', 'rest', 'more'];
/** Functions of later parts, by [`mark`], as `cargo xtask first-picture` has recorded them. */
const LATER = new URL('later.txt', import.meta.url);

/** A function's name, without what differs between two compilers. */
export const plain = (name) => name.replace(/\[[0-9a-f]{8,16}\]/g, '');

/** As eight digits. */
export function mark(name) {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(plain(name))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

/** What is recorded, a part's number by a function's mark: functions that came up since stay in the first part. */
export function recorded() {
  const lines = readFileSync(LATER, 'utf8').matchAll(/^([0-9a-f]{8}) (\d)$/gm);
  return new Map(Array.from(lines, ([, mark, part]) => [mark, Number(part)]));
}

/** Can it be told again in another build? A function without a name of its own has a number for one, which means another there. */
export const hasName = (name) => !/^\d+$/.test(name);

/** Keeps these parts' numbers by marks. */
export function record(parts) {
  const head = '# Functions that the first picture does not need: marks of their names, and their part. Written by `cargo xtask first-picture`.\n';
  writeFileSync(LATER, head + [...parts].map((one) => one.join(' ')).sort().join('\n') + '\n');
}

/** All functions that a module has of its own, by number. */
export function functions(module) {
  const all = each(module.getNumFunctions(), (i) => binaryen.getFunctionInfo(module.getFunctionByIndex(i)));
  return { imported: all.filter(({ base }) => base), own: all.filter(({ base }) => !base) };
}

/** Splits a module with its functions' names into `count` parts; `partOf(name)` tells where: 0 is the first. */
export function split(bytes, count, partOf) {
  const first = binaryen.readBinary(bytes);
  const { imported, own } = functions(first);
  const parts = each(count, (part) => own.filter(({ name }) => partOf(name) === part));
  const all = [...imported, ...own];
  const short = new Map(all.map(({ name }, i) => [name, `f${i.toString(36)}`]));
  const needed = new Set();
  const later = parts.slice(1).map((mine, i) => {
    const module = binaryen.readBinary(bytes);
    makeLater(module, i + 1, mine, all, short);
    for (const { name } of functions(module).imported) needed.add(name);
    const made = module.emitBinary();
    module.dispose();
    return made;
  });
  makeFirst(first, parts.slice(1), [...needed].map((name) => [name, short.get(name)]));
  const made = first.emitBinary();
  first.dispose();
  return [made, ...later];
}

function each(count, of) {
  return Array.from({ length: count }, (_, i) => of(i));
}

function tables(module) {
  return each(module.getNumTables(), (i) => binaryen.getTableInfo(module.getTableByIndex(i)));
}

function globals(module) {
  return each(module.getNumGlobals(), (i) => binaryen.getGlobalInfo(module.getGlobalByIndex(i)));
}

function segments(module) {
  return each(module.getNumElementSegments(), (i) => {
    const segment = binaryen.getElementSegmentInfo(module.getElementSegmentByIndex(i));
    return { ...segment, at: binaryen.getExpressionInfo(segment.offset).value };
  });
}

/** Of the first part, a stub in place of each function of a later one. */
function makeFirst(module, later, needed) {
  const bring = binaryen.getExportInfo(module.getExport(BRING)).value;
  later.forEach((mine, i) => {
    const part = i + 1;
    module.addTable(table(part), mine.length, mine.length);
    module.addGlobal(here(part), binaryen.i32, true, module.i32.const(0));
    mine.forEach(({ name, params, results }, slot) => {
      const given = binaryen.expandType(params).map((type, at) => module.local.get(at, type));
      module.removeFunction(name);
      module.addFunction(name, params, results, [], module.block(null, [
        module.if(module.i32.eqz(module.global.get(here(part), binaryen.i32)), module.call(bring, [module.i32.const(part)], binaryen.none)),
        module.call_indirect(table(part), module.i32.const(slot), given, params, results),
      ], results));
    });
  });
  for (const [name, short] of needed) module.addFunctionExport(name, short);
  for (const { name } of tables(module)) module.addTableExport(name, /^part_/.test(name) ? name : `table ${name}`);
  for (const { name } of globals(module)) module.addGlobalExport(name, /^part_/.test(name) ? name : `global ${name}`);
  module.runPasses(['remove-unused-module-elements']);
}

/** Of a later part: its functions alone, all else from the first part. */
function makeLater(module, part, mine, all, short) {
  const slots = new Map(mine.map(({ name }, slot) => [name, slot]));
  for (const { name } of each(module.getNumExports(), (i) => binaryen.getExportInfo(module.getExportByIndex(i)))) module.removeExport(name);
  const known = segments(module);
  for (const { name } of known) module.removeElementSegment(name);
  for (const { name, params, results } of all.filter(({ name }) => !slots.has(name))) {
    module.removeFunction(name);
    module.addFunctionImport(name, FIRST, short.get(name), params, results);
  }
  for (const { name, type, mutable } of globals(module)) {
    module.removeGlobal(name);
    module.addGlobalImport(name, FIRST, `global ${name}`, type, mutable);
  }
  for (const { name } of tables(module)) module.addTableImport(name, FIRST, `table ${name}`);
  module.setMemory(0, -1, null, []);
  module.addMemoryImport('0', FIRST, 'memory');
  module.addTable(table(part), slots.size, slots.size);
  module.addTableImport(table(part), FIRST, table(part));
  module.addActiveElementSegment(table(part), table(part), [...slots.keys()], module.i32.const(0));
  // Where the first part's own table has a stub, it gets the function itself.
  for (const { name, table: of, at, data } of known) {
    data.forEach((called, i) => {
      if (slots.has(called)) module.addActiveElementSegment(of, `${name} ${i}`, [called], module.i32.const(at + i));
    });
  }
  module.runPasses(['remove-unused-module-elements']);
}
