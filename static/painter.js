//! The page's end of a large cluster's canvas: what src/ui/stage/canvas.rs tells goes to a worker that draws it
//! (static/painting.js), so that no drawing keeps the page from answering. A worker knows no style: colours,
//! icons and fonts are read here. Loaded when a cluster is large.
import { STATES, ICONS, TOKENS } from './looks.js';

const script = document.querySelector('script[data-painting]');
const address = new URL(script.dataset.painting, document.baseURI).href;
const policy = globalThis.trustedTypes?.createPolicy('podarium', {
  createScriptURL: (asked) => {
    if (asked !== address) throw new TypeError(`not the painting's address: ${asked}`);
    return asked;
  },
});

export const mount = (canvas) => new Painter(canvas);

class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.worker = new Worker(policy?.createScriptURL(address) ?? address, { type: 'module' });
    const surface = canvas.transferControlToOffscreen();
    this.worker.postMessage(['mount', surface], [surface]);
    this.ends = new AbortController();
    this.themes = new MutationObserver(() => this.restyle());
    this.themes.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'data-presentation'] });
    for (const query of ['(forced-colors: active)', '(prefers-contrast: more)', '(prefers-color-scheme: dark)']) {
      matchMedia(query).addEventListener('change', () => this.restyle(), { signal: this.ends.signal });
    }
    this.worker.postMessage(['style', style(), faces()]);
    this.watchRatio();
  }

  /** A screen with another density: what was seen last is drawn for it. */
  watchRatio() {
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener('change', () => {
      if (this.seen) this.see(...this.seen);
      this.watchRatio();
    }, { signal: this.ends.signal, once: true });
  }

  destroy() {
    this.themes.disconnect();
    this.ends.abort();
    this.worker.terminate();
  }

  restyle() {
    this.worker.postMessage(['style', style(), []]);
  }

  /** Where Nodes stand, four numbers each, and what they are called; hosts, with two texts each; the tray. */
  ground(rects, names, hosts, tray) {
    this.send('ground', rects, names, hosts, tray);
  }

  /** What stands on hosts' plates and in the tray. */
  texts(headings, tray) {
    this.send('texts', headings, tray);
  }

  /** These Nodes are otherwise now: shares of 255, flags; and where the Pods of each end, Pods' places, looks, and
      how many of their containers are ready of how many. */
  nodes(...told) {
    this.send('nodes', ...told);
  }

  /** Names of a Node's Pods, in their order: asked for where they are near enough to be read. */
  podNames(number, names) {
    this.send('podNames', number, names);
  }

  /** From where all is seen; are Nodes drawn by somebody else; what heat means: CPU, memory, Pods. */
  see(...told) {
    this.seen = told;
    this.send('see', ...told, Math.min(devicePixelRatio || 1, 2));
  }

  /** Arrays of numbers are given away, not copied. */
  send(...message) {
    this.worker.postMessage(message, message.filter(ArrayBuffer.isView).map(({ buffer }) => buffer));
  }
}

/** Colours, sizes and icons of the page as it is now. */
function style() {
  const style = getComputedStyle(document.documentElement);
  const forced = matchMedia('(forced-colors: active)').matches;
  const context = document.createElement('canvas').getContext('2d');
  const resolved = (name) => {
    context.fillStyle = style.getPropertyValue(name).trim() || '#000';
    return context.fillStyle;
  };
  const named = (name) => (forced ? resolved(name.endsWith('tint') ? '--surface' : '--ink') : resolved(name));
  return {
    tokens: Object.fromEntries(TOKENS.map((name) => [name, resolved(`--${name}`)])),
    marks: STATES.map((state) => named(`--${state}-mark`)),
    tints: STATES.map((state) => named(`--${state}-tint`)),
    rem: parseFloat(style.fontSize) / 16,
    mono: style.getPropertyValue('--mono'),
    sans: style.getPropertyValue('--sans'),
    icons: ICONS.map((name) => icon(document.getElementById(`i-${name}`))),
  };
}

/** A symbol of the page's sprite as data, so that there is one drawing of it. */
function icon(symbol) {
  return [...symbol?.children ?? []].map((part) => {
    const number = (name) => Number(part.getAttribute(name) ?? 0);
    return {
      kind: part.getAttribute('class'),
      path: part.getAttribute('d') ?? '',
      arc: part.localName === 'circle' ? ['cx', 'cy', 'r'].map(number) : undefined,
      box: part.localName === 'rect' ? ['x', 'y', 'width', 'height', 'rx'].map(number) : undefined,
    };
  });
}

/** The fonts of the page's style sheets. */
function faces() {
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  return rules.filter((rule) => rule instanceof CSSFontFaceRule).map(({ style, parentStyleSheet }) => {
    const value = (name) => style.getPropertyValue(name).trim();
    const from = parentStyleSheet.href ?? document.baseURI;
    const kept = {
      weight: 'font-weight', unicodeRange: 'unicode-range', sizeAdjust: 'size-adjust',
      ascentOverride: 'ascent-override', descentOverride: 'descent-override', lineGapOverride: 'line-gap-override',
    };
    return {
      family: value('font-family').replace(/^(['"])(.*)\1$/, '$2'),
      source: value('src').replace(/url\((['"]?)(.*?)\1\)/g, (_, quote, relative) => `url("${new URL(relative, from)}")`),
      ...Object.fromEntries(Object.entries(kept).map(([key, name]) => [key, value(name)]).filter(([, text]) => text)),
    };
  });
}
