/** Once before the tests in browsers: pages load what users load, and it must not be older than the source. */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What `npm run build` leaves for browsers; the pages of the tests have it at `/undertone/`. */
export const webFolder: string = join(root, 'client-sdk/dist/web');

export default function buildSdk(): void {
  run(join(root, 'node_modules/typescript/bin/tsc'), '-b', 'client-sdk');
  const compiled = ['core', 'proto', 'client-sdk'].map((name) => newestMs(join(root, name, 'dist')));
  const built = statSync(join(webFolder, 'undertone.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built < Math.max(...compiled)) run(join(root, 'client-sdk/scripts/build-browser.mjs'));
}

function newestMs(folder: string): number {
  let newest = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.name.endsWith('.js') || path.startsWith(webFolder)) continue;
    newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

function run(script: string, ...args: string[]): void {
  try {
    execFileSync(process.execPath, [script, ...args], { cwd: root, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`Expected ${script} to succeed; it said:\n${stdout}${stderr}`, { cause: error });
  }
}
