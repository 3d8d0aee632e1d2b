/** The queries of dashboards, as Grafana would send them when everything is chosen. */
import type { DashboardSpec } from '@undertone/deploy';

export interface DashboardQuery {
  readonly dashboard: string;
  readonly panel: string;
  readonly expr: string;
  readonly legend: string;
}

export function queriesOf({ id, panels }: DashboardSpec): DashboardQuery[] {
  return panels.flatMap(({ title, queries }) =>
    queries.map(({ expr, legend }) => ({ dashboard: id, panel: title, expr, legend })),
  );
}

export function inGrafana(expr: string): string {
  return expr
    .replaceAll('$__rate_interval', '10s')
    .replaceAll('"$job"', '".*"')
    .replaceAll('"$instance"', '".*"');
}
