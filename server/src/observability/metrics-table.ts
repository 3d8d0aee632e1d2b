/** The metrics for people to read: a table of `docs/operations.md`. */
import { markdownTable } from '../config/markdown-table.ts';
import { metricSpecs } from './metric-specs.ts';

export function metricsTable(): string {
  const rows = Object.values(metricSpecs).map(({ name, kind, labels, help }) => [
    `\`${name}\``,
    kind,
    labels.map((label) => `\`${label}\``).join(' '),
    help,
  ]);
  return markdownTable([['metric', 'kind', 'labels', 'meaning'], ...rows]).join('\n');
}
