//! The CPU time that Deployments cost in wasm as they come up (`benches/common/deployments.rs` says what is measured),
//! beside the native figures that `cargo xtask bench` took before: optimised for speed, as the native ones are, and for
//! size, as the page's wasm is. Median of five runs, each in an instance of its own. How fast it is, is measured and
//! never asserted; that the same happened as natively is.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { SMALL, wasmOpt } from '../../xtask/page/wasm_opt.mjs';
import { load, seconds } from './core.mjs';

const RUNS = 5;
const PODS_EACH = 10;

async function run(folder, wasm, nodes) {
  const { Deployments } = await load(folder, wasm);
  const bench = Deployments.prepare(nodes);
  const before = seconds();
  bench.come();
  const micros = ((seconds() - before) * 1e6) / (nodes * PODS_EACH);
  return { micros, sum: bench.sum().toString(16).padStart(8, '0') };
}

const lines = process.env.PODARIUM_NATIVE_RATES.matchAll(
  /^deployments, (\d+) nodes and \d+ Pods: ([\d.]+) microseconds .* \(sum: (\w+)\)$/gm,
);
const natively = [...lines].map(([, nodes, micros, sum]) => ({ nodes: Number(nodes), micros: Number(micros), sum }));
assert.ok(natively.length >= 2, 'the native lines were read');

const [quick, small] = [process.env.PODARIUM_QUICK_WASM, process.env.PODARIUM_SMALL_WASM];
wasmOpt(...SMALL, join(small, 'bench_bg.wasm'), '-o', join(small, 'small.wasm'));
for (const [how, folder, file] of [['quick', quick, 'bench_bg.wasm'], ['small, as the page', small, 'small.wasm']]) {
  let first;
  for (const { nodes, micros, sum } of natively) {
    const runs = [];
    for (let time = 0; time < RUNS; time += 1) runs.push(await run(folder, join(folder, file), nodes));
    for (const found of runs) assert.equal(found.sum, sum, `${nodes} nodes: the same happened as natively`);
    const median = runs.map((found) => found.micros).sort((a, b) => a - b)[Math.floor(RUNS / 2)];
    first ??= median;
    console.log(`deployments, ${nodes} nodes and ${nodes * PODS_EACH} Pods: ${median.toFixed(1)} microseconds a Pod in wasm (${how}), `
      + `${(median / micros).toFixed(2)} times native, ${(median / first).toFixed(2)} times the first`);
  }
}
