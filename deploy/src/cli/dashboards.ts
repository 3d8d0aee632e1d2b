/** `npm run deploy:dashboards`: writes the dashboards of `src/grafana` to `deploy/grafana/dashboards`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildDashboard } from '../grafana/build-dashboard.ts';
import { dashboards } from '../grafana/dashboards.ts';

const folder = fileURLToPath(new URL('../../grafana/dashboards/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const spec of dashboards) {
  writeFileSync(`${folder}${spec.id}.json`, `${JSON.stringify(buildDashboard(spec), null, 2)}\n`);
  console.log(`wrote deploy/grafana/dashboards/${spec.id}.json`);
}
