//! Pods a second of CPU time in wasm, beside the native figures that `cargo xtask bench` took before:
//! optimised for speed (as the native ones are), and for size, as the page's wasm is. Each workload has
//! run once on a few nodes before, so that V8 has compiled it. How fast it is, is measured and never
//! asserted; that each Pod went where it went natively is.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { SMALL, wasmOpt } from '../../xtask/page/wasm_opt.mjs';
import { load, seconds } from './core.mjs';

const WARM_UP = 500;

function measure(Bench, workload, size) {
  const run = (size) => {
    const bench = Bench.prepare(workload, size);
    const before = seconds();
    const placed = bench.run();
    const rate = size / (seconds() - before);
    bench.free();
    return { rate, placed: placed.toString(16).padStart(8, '0') };
  };
  run(WARM_UP);
  return run(size);
}

const lines = process.env.PODARIUM_NATIVE_RATES.matchAll(
  /^scheduler, (.+), (\d+) nodes .*: (\d+) Pods a CPU second natively \(placed: (\w+)\)$/gm,
);
const natively = [...lines].map(([, name, size, rate, placed]) => ({ name, size: Number(size), rate: Number(rate), placed }));
assert.ok(natively.length >= 5, 'the native lines were read');
const names = [...new Set(natively.map(({ name }) => name))];

const [quick, small] = [process.env.PODARIUM_QUICK_WASM, process.env.PODARIUM_SMALL_WASM];
wasmOpt(...SMALL, join(small, 'bench_bg.wasm'), '-o', join(small, 'small.wasm'));
for (const [how, folder, file] of [['quick', quick, 'bench_bg.wasm'], ['small, as the page', small, 'small.wasm']]) {
  for (const { name, size, rate, placed } of natively) {
    const { Bench } = await load(folder, join(folder, file));
    const found = measure(Bench, names.indexOf(name), size);
    assert.equal(found.placed, placed, `${name}: all Pods went where they went natively`);
    const share = Math.round((found.rate / rate) * 100);
    console.log(`scheduler, ${name}, ${size} nodes and ${size} Pods: ${found.rate.toFixed(0)} Pods a CPU second in wasm (${how}), ${share} % of native`);
  }
}
