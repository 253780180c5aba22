//! The wasm comes in parts (xtask/page/split.mjs): what the first picture needs, the rest, which comes right
//! after it, and more, which comes when it is asked for. Whoever calls a function of a part earlier waits until it is here.

/** Joins a later part, compiled, to the exports of a running first part. */
export function join(first, part, compiled) {
  const here = first[`part_${part}_is_here`];
  if (!here || here.value) return;
  new WebAssembly.Instance(compiled, { first });
  here.value = 1;
}

/** A later part at `address`: compiled once, for all instances that this page starts. */
export class Part {
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
    return this.#coming ??= this.#bring(1000).catch((error) => {
      this.#coming = undefined; // whoever asks again may be luckier
      throw error;
    });
  }

  get isHere() {
    return this.#module !== undefined;
  }

  async #bring(pause) {
    while (!this.#module) {
      const answer = await fetch(this.#address).catch(() => undefined); // no network
      const bytes = answer?.ok && await answer.arrayBuffer().catch(() => undefined); // cut off
      if (bytes) this.#module ??= await WebAssembly.compile(bytes);
      else if (answer && !answer.ok && answer.status < 500 && ![408, 429].includes(answer.status)) throw missing(this.#address, answer);
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
