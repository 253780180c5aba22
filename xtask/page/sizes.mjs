//! Prints a line per file of a folder: name without hash (of which Trunk leaves out zeros in front), `first` or `later`
//! (is it part of a first visit?), bytes, bytes of Brotli at its best. What does not shrink (fonts) counts as it is.
import { brotliCompressSync, constants } from 'node:zlib';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const name = path.slice(folder.length + 1).replaceAll('\\', '/').replace(/-[0-9a-f]{12,16}(?=[._])/, '');
  const bytes = readFileSync(path);
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  const first = /\.(html|js|wasm|css|svg|woff2)$/.test(name) && !/^(editor|more|painter|painting)|-latin\./.test(name);
  console.log([name, first ? 'first' : 'later', bytes.length, Math.min(bytes.length, brotli.length)].join('\t'));
}
