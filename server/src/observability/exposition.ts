/**
 * The metrics as text, in the format that the scraper asks for. The older one is prom-client's; OpenMetrics, which has
 * exemplars, is written here, because prom-client takes `_total` off its counters for good once it has written it.
 */
import { Registry } from 'prom-client';

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

type Family = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number];

/** With what prom-client returns beyond its declared type. */
type Sample = Family['values'][number] & {
  readonly metricName?: string;
  readonly exemplar?: {
    readonly labelSet: Readonly<Record<string, string>>;
    readonly value: number | null;
    readonly timestamp: number;
  } | null;
};

/** @param accept the header of the request */
export async function expose(registry: Registry, accept: string | undefined): Promise<Exposition> {
  if (!accept?.includes('application/openmetrics-text'))
    return { contentType: registry.contentType, text: await registry.metrics() };
  const lines = (await registry.getMetricsAsJSON()).flatMap(family);
  return { contentType: Registry.OPENMETRICS_CONTENT_TYPE, text: `${lines.join('\n')}\n# EOF\n` };
}

function family({ name, help, type, values }: Family): string[] {
  const isCounter = String(type) === 'counter';
  const base = isCounter ? name.replace(/_total$/, '') : name;
  return [
    `# HELP ${base} ${escaped(help)}`,
    `# TYPE ${base} ${type}`,
    ...values.map((sample: Sample) =>
      line(isCounter ? `${base}_total` : (sample.metricName ?? name), sample),
    ),
  ];
}

function line(name: string, { labels, value, exemplar }: Sample): string {
  const sample = `${name}${labelText(labels)} ${number(value)}`;
  if (exemplar?.value == null) return sample;
  const set = labelText(exemplar.labelSet) || '{}';
  return `${sample} # ${set} ${number(exemplar.value)} ${exemplar.timestamp}`;
}

function labelText(labels: Readonly<Partial<Record<string, string | number>>>): string {
  const parts = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(String(value)).replaceAll('"', '\\"')}"`,
  );
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
