/** Writes `docs/configuration.md`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { referenceMarkdown } from '../reference.ts';

const path = fileURLToPath(new URL('../../../../docs/configuration.md', import.meta.url));
writeFileSync(path, referenceMarkdown());
console.log(`wrote ${path}`);
