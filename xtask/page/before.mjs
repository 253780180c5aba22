//! Trunk's pre_build hook: bundles static/boot.css and static/podarium.css, with all that they @import,
//! into target/page/podarium.css, which index.html links.
import { existsSync, mkdirSync } from 'node:fs';
import { ensureModules, root } from './modules.mjs';

ensureModules();
const { build } = await import('esbuild');

const styles = ['static/boot.css', 'static/podarium.css'].filter((file) => existsSync(root + file));
mkdirSync(`${root}target/page`, { recursive: true });
await build({
  stdin: { contents: styles.map((file) => `@import "./${file}";`).join('\n'), loader: 'css', resolveDir: root },
  outfile: `${root}target/page/podarium.css`,
  bundle: true,
  minify: process.env.TRUNK_PROFILE === 'release',
  external: ['*.woff2', '*.svg'], // fetched by the page, from where Trunk copies them
  logLevel: 'warning',
});
