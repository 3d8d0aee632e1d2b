/** The version of the package, read from its manifest, which is shipped beside `dist`. */
import { readFileSync } from 'node:fs';

const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

export const serverVersion: string = (manifest as { version: string }).version;
