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

  /**
   * Fetches and compiles it beside everything else. A host that fails is asked again, later and later; one that does
   * not have it won't ever: that is an error.
   */
  come() {
    return this.#coming ??= this.#bring(1000);
  }

  async #bring(pause) {
    while (!this.#module) {
      const answer = await fetch(this.#address).catch(() => undefined); // no network
      if (answer?.ok) this.#module ??= await WebAssembly.compile(await answer.arrayBuffer());
      else if (answer && answer.status < 500) throw missing(this.#address, answer);
      else await new Promise((resolve) => { setTimeout(resolve, pause); });
      pause = Math.min(pause * 2, 60_000);
    }
    return this.#module;
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
  if (request.status !== 200) throw missing(address, request);
  return Uint8Array.from(request.responseText, (character) => character.charCodeAt(0) & 0xff);
}

const missing = (address, { status, statusText }) => new Error(`A part of the page is missing (${status} ${statusText}): ${address}`);
