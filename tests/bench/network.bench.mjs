//! The CPU time that a request through a Service costs in wasm (`benches/common/traffic.rs` says what is measured),
//! beside the native figures that `cargo xtask bench` took before: optimised for speed, as the native ones are, and
//! for size, as the page's wasm is. Median of five runs, each in an instance of its own. How fast it is, is measured
//! and never asserted; that the same happened as natively is.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { SMALL, wasmOpt } from '../../xtask/page/wasm_opt.mjs';
import { load, seconds } from './core.mjs';

const RUNS = 5;

async function run(folder, wasm, pods) {
  const { Traffic } = await load(folder, wasm);
  const bench = Traffic.prepare(pods);
  const before = seconds();
  const sum = bench.run();
  const micros = ((seconds() - before) * 1e6) / bench.requests();
  return { micros, sum: sum.toString(16).padStart(8, '0') };
}

const lines = process.env.PODARIUM_NATIVE_RATES.matchAll(
  /^network, (\d+) Pods .*: ([\d.]+) microseconds .* \(sum: (\w+)\)$/gm,
);
const natively = [...lines].map(([, pods, micros, sum]) => ({ pods: Number(pods), micros: Number(micros), sum }));
assert.ok(natively.length >= 2, 'the native lines were read');

const [quick, small] = [process.env.PODARIUM_QUICK_WASM, process.env.PODARIUM_SMALL_WASM];
wasmOpt(...SMALL, join(small, 'bench_bg.wasm'), '-o', join(small, 'small.wasm'));
for (const [how, folder, file] of [['quick', quick, 'bench_bg.wasm'], ['small, as the page', small, 'small.wasm']]) {
  let first = 0;
  for (const { pods, micros, sum } of natively) {
    const runs = [];
    for (let time = 0; time < RUNS; time += 1) runs.push(await run(folder, join(folder, file), pods));
    for (const found of runs) assert.equal(found.sum, sum, `${pods} Pods: the same happened as natively`);
    const median = runs.map((found) => found.micros).sort((a, b) => a - b)[Math.floor(RUNS / 2)];
    first ||= median;
    console.log(`network, ${pods} Pods behind 100 Services: ${median.toFixed(3)} microseconds a request in wasm (${how}), `
      + `${(median / micros).toFixed(2)} times native, ${(median / first).toFixed(2)} times the first`);
  }
}
