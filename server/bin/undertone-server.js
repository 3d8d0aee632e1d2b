#!/usr/bin/env node
// Exists before the build does, so that installing a checkout links the command.
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  process.stderr.write(
    'undertone-server: Expected the build of this checkout; got none. Run: npm run build\n',
  );
  process.exitCode = 1;
}
