//! How a large cluster looks on its canvas: plates of hosts, Nodes as heat with marks or as cards, a mark
//! for each Pod, the tray; in the page's colours and with its icons. What is drawn when is static/painting.js's to say.

/** On the screen, in CSS pixels: nodes from these on have names. */
const NAMES_FROM = 60;
/** A Pods' number stands beside a name that has room for so many letters. */
const COUNTS_FROM = 6;
/** Pods as wide as this have corners that are round, an icon, a name. */
const ROUND_FROM = 14;
const ICONS_FROM = 28;
const POD_NAMES_FROM = 75;
/** Of heat, which is ink in surface. */
const SHADES = 24;
const LIGHTEST = 0.06;
const DARKEST = 0.72;
/** Beside the tray's Pods words have a little more than this part of its width (`tray_cells` in scene/layout.rs). */
const WORDS = 0.165;
/** Flags of a Node. */
const FAILS = 1, WAITS = 2, NOT_READY = 4, CORDONED = 8;
/** Marks of Pods, in the order of scene::State, and what failed for good; and their icons. */
export const STATES = ['wait', 'run', 'ready', 'done', 'fail', 'term', 'unk', 'fail'];
export const ICONS = ['wait', 'run', 'ready', 'done', 'back-off', 'term', 'unknown', 'fail'];
/** The page's colours that it has beside those of states. */
export const TOKENS = ['stage', 'surface', 'host', 'edge', 'ink', 'ink2', 'line'];
const [WAIT, RUN, READY, DONE, BACK_OFF, TERM, UNKNOWN, FAILED] = STATES.keys();

/** Draws what it has, wherever it is told to: `rects`, `names`, `hosts`, `headings`, `tray`, `shares`, `flags`, `pods`. */
export class Looks {
  /** Takes them from what the page says of its style. */
  colours({ tokens, marks, tints, rem, mono, sans, icons }) {
    Object.assign(this, { rem, mono, sans, icons: icons.map((parts) => parts.map(drawn)) });
    this.colour = { ...tokens, marks, tints };
    const part = (hex, at) => parseInt(hex.slice(1 + 2 * at, 3 + 2 * at), 16);
    this.heat = Array.from({ length: SHADES }, (_, shade) => {
      const ink = LIGHTEST + (DARKEST - LIGHTEST) * shade / (SHADES - 1);
      return `rgb(${[0, 1, 2].map((at) => Math.round(part(tokens.ink, at) * ink + part(tokens.surface, at) * (1 - ink))).join(' ')})`;
    });
    // A node of which nothing is requested is to be seen on its plate.
    const far = (hex) => Math.abs(part(hex, 1) - Number(/ (\d+) /.exec(this.heat[0])[1]));
    this.colour.plate = far(tokens.host) > far(tokens.stage) ? tokens.host : tokens.stage;
  }

  /** On the screen, in whole pixels. */
  pixels(rects, i, { scale, x, y }) {
    const [left, top] = [Math.round(rects[i] * scale + x), Math.round(rects[i + 1] * scale + y)];
    return [left, top, Math.max(1, Math.round((rects[i] + rects[i + 2]) * scale + x) - left), Math.max(1, Math.round((rects[i + 1] + rects[i + 3]) * scale + y) - top)];
  }

  font(size, family, weight = 400) {
    return `${weight} ${size * this.rem * this.ratio}px ${family}`;
  }

  /** Plates of hosts with their headings, and the box of the tray. */
  plates(context, at) {
    const { colour, ratio, hosts } = this;
    const size = 12 * this.rem * ratio;
    context.lineWidth = 1.5 * ratio;
    for (let i = 0; i < hosts.length; i += 4) {
      const [x, y, w, h] = this.pixels(hosts, i, at);
      if (x > at.width || y > at.height || x + w < 0 || y + h < 0) continue;
      context.beginPath();
      context.roundRect(...clipped(x, y, w, h, at), 3 * ratio);
      context.fillStyle = colour.plate;
      context.strokeStyle = colour.edge;
      context.fill();
      context.stroke();
      // The heading stays in sight as long as its plate does, if there is room for it.
      const [name, counts] = [this.headings[i / 2], this.headings[i / 2 + 1]];
      const [left, right] = [Math.max(x, 0) + 8 * ratio, Math.min(x + w, at.width) - 8 * ratio];
      const base = y + size * 1.45;
      context.textAlign = 'left';
      context.fillStyle = colour.ink;
      context.font = this.font(12, this.sans, 600);
      const named = context.measureText(name).width;
      if (named > right - left) continue;
      context.fillText(name, left, base);
      context.font = this.font(12, this.sans);
      context.fillStyle = colour.ink2;
      context.textAlign = 'right';
      // Where there is no room for both, Pods go before nodes.
      const fits = [counts, counts.slice(counts.indexOf(', ') + 2)].find((text) => named + context.measureText(text).width + 8 * ratio < right - left);
      if (fits) context.fillText(fits, right, base);
    }
    const [x, y, w, h] = this.pixels(this.tray.rect, 0, at);
    if (x > at.width || y > at.height || x + w < 0 || y + h < 0) return;
    context.strokeStyle = colour.edge;
    context.lineWidth = 1.5 * ratio;
    context.setLineDash([7 * ratio, 5 * ratio]);
    context.beginPath();
    context.roundRect(...clipped(x, y, w, h, at), 8 * ratio);
    context.stroke();
    context.setLineDash([]);
  }

  /** What waits, and its words. */
  drawTray(context, at, pods) {
    const { ratio, colour, tray } = this;
    const [x, y, w, h] = this.pixels(tray.rect, 0, at);
    if (y + h < 0 || y > at.height) return;
    this.drawPods(context, at, pods);
    const size = 12 * this.rem * ratio;
    if (h < 1.6 * size) return;
    // Above its Pods there is one line, beside them there are two in the middle, if there is room for both.
    const [first] = pods[0]?.rects ?? [];
    const above = w < 420 * ratio || first - tray.rect[0] < WORDS * tray.rect[2];
    const [one, two] = [above, h >= 3 * size];
    const line = 1.3 * size;
    const base = one ? y + 1.45 * size : y + (h - (two ? 2 : 1) * line) / 2 + size;
    context.textAlign = 'left';
    context.font = this.font(12, this.sans, 600);
    context.fillStyle = colour.ink;
    const named = context.measureText(tray.texts[0]).width;
    context.fillText(tray.texts[0], x + 10 * ratio, base);
    if (!one && !two) return;
    context.font = this.font(12, this.sans);
    context.fillStyle = colour.ink2;
    if (one) context.fillText(tray.texts[1], x + named + 18 * ratio, base);
    else context.fillText(tray.texts[1], x + 10 * ratio, base + line);
  }

  /** Nodes by shade, so that the colour is seldom another one. */
  sorted() {
    const shares = this.shares[this.shade ?? 0];
    const buckets = Array.from({ length: SHADES }, () => []);
    const odd = { fails: [], waits: [], notReady: [], cordoned: [] };
    this.flags.forEach((flags, number) => {
      if (flags & NOT_READY) odd.notReady.push(number);
      else buckets[Math.round(shares[number] * (SHADES - 1) / 255)].push(number);
      if (flags & FAILS) odd.fails.push(number);
      else if (flags & WAITS) odd.waits.push(number);
      if (flags & CORDONED) odd.cordoned.push(number);
    });
    return { buckets, ...odd };
  }

  drawHeat(context, at) {
    const { colour, ratio, rects } = this;
    const sorted = this.buckets ??= this.sorted();
    const each = (numbers, draw) => numbers.forEach((number) => {
      const [x, y, w, h] = this.pixels(rects, 4 * number, at);
      if (x < at.width && y < at.height && x + w > 0 && y + h > 0) draw(x, y, w, h, this.flags[number]);
    });
    sorted.buckets.forEach((numbers, shade) => {
      context.fillStyle = this.heat[shade];
      each(numbers, (x, y, w, h) => context.fillRect(x, y, w, h));
    });
    context.lineWidth = ratio;
    each(sorted.notReady, (x, y, w, h, flags) => {
      context.fillStyle = colour.surface;
      context.fillRect(x, y, w, h);
      context.strokeStyle = colour.ink2;
      context.setLineDash([2 * ratio, 2 * ratio]);
      context.strokeRect(x + ratio / 2, y + ratio / 2, w - ratio, h - ratio);
      context.setLineDash([]);
      // Above the dash, where there is one.
      cross(context, x + w / 2, y + h * (flags & WAITS && !(flags & FAILS) ? 0.34 : 0.5), Math.min(w, h) * 0.22, 1.2 * ratio);
    });
    context.fillStyle = colour.edge;
    each(sorted.cordoned, (x, y, w, h) => context.fillRect(x, y, w, Math.max(2 * ratio, 0.18 * h)));
    each(sorted.fails, (x, y, w, h) => {
      // The corner is cut off, and its edge is seen on any shade.
      const size = Math.max(5 * ratio, 0.6 * Math.min(w, h));
      context.beginPath();
      context.moveTo(x + w - size - ratio, y);
      context.lineTo(x + w, y);
      context.lineTo(x + w, y + size + ratio);
      context.fillStyle = colour.surface;
      context.fill();
      context.beginPath();
      context.moveTo(x + w - size + ratio, y);
      context.lineTo(x + w, y);
      context.lineTo(x + w, y + size - ratio);
      context.fillStyle = colour.marks[BACK_OFF];
      context.fill();
    });
    each(sorted.waits, (x, y, w, h, flags) => {
      const [across, down] = [Math.max(4 * ratio, 0.62 * w), Math.max(2 * ratio, 0.2 * h)];
      const [left, top] = [Math.round(x + (w - across) / 2), Math.round(y + (h - down) * (flags & NOT_READY ? 0.86 : 0.5))];
      context.fillStyle = colour.surface;
      context.fillRect(left - ratio, top - ratio, across + 2 * ratio, down + 2 * ratio);
      context.fillStyle = colour.marks[WAIT];
      context.fillRect(left, top, across, down);
    });
  }

  /** Cards of these Nodes, with their Pods. */
  drawCards(context, at, numbers) {
    const { rects, flags, colour, ratio } = this;
    const width = rects[2] * at.scale / ratio;
    const radius = Math.min(8, width / 12) * ratio;
    const places = numbers.map((number) => this.pixels(rects, 4 * number, at));
    for (const odd of [0, NOT_READY]) {
      context.beginPath();
      places.forEach(([x, y, w, h], i) => {
        if ((flags[numbers[i]] & NOT_READY) === odd) context.roundRect(x + 0.5, y + 0.5, w - 1, h - 1, radius);
      });
      context.fillStyle = colour.surface;
      context.strokeStyle = odd ? colour.ink2 : colour.edge;
      context.lineWidth = ratio;
      context.setLineDash(odd ? [4 * ratio, 3 * ratio] : []);
      context.fill();
      context.stroke();
    }
    context.setLineDash([]);
    context.strokeStyle = colour.ink2;
    context.fillStyle = colour.edge;
    places.forEach(([x, y, w, h], i) => {
      const flag = flags[numbers[i]];
      // Above its Pods, where a card has its name once it is read.
      if (flag & CORDONED) context.fillRect(x + 0.03 * w, y + 0.03 * h, 0.94 * w, Math.max(2 * ratio, 0.02 * h));
      if (flag & NOT_READY) cross(context, x + w - 0.055 * w - 2 * ratio, y + 0.04 * h + 2 * ratio, Math.max(2 * ratio, 0.025 * w), 1.2 * ratio);
    });
    this.drawPods(context, at, numbers.map((number) => this.pods[number]));
    if (width >= NAMES_FROM) this.drawNames(context, numbers, places, width);
  }

  drawNames(context, numbers, places, width) {
    const { colour, ratio, names, pods } = this;
    const letter = 0.6 * 11 * this.rem;
    context.textAlign = 'center';
    context.fillStyle = colour.ink;
    context.font = this.font(11, this.mono, 600);
    places.forEach(([x, y, w, h], i) => {
      const room = Math.floor((width - 6) / letter);
      const number = pods[numbers[i]].looks.length;
      const count = ` · ${number} Pod${number === 1 ? '' : 's'}`;
      const both = room >= COUNTS_FROM + count.length;
      const name = ending(names[numbers[i]], both ? room - count.length : room);
      context.fillText(both ? name + count : name, x + w / 2, y + h - Math.max(4 * ratio, 0.07 * h));
    });
  }

  /** Pods by look, so that the colour is seldom another one. A look differs by more than its hue: Ready is a double
      line or an outline, what runs is half full, what waits hollow with a dash, what fails full. */
  drawPods(context, at, cards) {
    for (let look = 0; look < STATES.length; look += 1) {
      const [mark, tint] = [this.colour.marks[look], this.colour.tints[look]];
      const found = [];
      for (const { rects, looks, counts, names } of cards) {
        looks.forEach((one, i) => {
          if (one === look) found.push([...this.pixels(rects, 4 * i, at), counts[2 * i], counts[2 * i + 1], names?.[i]]);
        });
      }
      if (found.length === 0) continue;
      const least = found[0][2] / this.ratio;
      if (least < ROUND_FROM) this.pips(context, look, found, mark, tint);
      else this.capsules(context, look, found, mark, tint);
    }
  }

  /** So small that only whole pixels are sharp. */
  pips(context, look, found, mark, tint) {
    const line = Math.max(1, Math.round(this.ratio));
    const full = look === BACK_OFF || look === FAILED;
    context.fillStyle = mark;
    for (const [x, y, w, h] of found) context.fillRect(x, y, w, h);
    if (full) {
      context.fillStyle = this.colour.surface;
      for (const [x, y, w, h] of found) {
        if (look === FAILED) context.fillRect(x + w - Math.ceil(w / 4), y, Math.ceil(w / 4), Math.ceil(h / 3));
      }
      return;
    }
    context.fillStyle = [WAIT, UNKNOWN].includes(look) ? this.colour.surface : tint;
    for (const [x, y, w, h] of found) {
      const half = look === RUN ? Math.round(w / 2) : 0;
      if (w > 2 * line && h > 2 * line) context.fillRect(x + line + half, y + line, w - 2 * line - half, h - 2 * line);
    }
    if (look === RUN || look === READY || look === DONE) return;
    context.fillStyle = mark;
    for (const [x, y, w, h] of found) {
      const [across, down] = look === TERM ? [h / 3, h / 3] : [w / 2, line];
      context.fillRect(Math.round(x + (w - across) / 2), Math.round(y + (h - down) / 2), Math.max(1, Math.round(across)), Math.max(1, Math.round(down)));
    }
  }

  capsules(context, look, found, mark, tint) {
    const { ratio, colour } = this;
    const dashes = { [TERM]: [4, 3], [UNKNOWN]: [3, 3] }[look];
    const shape = (inset) => {
      context.beginPath();
      for (const [x, y, w, h] of found) {
        const radius = look === DONE ? 0 : Math.max(0, Math.min(16 / 190 * w, h / 2) - inset);
        context.roundRect(x + inset, y + inset, w - 2 * inset, h - 2 * inset, radius);
      }
    };
    context.lineWidth = (look === READY ? 2 : 1.5) * ratio;
    context.strokeStyle = mark;
    context.fillStyle = look === BACK_OFF || look === FAILED ? mark : look === WAIT || look === UNKNOWN ? colour.surface : tint;
    if (found[0][2] >= ICONS_FROM * ratio && (look === BACK_OFF || look === FAILED)) context.fillStyle = tint;
    if (dashes) context.setLineDash(dashes.map((length) => length * ratio));
    shape(context.lineWidth / 2);
    context.fill();
    context.stroke();
    context.setLineDash([]);
    if (look === READY && found[0][3] > 12 * ratio) {
      context.lineWidth = 0.75 * ratio;
      shape(3.5 * ratio);
      context.stroke();
    }
    for (const pod of found) this.inside(context, look, pod, mark);
  }

  /** In a Pod: an icon, and how many of its containers are ready; its name where it has room. */
  inside(context, look, [x, y, w, h, ready, all, name], mark) {
    const { ratio, colour, rem } = this;
    const [size, text] = [Math.min(14 * ratio, h - 5 * ratio), 11 * rem * ratio];
    if (w < ICONS_FROM * ratio || size < 6 * ratio) {
      context.fillStyle = mark;
      if (look === RUN) context.fillRect(x + ratio, y + ratio, w / 2, h - 2 * ratio);
      if (look === WAIT) context.fillRect(x + w / 4, y + h / 2 - ratio, w / 2, 2 * ratio);
      if (look === TERM) context.fillRect(x + w / 2 - h / 6, y + h / 3, h / 3, h / 3);
      return;
    }
    const middle = y + h / 2;
    paint(context, this.icons[look], x + 4 * ratio, middle - size / 2, size, mark, colour.surface);
    if (h < text + 2 * ratio) return;
    const count = `${ready}/${all}`;
    const letter = 0.6 * text;
    let room = w - size - 10 * ratio;
    context.font = this.font(11, this.mono);
    context.fillStyle = colour.ink;
    context.textAlign = 'right';
    if (room >= count.length * letter) {
      context.fillText(count, x + w - 5 * ratio, middle + 0.36 * text);
      room -= count.length * letter + 5 * ratio;
    }
    const most = Math.floor(room / letter);
    if (!name || w < POD_NAMES_FROM * ratio || most < 5) return;
    context.textAlign = 'left';
    context.fillText(cut(name, most), x + size + 7 * ratio, middle + 0.36 * text);
  }
}

/** Of a box, what is seen and a little more: edges far outside cost as much as those inside. */
function clipped(x, y, w, h, at) {
  const [left, top] = [Math.max(x, -40), Math.max(y, -40)];
  return [left, top, Math.min(x + w, at.width + 40) - left, Math.min(y + h, at.height + 40) - top];
}

/** `web-6d5f9c7b4-8wz5l` as `web-…-8wz5l`. */
function cut(name, most) {
  if (name.length <= most) return name;
  const end = Math.ceil((most - 1) / 2);
  return `${name.slice(0, most - 1 - end)}…${name.slice(name.length - end)}`;
}

/** `node-463` as `463` where there is no room: the end tells it from the others. */
function ending(name, most) {
  if (name.length <= most) return name;
  const last = name.slice(name.search(/[^-.]*$/));
  return last.length <= most && last.length > 1 ? last : cut(name, most);
}

function cross(context, x, y, size, width) {
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x + size, y - size);
  context.lineTo(x - size, y + size);
  context.stroke();
}

/** A part of an icon, as it is drawn. */
function drawn({ kind, path, arc, box }) {
  const part = new Path2D(path);
  if (arc) part.arc(...arc, 0, 2 * Math.PI);
  if (box) part.roundRect(...box);
  return { path: part, kind };
}

function paint(context, icon, x, y, size, mark, ground) {
  context.save();
  context.translate(x, y);
  context.scale(size / 14, size / 14);
  context.lineWidth = 1.5;
  context.fillStyle = mark;
  for (const { path, kind } of icon) {
    context.strokeStyle = kind === 'cut' ? ground : mark;
    context.setLineDash(kind.includes('dashed') ? [2.2, 2] : []);
    if (kind === 'fill') context.fill(path);
    else context.stroke(path);
  }
  context.restore();
}
