//! The same journals come to the same bytes natively and in the built page's wasm.
//! `cargo test --test same_bytes` has written them before, with what the native build made of them.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { join as joinParts } from "../../static/parts.js";

const dist = process.env.PODARIUM_DIST ?? "dist";
const folder = process.env.PODARIUM_SAME_BYTES ?? "target/tmp/same-bytes";

/** The page's wasm, without a page: its start throws for want of a window, its exports work. */
async function core() {
  const files = readdirSync(dist);
  const wasm = files.find((name) => name.endsWith("_bg.wasm"));
  const later = ["first", "rest", "more"].map((part) => files.find((name) => RegExp(`^${part}-.*\\.wasm$`).test(name))); // of a release
  const fetchPart = (exports, part) => joinParts(exports, part, new WebAssembly.Module(readFileSync(join(dist, later[part]))));
  globalThis.podarium = { fetchPart };
  const glue = await import(pathToFileURL(resolve(dist, wasm.replace("_bg.wasm", ".js"))));
  try {
    glue.initSync({ module: readFileSync(join(dist, wasm)) });
  } catch (error) {
    assert.match(String(error), /window|document|global|unreachable/i, "only the missing page may stop it");
  }
  return glue;
}

test("every scenario and 50 random histories come to the same bytes in wasm", async () => {
  const { replay } = await core();
  const journals = readdirSync(folder).filter((name) => name.endsWith(".journal.json"));
  assert.ok(journals.filter((name) => name.startsWith("random.")).length >= 50);
  assert.ok(journals.some((name) => name.startsWith("scenario.")));
  for (const name of journals) {
    const expected = readFileSync(join(folder, name.replace(".journal.json", ".report.txt")), "utf8");
    assert.equal(replay(readFileSync(join(folder, name), "utf8")), expected, name);
  }
});
