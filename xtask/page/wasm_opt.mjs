//! npm's binaryen, as the page's wasm goes through it.
import { spawnSync } from 'node:child_process';
import { root } from './modules.mjs';

/** Small before quick. A function that is called once is left alone if it is large: inlined, it compresses worse. */
export const SMALL = ['-Oz', '--one-caller-inline-max-function-size=50', '--code-folding', '-Oz'];

export function wasmOpt(...args) {
  const tool = spawnSync(process.execPath, [`${root}node_modules/binaryen/bin/wasm-opt`, ...args], { encoding: 'utf8' });
  if (tool.status !== 0) throw new Error(`wasm-opt failed:\n${tool.stdout}${tool.stderr}`);
}
