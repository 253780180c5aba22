//! A world as text, on its way into an address or a file and back; what the text is, is the business of
//! src/history/link.rs. `globalThis.podarium.link` for the wasm.
import { linked } from './storage.js';

/** Compresses a text, and writes it in letters that an address takes. */
async function pack(text) {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  let letters = '';
  for (const byte of new Uint8Array(await new Response(packed).arrayBuffer())) letters += String.fromCharCode(byte);
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The text again, or undefined where it has more than `most` bytes: a short one may unfold to anything. */
async function unpack(body, most) {
  const letters = atob(body.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  const decoder = new TextDecoder();
  let [text, size] = ['', 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > most) return void reader.cancel();
    text += decoder.decode(value, { stream: true });
  }
}

/** Puts a link into the address bar, and into the clipboard: resolves to whether it is there. */
async function place(fragment) {
  history.replaceState(history.state, '', `#${fragment}`);
  linked(fragment);
  try {
    await navigator.clipboard.writeText(location.href);
    return true;
  } catch {
    return false; // refused, or there is none
  }
}

/** Offers a text as a file. */
export const save = (name, text) => offer(name, text, 'application/json');

function offer(name, content, type) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export const link = { pack, unpack, place, save, saveBytes: (name, bytes) => offer(name, bytes, 'application/zip') };
