//! A plain static host on 127.0.0.1, for `cargo xtask serve` and the browser tests. It sends no header
//! that helps the page (no policy, no compression): what works here works on any host.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.wasm': 'application/wasm',
  '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8', '.yaml': 'text/plain; charset=utf-8', '.txt': 'text/plain; charset=utf-8',
};

/** Serves `folder` under `prefix`. Port 0 takes a free one. Resolves to the page's address and a way to stop. */
export function serve(folder, { port = 0, prefix = '/' } = {}) {
  const server = createServer(async (request, response) => {
    const answer = (status, type, body) => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-cache' });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    try {
      const path = decodeURIComponent(new URL(request.url, 'http://host').pathname);
      if (!path.startsWith(prefix)) return answer(404, types['.txt'], 'not found');
      const inside = normalize(`/${path.slice(prefix.length)}`); // no way out of the folder
      const file = join(folder, inside.endsWith('/') ? `${inside}index.html` : inside);
      answer(200, types[extname(file)] ?? 'application/octet-stream', await readFile(file));
    } catch {
      answer(404, types['.txt'], 'not found');
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve({
      url: `http://127.0.0.1:${server.address().port}${prefix}`,
      stop: () => { server.closeAllConnections(); server.close(); },
    }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, port] = process.argv.slice(2);
  try {
    const { url } = await serve(folder, { port: Number(port) });
    console.log(`Podarium is served on ${url.slice(0, -1)} (Ctrl+C ends it).`);
  } catch (error) {
    console.error(error.code === 'EADDRINUSE'
      ? `Port ${port} is taken by another program: end that one, or choose another with --port.` : error.message);
    process.exit(1);
  }
}
