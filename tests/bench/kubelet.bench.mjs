//! The CPU time that Pods with probes cost in wasm (`benches/common/probed.rs` says what is measured),
//! beside the native figures that `cargo xtask bench` took before: optimised for speed, as the native ones
//! are, and for size, as the page's wasm is. Median of five runs, of one where built for size, each in an instance
//! of its own. How fast it is, is measured and never asserted; that the same happened as natively is.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { SMALL, wasmOpt } from '../../xtask/page/wasm_opt.mjs';
import { load, seconds } from './core.mjs';

const RUNS = 5;
const VIRTUAL_SECONDS = 60;
const PODS_A_NODE = 10;

async function run(folder, wasm, nodes) {
  const { Probed } = await load(folder, wasm);
  const bench = Probed.prepare(nodes);
  bench.come(nodes);
  const before = seconds();
  const sum = bench.run();
  const micros = ((seconds() - before) * 1e6) / (nodes * PODS_A_NODE) / VIRTUAL_SECONDS;
  return { micros, sum: sum.toString(16).padStart(8, '0') };
}

const lines = process.env.PODARIUM_NATIVE_RATES.matchAll(
  /^kubelet, (\d+) nodes .*: ([\d.]+) microseconds .* \(sum: (\w+)\)$/gm,
);
const natively = [...lines].map(([, nodes, micros, sum]) => ({ nodes: Number(nodes), micros: Number(micros), sum }));
assert.ok(natively.length >= 2, 'the native lines were read');

const [quick, small] = [process.env.PODARIUM_QUICK_WASM, process.env.PODARIUM_SMALL_WASM];
wasmOpt(...SMALL, join(small, 'bench_bg.wasm'), '-o', join(small, 'small.wasm'));
for (const [how, folder, file, times] of [['quick', quick, 'bench_bg.wasm', RUNS], ['small, as the page', small, 'small.wasm', 1]]) {
  for (const { nodes, micros, sum } of natively) {
    const runs = [];
    for (let time = 0; time < times; time += 1) runs.push(await run(folder, join(folder, file), nodes));
    for (const found of runs) assert.equal(found.sum, sum, `${nodes} nodes: the same happened as natively`);
    const median = runs.map((found) => found.micros).sort((a, b) => a - b)[Math.floor(times / 2)];
    console.log(`kubelet, ${nodes} nodes and ${nodes * PODS_A_NODE} Pods with probes: ${median.toFixed(3)} microseconds a Pod and `
      + `virtual second in wasm (${how}), ${(median / micros).toFixed(2)} times native`);
  }
}
