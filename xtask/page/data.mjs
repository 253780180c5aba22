//! Which constants of the page's wasm the first part can reach, and which therefore come with the rest: a constant is
//! reached if its address, or one near it, stands in the first part's code, or in data that is reached.
//! The linker's map (build.rs asks for it) tells where each one begins and ends.

/** Compilers count from a little before or behind a table. */
const NEAR = 8;
/** Shorter gaps are filled: a segment of its own costs as much. */
const GAP = 12;
/** A line of the map: address, offset, size, where from. */
const LINE = /^ *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +\S+:\((\.rodata[^)]*)\)$/gm;

export class Data {
  constructor(module, map) {
    this.constants = [...map.matchAll(LINE)].map(([, at, size]) => ({ at: parseInt(at, 16), end: parseInt(at, 16) + parseInt(size, 16) }));
    if (!this.constants.length) throw new Error('no constant stands in the map of the linker');
    const segments = Array.from({ length: module.getNumDataSegments() }, (_, i) => module.getDataSegmentInfo(module.getDataSegmentByIndex(i)));
    this.low = Math.min(...segments.map(({ offset }) => offset));
    this.high = Math.max(...segments.map(({ offset, data }) => offset + data.byteLength));
    this.bytes = new Uint8Array(this.high - this.low);
    for (const { offset, data } of segments) this.bytes.set(new Uint8Array(data), offset - this.low);
    const { initial, max } = module.getMemoryInfo('0');
    Object.assign(this, { initial, max });
  }

  /** A flag a byte: is it of a constant that nothing in `text`, the module in words, leads to? */
  unreached(text) {
    const { constants, bytes, low, high } = this;
    const view = new DataView(bytes.buffer);
    const reached = new Set();
    const waiting = [];
    const reach = (address) => {
      if (address < low - NEAR || address > high) return;
      // Sorted by address: the last that begins no later than near behind it, and those before as far as they reach.
      let at = last(constants, address + NEAR);
      for (; at >= 0 && (constants[at].end >= address || constants[at].at > address - 2 * NEAR); at -= 1) {
        if (constants[at].end < address || reached.has(at)) continue;
        reached.add(at);
        waiting.push(at);
      }
    };
    const words = (from, end) => {
      for (let at = Math.ceil(from / 4) * 4; at + 4 <= Math.min(end, high); at += 4) reach(view.getUint32(at - low, true));
    };
    const named = Array.from(text.matchAll(/(?:i32\.const |offset=)(-?\d+)/g), ([, number]) => Number(number));
    if (!this.#fits(named)) return new Uint8Array(bytes.length);
    named.forEach(reach);
    // Two that are stored side by side are one number.
    for (const [, number] of text.matchAll(/i64\.const (-?\d+)/g)) {
      const both = BigInt.asUintN(64, BigInt(number));
      reach(Number(both & 0xffffffffn));
      reach(Number(both >> 32n));
    }
    // What may be written to stays, and whatever it leads to.
    words(Math.max(low, constants.at(-1).end), high);
    while (waiting.length) {
      const { at, end } = constants[waiting.pop()];
      words(at, end);
    }
    const moved = new Uint8Array(bytes.length);
    constants.forEach(({ at, end }, i) => { if (!reached.has(i)) moved.fill(1, at - low, end - low); });
    return moved;
  }

  /** Is the map of this very wasm? Most addresses in code are where a constant begins. */
  #fits(addresses) {
    const begin = new Set(this.constants.map(({ at }) => at));
    const within = addresses.filter((address) => address >= this.constants[0].at && address < this.constants.at(-1).end);
    const fitting = within.filter((address) => begin.has(address)).length;
    if (fitting > within.length * 0.8) return true;
    console.warn('The map of the linker is of another build: all constants stay in the first part.');
    return false;
  }

  /** Gives a module the bytes that `isIts` says. */
  put(module, isIts, isRest) {
    const { bytes, low } = this;
    const segments = [];
    let from = -1, end = -1;
    const close = () => {
      if (from < 0) return;
      // A gap holds what stands there anyway: constants of the other part.
      segments.push({ offset: module.i32.const(from + low), data: bytes.slice(from, end), passive: false });
    };
    bytes.forEach((byte, at) => {
      if (!byte || !isIts(at)) return;
      if (from >= 0 && at - end > GAP) {
        close();
        from = -1;
      }
      if (from < 0) from = at;
      end = at + 1;
    });
    close();
    module.setMemory(isRest ? 0 : this.initial, isRest ? -1 : this.max ?? -1, null, segments);
  }
}

/** The last of `constants` that begins no later than at `address`. */
function last(constants, address) {
  let low = 0, high = constants.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (constants[middle].at <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
