//! The core in wasm (`benches/wasm/core.rs`) under Node.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

let instances = 0;

/** The exports of a fresh instance: memory never shrinks. */
export async function load(folder, wasm) {
  instances += 1;
  const glue = await import(`${pathToFileURL(join(folder, 'bench.js'))}?${instances}`);
  glue.initSync({ module: readFileSync(wasm) });
  return glue;
}

/** Seconds of CPU time of this process. */
export function seconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
