//! Trunk's post_build hook, on the staged page: adds the loader, the editor and the icons, and in a
//! release optimises the wasm and minifies its JavaScript. Calls no cargo (toolchains: see xtask/src/wasm.rs).
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { build, transform } from 'esbuild';
import { lessons } from './lessons.mjs';
import { root } from './modules.mjs';
import { PARTS, hasName, mark, recorded, split } from './split.mjs';
import { SMALL, wasmOpt } from './wasm_opt.mjs';

const staging = process.env.TRUNK_STAGING_DIR;
const release = process.env.TRUNK_PROFILE === 'release';
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

/** Bundles one module into the page under a name that changes with its content, and returns that name. */
async function bundle(source, name) {
  const { outputFiles: [file] } = await build({
    entryPoints: [root + source], bundle: true, format: 'esm', target: 'es2022', write: false,
    minify: release, legalComments: 'none', logLevel: 'warning',
  });
  const hashed = `${name}-${digest(file.contents)}.js`;
  writeFileSync(`${staging}/${hashed}`, file.contents);
  return hashed;
}

/**
 * Optimises with npm's binaryen (half a minute), and splits; the result is kept for as long as input and options stay the
 * same. Returns the later parts' names.
 */
function optimise(wasm) {
  const folder = `${root}target/page/`;
  const options = [SMALL.join(), ...['split.mjs', 'later.txt'].map((file) => readFileSync(`${root}xtask/page/${file}`))];
  const state = digest(Buffer.concat([readFileSync(wasm), ...options.map((option) => Buffer.from(option))]));
  const files = PARTS.map((part) => `${folder}${part}-${state}.wasm`);
  const named = `${folder}named.wasm`; // `cargo xtask bench` reads the functions' names in it
  if (![...files, named].every((file) => existsSync(file))) {
    for (const old of readdirSync(folder)) {
      if (old.endsWith('.wasm')) rmSync(folder + old);
    }
    wasmOpt(...SMALL, '-g', wasm, '-o', named);
    const later = recorded();
    const parts = split(readFileSync(named), PARTS.length, (name) => hasName(name) && later.get(mark(name)) || 0);
    parts.forEach((part, i) => writeFileSync(files[i], part));
  }
  copyFileSync(files[0], wasm);
  return PARTS.slice(1).map((part, i) => {
    const file = files[i + 1];
    const name = `${part}-${digest(readFileSync(file))}.wasm`;
    copyFileSync(file, `${staging}/${name}`);
    return name;
  });
}

let later = [];
if (release) {
  for (const file of readdirSync(staging)) {
    const path = `${staging}/${file}`;
    if (/^podarium-.*\.wasm$/.test(file)) later = optimise(path);
    if (/^podarium-.*\.js$/.test(file)) {
      writeFileSync(path, (await transform(readFileSync(path, 'utf8'), { minify: true, format: 'esm' })).code);
    }
  }
}
if (existsSync(`${root}static/icons.svg`)) copyFileSync(`${root}static/icons.svg`, `${staging}/icons.svg`);

const boot = await bundle('static/boot.js', 'boot');
const editor = existsSync(`${root}editor/index.js`) && await bundle('editor/index.js', 'editor');
const painter = await bundle('static/painter.js', 'painter');
const painting = await bundle('static/painting.js', 'painting');
const index = lessons(staging, digest);
const html = readFileSync(`${staging}/index.html`, 'utf8')
  .replace('boot.js"', `${boot}" data-painter="./${painter}" data-painting="./${painting}"${later.length ? ` data-parts="${later.map((name) => `./${name}`).join(' ')}"` : ''}${editor ? ` data-editor="./${editor}"` : ''}${index ? ` data-lessons="${index}"` : ''}`);
if (!html.includes(boot)) throw new Error('index.html does not load the loader');
writeFileSync(`${staging}/index.html`, html);
