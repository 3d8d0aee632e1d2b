// Packs every published package as npm would and checks its entry points: publint for the manifest, attw for the types.
import { execFileSync } from 'node:child_process';

const packages = ['core', 'proto', 'server', 'client-sdk', 'training'];
let failed = 0;
for (const folder of packages) {
  for (const command of [
    ['publint', folder, '--strict'],
    // The .proto is no module.
    [
      ...['attw', '--pack', folder, '--profile', 'esm-only', '--format', 'ascii', '--quiet'],
      ...['--exclude-entrypoints', 'undertone.proto'],
    ],
  ]) {
    try {
      execFileSync('npx', command, { stdio: 'inherit' });
    } catch {
      console.error(`failed: ${command.join(' ')}`);
      failed++;
    }
  }
}
process.exitCode = failed > 0 ? 1 : 0;
