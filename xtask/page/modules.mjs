//! Keeps node_modules as package-lock.json says: `npm ci` runs only when the lock file changed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository's top folder, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Installs what is missing. Returns whether anything was. */
export function ensureModules() {
  const stamp = `${root}node_modules/.podarium-lock`;
  const wanted = createHash('sha256').update(readFileSync(`${root}package-lock.json`)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return false;
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: root, encoding: 'utf8', shell: process.platform === 'win32',
  });
  if (npm.status !== 0) {
    console.error(npm.error?.message ?? npm.stdout + npm.stderr);
    console.error('npm ci failed: without the npm packages the page cannot be built.');
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
  return true;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensureModules();
