//! The wasm comes in two parts (xtask/page/split.mjs): what the first picture needs, and the rest, which
//! comes right after it. Whoever calls a function of the rest earlier waits until it is here.

/** Joins the rest, compiled, to the exports of a running first part. */
export function join(first, rest) {
  if (!first.rest_is_here || first.rest_is_here.value) return;
  new WebAssembly.Instance(rest, { first });
  first.rest_is_here.value = 1;
}

/** The rest at `address`: compiled once, for all instances that this page starts. */
export class Rest {
  #address;
  #module;
  #coming;

  constructor(address) {
    this.#address = address;
  }

  /** Fetches and compiles it beside everything else. A host that fails is asked again, later and later. */
  async come(pause = 1000) {
    if (this.#module) return this.#module;
    this.#coming ??= WebAssembly.compileStreaming(fetch(this.#address));
    try {
      return this.#module = await this.#coming;
    } catch {
      this.#coming = undefined;
      await new Promise((resolve) => { setTimeout(resolve, pause); });
      return this.come(Math.min(pause * 2, 60_000));
    }
  }

  /** The same at once: the page stands still for it. */
  now() {
    this.#module ??= new WebAssembly.Module(read(this.#address));
    return this.#module;
  }
}

/** Waits for a file. Only text can be waited for: each of its characters is a byte. */
function read(address) {
  const request = new XMLHttpRequest();
  request.open('GET', address, false);
  request.overrideMimeType('text/plain; charset=x-user-defined');
  request.send();
  if (request.status !== 200) throw new Error(`${address}: ${request.status} ${request.statusText}`);
  return Uint8Array.from(request.responseText, (character) => character.charCodeAt(0) & 0xff);
}
