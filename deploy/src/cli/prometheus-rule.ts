/** `npm run deploy:rules`: writes the rules of deploy/prometheus as an object for the Prometheus operator. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { prometheusRule } from '../kubernetes/prometheus-rule.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const path = 'kubernetes/parts/fleet/prometheus-rule.yaml';
writeFileSync(root + path, prometheusRule(`${root}prometheus/`));
process.stdout.write(`wrote deploy/${path}\n`);
