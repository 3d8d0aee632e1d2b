/** The sections of a report that say how a run came about: curves, configuration, data, software. */
import { resolve, sep } from 'node:path';
import { columns, figure, folded, htmlTable, type PageSection, paragraph } from '../html/page.ts';
import type { ReportedRun } from './reported-run.ts';
import { linePlot, type Series } from './run-plots.ts';

export function curveSection(runs: readonly ReportedRun[]): PageSection | null {
  const coloured = runs.map((run, colour) => ({ ...run, colour }));
  const losses: Series[] = coloured
    .filter((run) => run.losses.length > 1)
    .map(({ name, colour, losses: lines }) => ({
      name,
      colour,
      points: lines.map(({ epoch, loss }) => [epoch, loss] as const),
    }));
  const conditions = [
    ...new Set(runs.flatMap((run) => run.validations.flatMap(({ uar }) => Object.keys(uar)))),
  ];
  const validations: Series[] = coloured.flatMap(({ name, colour, validations: lines }) =>
    conditions.flatMap((condition, i) => {
      const points = lines.flatMap(({ epoch, uar }): [number, number][] =>
        uar[condition] === undefined ? [] : [[epoch, 100 * uar[condition]]],
      );
      // With one run, colours tell conditions apart; with several, dashes do.
      const shown =
        runs.length === 1 ? { name: condition, colour: i } : { name: `${name}, ${condition}`, colour };
      return points.length > 1 ? [{ ...shown, points, dashed: i > 0 }] : [];
    }),
  );
  const plots = [
    ...(losses.length > 0
      ? [figure(lossPlot(losses), 'Training loss by epoch, with augmentation and dropout.')]
      : []),
    ...(validations.length > 0
      ? [
          figure(
            validationPlot(validations),
            'UAR of the averaged weights on the validation speakers, by epoch.',
          ),
        ]
      : []),
  ];
  return plots.length > 0 ? { heading: 'Training', html: columns(...plots) } : null;
}

function lossPlot(series: readonly Series[]): string {
  return linePlot({ label: 'Training loss', x: { name: 'epoch', min: 0 }, y: { name: 'loss' }, series });
}

function validationPlot(series: readonly Series[]): string {
  return linePlot({ label: 'Validation UAR', x: { name: 'epoch', min: 0 }, y: { name: 'UAR' }, series });
}

export function configurationSection(runs: readonly ReportedRun[]): PageSection | null {
  const known = runs.filter(({ record }) => record?.experiment);
  if (known.length === 0) return null;
  const fieldsOf = ({ record }: ReportedRun): Readonly<Record<string, unknown>> =>
    record!.experiment as unknown as Record<string, unknown>;
  const names = [...new Set(known.flatMap((run) => Object.keys(fieldsOf(run))))];
  const rows = names.map((name) => [name, ...known.map((run) => text(fieldsOf(run)[name]))]);
  const differs = (row: readonly string[]): boolean => new Set(row.slice(1)).size > 1;
  const header = ['field', ...known.map(({ name }) => name)];
  const textColumns = known.map((_, i) => i + 1);
  const table = (title: string, some: readonly (readonly string[])[]): string =>
    htmlTable({ title, header, rows: some }, { textColumns, marked: (row) => differs(some[row]!) });
  const different = rows.filter(differs);
  const sentence =
    known.length === 1
      ? ''
      : different.length > 0
        ? table('Fields in which the runs differ', different)
        : paragraph('The runs have the same configuration.');
  return {
    heading: 'Configuration',
    html: sentence + folded(`All ${names.length} fields, as resolved`, table('', rows)) + provenance(known),
  };
}

function provenance(runs: readonly ReportedRun[]): string {
  const versions = [...new Set(runs.flatMap(({ record }) => Object.keys(record!.versions ?? {})))];
  const rows = [
    // Not all of the path: a report is read elsewhere.
    ['folder', ...runs.map(({ path }) => resolve(path).split(sep).slice(-2).join('/'))],
    ['seed', ...runs.map(({ record }) => text(record!.experiment?.seed))],
    ['corpora', ...runs.map(({ record }) => text(record!.corpora))],
    ['clips trained on', ...runs.map(({ record }) => text(record!.data?.clips))],
    ['hash of the recordings', ...runs.map(({ record }) => text(record!.data?.hash?.slice(0, 16)))],
    [
      'speakers held out',
      ...runs.map(({ record }) => text(record!.validationSpeakers?.map((name) => name.split('/').at(-1)))),
    ],
    ...versions.map((name) => [name, ...runs.map(({ record }) => text(record!.versions?.[name]))]),
  ];
  const differs = (row: readonly string[]): boolean => new Set(row.slice(1)).size > 1;
  return htmlTable(
    { title: 'Data and software', header: ['', ...runs.map(({ name }) => name)], rows },
    {
      textColumns: runs.map((_, i) => i + 1),
      marked: (row) => row > 0 && runs.length > 1 && differs(rows[row]!),
    },
  );
}

function text(value: unknown): string {
  if (value === undefined || (typeof value === 'number' && Number.isNaN(value))) return '-';
  if (Array.isArray(value)) return value.map(String).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
