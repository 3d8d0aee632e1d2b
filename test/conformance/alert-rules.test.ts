/** Prometheus rules: what promtool says of them, their runbooks, and that the metrics they name exist. Needs Debian's `prometheus`. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { metricSpecs } from '../../server/src/observability/metric-specs.ts';

const folder = fileURLToPath(new URL('../../deploy/prometheus/', import.meta.url));
const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: { readonly severity: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

const rulesOf = (file: string): Rule[] =>
  parse(readFileSync(folder + file, 'utf8')).groups.flatMap(({ rules }: { rules: Rule[] }) => rules);
const rules = [...rulesOf('recording-rules.yml'), ...rulesOf('alert-rules.yml')];
const alerts = rules.filter(({ alert }) => alert !== undefined);
const caseFiles = readdirSync(folder).filter((file) => file.startsWith('alert-tests'));

function promtool(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: folder, encoding: 'utf8' });
  expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
}

test('promtool accepts configuration and rules', () => {
  promtool('check', 'config', '--syntax-only', 'prometheus.yml');
  promtool('check', 'rules', '--lint=all', '--lint-fatal', 'recording-rules.yml', 'alert-rules.yml');
});

// Days of samples: 8 s of a free core.
test.each(caseFiles)('every case of %s fires or stays quiet as it says', { timeout: 240_000 }, (file) => {
  promtool('test', 'rules', file);
});

test('each alert has a case that fires and one that stays quiet', () => {
  const cases = caseFiles.flatMap((file) => parse(readFileSync(folder + file, 'utf8')).tests);
  for (const { alert } of alerts) {
    const own = cases.filter(({ name }: { name: string }) => name.startsWith(`${alert}: `));
    const samples = own.flatMap(
      (each: { promql_expr_test: { expr: string; exp_samples: unknown[] }[] }) => each.promql_expr_test,
    );
    expect(
      samples.every(({ expr }: { expr: string }) => expr.includes(`"${alert}"`)),
      alert,
    ).toBe(true);
    const counts = samples.map(({ exp_samples }: { exp_samples: unknown[] }) => exp_samples.length);
    expect([Math.min(...counts), Math.max(...counts)], alert).toEqual([0, 1]);
  }
});

test('each alert says how urgent it is and has a runbook, and there is no runbook of another', () => {
  for (const { alert, labels, annotations } of alerts) {
    expect(['page', 'ticket']).toContain(labels?.severity);
    expect(annotations?.runbook_url).toBe(`docs/operations.md#${alert!.toLowerCase()}`);
  }
  const headings = [...operations.matchAll(/^### (Undertone\w+)$/gm)].map(([, name]) => name);
  expect(headings.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
});

test('each metric that a rule names is one that the server has or that a rule records', () => {
  const declared = new Set(
    Object.values(metricSpecs).flatMap(({ name, kind }) =>
      kind === 'histogram' ? ['bucket', 'count', 'sum'].map((part) => `${name}_${part}`) : [name],
    ),
  );
  const recorded = new Set(rules.map(({ record }) => record));
  for (const { alert, record, expr } of rules) {
    for (const [name] of expr.matchAll(/\bundertone_[a-z_]+\b(?!:)/g)) {
      if (expr.includes(`:${name}`)) continue;
      expect(declared, `${alert ?? record}: ${name}`).toContain(name);
    }
    for (const [name] of expr.matchAll(/\bjob\w*:\w+:\w+/g))
      expect(recorded, `${alert ?? record}: ${name}`).toContain(name);
  }
});
