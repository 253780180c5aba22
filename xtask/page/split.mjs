//! Splits the page's wasm in two: what the first picture needs, and the rest, which comes right after it.
//! As Binaryen's wasm-split does it (which npm does not carry): the first part has a stub in place of each
//! function of the rest. A stub calls through a table that the rest fills; whoever calls one before the rest is
//! there waits until it has come. Both parts share memory, tables and globals.
//! Left out: data. All of it stays in the first part: which of it a function reaches, its code does not tell for sure.
import { readFileSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';

/** The table through which the first part calls the rest. */
const REST = 'rest';
/** Is 1 once the rest is there. */
const HERE = 'rest_is_here';
/** The module from which the rest imports everything: the first part's exports. */
const FIRST = 'first';

/** The export that brings the rest in, and returns once it is there. */
const BRING = 'bring_rest';
/** Functions of the rest, by [`mark`], as `cargo xtask first-picture` has recorded them. */
const LATER = new URL('later.txt', import.meta.url);

/** A function's name, without what differs between two compilers, as eight digits. */
export function mark(name) {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name.replace(/\[[0-9a-f]{8,16}\]/g, ''))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

/** What is recorded: functions that came up since stay in the first part. */
export function recorded() {
  const lines = readFileSync(LATER, 'utf8').split('\n');
  return new Set(lines.filter((line) => /^[0-9a-f]{8}$/.test(line)));
}

/** Can it be told again in another build? A function without a name of its own has a number for one, which means another there. */
export const hasName = (name) => !/^\d+$/.test(name);

/** Keeps these marks. */
export function record(marks) {
  const head = '# Functions that the first picture does not need: marks of their names. Written by `cargo xtask first-picture`.\n';
  writeFileSync(LATER, head + [...marks].sort().join('\n') + '\n');
}

/** All functions that a module has of its own, by number. */
export function functions(module) {
  const all = each(module.getNumFunctions(), (i) => binaryen.getFunctionInfo(module.getFunctionByIndex(i)));
  return { imported: all.filter(({ base }) => base), own: all.filter(({ base }) => !base) };
}

/** Splits a module with its functions' names; `isLater(name)` tells where. */
export function split(bytes, isLater) {
  const first = binaryen.readBinary(bytes);
  const rest = binaryen.readBinary(bytes);
  const { imported, own } = functions(first);
  const later = own.filter(({ name }) => isLater(name));
  const slots = new Map(later.map(({ name }, slot) => [name, slot]));
  const others = [...imported, ...own.filter(({ name }) => !slots.has(name))];
  const short = new Map(others.map(({ name }, i) => [name, `f${i.toString(36)}`]));
  makeRest(rest, others, slots, short);
  const needed = functions(rest).imported.map(({ name }) => name);
  makeFirst(first, later, slots, needed.map((name) => [name, short.get(name)]));
  const parts = { first: first.emitBinary(), rest: rest.emitBinary(), shared: needed.length, later: later.length };
  first.dispose();
  rest.dispose();
  return parts;
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

/** Of the first part, a stub in place of each function of the rest. */
function makeFirst(module, later, slots, needed) {
  const bring = binaryen.getExportInfo(module.getExport(BRING)).value;
  module.addTable(REST, slots.size, slots.size);
  module.addGlobal(HERE, binaryen.i32, true, module.i32.const(0));
  for (const { name, params, results } of later) {
    const types = binaryen.expandType(params);
    const given = types.map((type, i) => module.local.get(i, type));
    module.removeFunction(name);
    module.addFunction(name, params, results, [], module.block(null, [
      module.if(module.i32.eqz(module.global.get(HERE, binaryen.i32)), module.call(bring, [], binaryen.none)),
      module.call_indirect(REST, module.i32.const(slots.get(name)), given, params, results),
    ], results));
  }
  module.addTableExport(REST, REST);
  module.addGlobalExport(HERE, HERE);
  for (const [name, short] of needed) module.addFunctionExport(name, short);
  for (const { name } of tables(module)) if (name !== REST) module.addTableExport(name, `table ${name}`);
  for (const { name } of globals(module)) if (name !== HERE) module.addGlobalExport(name, `global ${name}`);
  module.runPasses(['remove-unused-module-elements']);
}

/** Of the rest: its functions alone, all else from the first part. */
function makeRest(module, others, slots, short) {
  for (const { name } of each(module.getNumExports(), (i) => binaryen.getExportInfo(module.getExportByIndex(i)))) module.removeExport(name);
  const known = segments(module);
  for (const { name } of known) module.removeElementSegment(name);
  for (const { name, params, results } of others) {
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
  module.addTable(REST, slots.size, slots.size);
  module.addTableImport(REST, FIRST, REST);
  module.addActiveElementSegment(REST, REST, [...slots.keys()], module.i32.const(0));
  // Where the first part's own table has a stub, it gets the function itself.
  for (const { name, table, at, data } of known) {
    data.forEach((of, i) => {
      if (slots.has(of)) module.addActiveElementSegment(table, `${name} ${i}`, [of], module.i32.const(at + i));
    });
  }
  module.runPasses(['remove-unused-module-elements']);
}
