//! Draws a large cluster in a worker, as static/painter.js tells it: plates of hosts, and on them Nodes as
//! heat with marks, or, from nearer, as cards with a mark for each Pod. What is told is kept in arrays; a frame
//! of a pan or zoom tells nothing anew. Cards are drawn in slices onto a layer that is larger than what is seen,
//! and a frame only copies it; until a layer is there, heat stands in.
import { Looks } from './looks.js';

/** On the screen, in CSS pixels: nodes narrower than this are heat. */
const CARDS_FROM = 24;
/** So long a frame may draw cards, in ms, and so many before it looks at the clock. */
const BUDGET = 8;
const CHUNK = 24;

class Painting extends Looks {
  constructor(canvas) {
    super();
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.rects = new Float32Array(0);
    this.names = [];
    this.hosts = new Float32Array(0);
    this.headings = [];
    this.tray = { rect: [0, 0, 0, 0], texts: ['', ''] };
    this.size = [0, 0];
    this.view = { x: 0, y: 0, scale: 1 };
  }

  /** What of the page's style concerns it, and its fonts, which a worker has to load for itself. */
  style(style, faces) {
    for (const { family, source, ...rest } of faces) self.fonts?.add(new FontFace(family, source, rest));
    const used = [style.sans, style.mono].flatMap((family) => [400, 600].map((weight) => `${weight} 12px ${family}`));
    // A context keeps what a font's name meant when it was told it first: nothing is drawn before they are there.
    Promise.allSettled(used.map((font) => self.fonts?.load(font))).then(() => {
      this.colours(style);
      this.anew();
    });
  }

  /** Where Nodes stand, four numbers each, and what they are called; hosts, with two texts each; the tray. */
  ground(rects, names, hosts, tray) {
    const count = names.length;
    Object.assign(this, { rects, names, hosts });
    this.tray.rect = tray;
    this.shares = [0, 1, 2].map(() => new Uint8Array(count));
    this.flags = new Uint8Array(count);
    // The last is the tray.
    this.pods = Array.from({ length: count + 1 }, () => ({ rects: new Float32Array(0), looks: new Uint8Array(0), counts: new Uint8Array(0) }));
    this.anew();
  }

  /** What stands on hosts' plates and in the tray. */
  texts(headings, tray) {
    this.headings = headings;
    this.tray.texts = tray;
    this.ask();
  }

  /** These Nodes are otherwise now: shares of 255, flags; and where the Pods of each end, Pods' places, looks, and
      how many of their containers are ready of how many. */
  nodes(numbers, shares, flags, ends, rects, looks, counts) {
    let from = 0;
    numbers.forEach((number, at) => {
      const end = ends[at];
      if (number < this.flags.length) {
        this.shares.forEach((share, kind) => { share[number] = shares[3 * at + kind]; });
        this.flags[number] = flags[at];
      }
      this.pods[number] = { rects: rects.subarray(4 * from, 4 * end), looks: looks.subarray(from, end), counts: counts.subarray(2 * from, 2 * end) };
      this.stale.add(number);
      from = end;
    });
    this.buckets = undefined;
    this.ask();
  }

  /** Names of a Node's Pods, in their order: asked for where they are near enough to be read. */
  podNames(number, names) {
    this.pods[number].names = names;
    this.stale.add(number);
    this.ask();
  }

  /** From where all is seen; are Nodes drawn by somebody else; what heat means: CPU, memory, Pods. */
  see(x, y, scale, width, height, near, shade, ratio) {
    this.view = { x, y, scale };
    this.near = near;
    if (shade !== this.shade) [this.shade, this.buckets] = [shade, undefined];
    if (this.size[0] !== width || this.size[1] !== height || this.ratio !== ratio) {
      [this.size, this.ratio] = [[width, height], ratio];
      this.anew();
    }
    this.ask();
  }

  /** Nothing that was drawn holds. */
  anew() {
    [this.layer, this.job, this.buckets] = [undefined, undefined, undefined];
    this.stale = new Set();
    this.ask();
  }

  ask() {
    this.asked ??= requestAnimationFrame(() => {
      this.asked = undefined;
      this.draw();
    });
  }

  /** One frame. */
  draw() {
    const { context, view, ratio, canvas } = this;
    if (!this.size[0] || !this.colour) return;
    // Another size empties it: only where it is drawn at once.
    const [width, height] = this.size.map((length) => Math.round(length * ratio));
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    const scale = view.scale * ratio;
    const at = { scale, x: -view.x * scale, y: -view.y * scale, width: canvas.width, height: canvas.height };
    this.plates(context, at);
    if (this.near) {
      this.drawTray(context, at, []);
      return;
    }
    const cards = this.rects[2] * view.scale >= CARDS_FROM;
    if (!cards) {
      // The layer that is there lacks what the job would have brought.
      if (this.job) this.layer = undefined;
      this.job = undefined;
      this.drawHeat(context, at);
    } else {
      this.work(at);
      const { layer } = this;
      const covers = layer && this.covers(layer, at);
      if (!covers) this.drawHeat(context, at);
      if (layer) this.copy(context, layer, at);
    }
    this.drawTray(context, at, [this.pods.at(-1)]);
  }

  copy(context, layer, at) {
    const grown = at.scale / layer.scale;
    const [x, y] = [at.x - layer.x * grown, at.y - layer.y * grown];
    // It is sharp again as soon as it stands; smoothing each frame would take most of it.
    context.imageSmoothingEnabled = false;
    if (grown === 1) context.drawImage(layer.canvas, Math.round(x), Math.round(y));
    else context.drawImage(layer.canvas, x, y, layer.width * grown, layer.height * grown);
  }

  /** Is all that is seen of the Nodes on this layer? */
  covers(layer, at) {
    const grown = at.scale / layer.scale;
    const [left, top] = [at.x - layer.x * grown, at.y - layer.y * grown];
    const [[x0, y0], [x1, y1]] = [this.corner(0, at), this.corner(1, at)];
    return left <= Math.max(0, x0) && top <= Math.max(0, y0)
      && left + layer.width * grown >= Math.min(at.width, x1) - 1 && top + layer.height * grown >= Math.min(at.height, y1) - 1;
  }

  /** On the screen, a corner of the box about all Nodes: the first or the last. */
  corner(which, at) {
    if (this.box?.of !== this.rects) {
      const box = [Infinity, Infinity, -Infinity, -Infinity];
      for (let i = 0; i < this.rects.length; i += 4) {
        const [x, y, w, h] = this.rects.subarray(i, i + 4);
        box[0] = Math.min(box[0], x); box[1] = Math.min(box[1], y);
        box[2] = Math.max(box[2], x + w); box[3] = Math.max(box[3], y + h);
      }
      this.box = { of: this.rects, box };
    }
    const { box } = this.box;
    return [box[2 * which] * at.scale + at.x, box[2 * which + 1] * at.scale + at.y];
  }

  /** A slice of what is to be drawn: a new layer where the one that is there isn't what is seen, else what changed. */
  work(at) {
    const until = performance.now() + BUDGET;
    const { layer } = this;
    const good = layer && layer.scale === at.scale && this.covers(layer, at) && this.stale.size < 200;
    if (!good && !this.job) this.job = this.begin(at);
    if (this.job) {
      const { job } = this;
      // What is told while it is drawn is drawn again, be it already drawn.
      for (const number of this.stale) job.later.add(number);
      while (job.at < job.list.length && performance.now() < until) {
        this.drawCards(job.context, job, job.list.slice(job.at, job.at += CHUNK));
      }
      if (job.at >= job.list.length) {
        this.spare = this.layer?.canvas;
        [this.layer, this.job] = [job, undefined];
        this.stale = job.later;
      }
      this.ask();
    } else if (this.stale.size > 0) {
      for (const number of this.stale) {
        if (performance.now() >= until) break;
        this.stale.delete(number);
        if (number >= this.names.length || !layer.holds.has(number)) continue;
        this.drawCards(layer.context, layer, [number]);
      }
      if (this.stale.size > 0) this.ask();
    }
  }

  /** A layer that is a little larger than what is seen. */
  begin(at) {
    const margin = [0.25 * at.width, 0.25 * at.height].map(Math.round);
    const [width, height] = [at.width + 2 * margin[0], at.height + 2 * margin[1]];
    const canvas = this.spare ?? new OffscreenCanvas(width, height);
    this.spare = undefined;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext('2d');
    context.clearRect(0, 0, width, height);
    const layer = { canvas, context, width, height, scale: at.scale, x: Math.round(at.x) + margin[0], y: Math.round(at.y) + margin[1], at: 0, later: new Set() };
    layer.list = this.seen(layer);
    layer.holds = new Set(layer.list);
    this.stale.clear();
    return layer;
  }

  /** Numbers of the Nodes of which anything is seen. */
  seen({ scale, x, y, width, height }) {
    const { rects } = this;
    const found = [];
    for (let i = 0, number = 0; i < rects.length; i += 4, number += 1) {
      const [left, top] = [rects[i] * scale + x, rects[i + 1] * scale + y];
      if (left < width && top < height && left + rects[i + 2] * scale > 0 && top + rects[i + 3] * scale > 0) found.push(number);
    }
    return found;
  }
}

let painting;
self.onmessage = ({ data: [call, ...told] }) => {
  if (call === 'mount') painting = new Painting(...told);
  else painting[call](...told);
};
