/** The sections of a report that say how good: summary, classes, conditions, groups of speakers. */
import type { GroupScore } from '../../evaluate/evaluation-types.ts';
import { columns, figure, htmlTable, type PageSection, paragraph } from '../html/page.ts';
import { percent, range } from '../tables.ts';
import { confusionTable } from './confusion-table.ts';
import type { ReportedRun, StoredEvaluation } from './reported-run.ts';
import { barPlot, type DotRow, dotPlot } from './run-plots.ts';

export interface Evaluated {
  readonly name: string;
  readonly evaluation: StoredEvaluation;
}

export function evaluatedRuns(runs: readonly ReportedRun[]): Evaluated[] {
  return runs.flatMap(({ name, evaluation }) => (evaluation ? [{ name, evaluation }] : []));
}

export function summarySection(runs: readonly ReportedRun[]): PageSection {
  const rows = runs.map(({ name, evaluation, model }) => {
    const metrics = model?.metrics ?? {};
    const stored = (key: string): number | undefined => {
      const value = metrics[key];
      return typeof value === 'number' ? value : undefined;
    };
    const { wideband } = evaluation ?? {};
    const telephone = evaluation?.byCondition?.find((condition) => condition.name === 'telephone');
    const interval = wideband ? range(wideband.interval) : rangeOf(metrics.uarInterval);
    return [
      name,
      model ? `${model.name} (${model.kind})` : '-',
      model?.bytes ? `${Math.round(model.bytes / 1000)} kB` : '-',
      String(evaluation?.speakers ?? stored('speakers') ?? '-'),
      String(wideband?.clips ?? stored('clips') ?? '-'),
      `${percent(wideband?.uar ?? stored('uar'))} ${interval}`.trim(),
      percent(wideband?.accuracy ?? stored('accuracy')),
      percent(wideband?.macro?.f1 ?? stored('f1')),
      percent(evaluation?.macroAuc ?? stored('auc')),
      telephone ? `${percent(telephone.uar)} ${range(telephone.interval)}` : telephoneOf(metrics),
      percent(evaluation?.calibration?.crossFittedError ?? stored('calibrationError')),
    ];
  });
  const header = [
    'run',
    'model',
    'size',
    'speakers',
    'clips',
    'UAR',
    'accuracy',
    'F1',
    'AUC',
    'telephone',
    'ECE',
  ];
  return {
    heading: 'Summary',
    html:
      htmlTable({ title: '', header, rows }, { textColumns: [1] }) +
      paragraph(
        'Points of a hundred. UAR: unweighted average recall, with the 95 % interval by resampling speakers. F1 and AUC: means ' +
          'over the classes. Telephone: UAR through 8 kHz mu-law. ECE: expected calibration error, the temperature taken from ' +
          'other speakers. Differences within the intervals mean little.',
      ),
  };
}

function rangeOf(value: unknown): string {
  if (!Array.isArray(value) || value.length !== 2) return '';
  return range({ low: Number(value[0]), high: Number(value[1]) });
}

function telephoneOf(metrics: Readonly<Record<string, unknown>>): string {
  const byCondition = metrics.uarByCondition as Readonly<Record<string, number>> | undefined;
  return percent(byCondition?.telephone);
}

export function classSection(runs: readonly Evaluated[]): PageSection | null {
  if (runs.length === 0) return null;
  const labels = [...new Set(runs.flatMap(({ evaluation }) => evaluation.labels))];
  const scoreOf = (
    { evaluation }: Evaluated,
    label: string,
  ): { recall: number; precision: number; f1: number } => {
    const none = { recall: Number.NaN, precision: Number.NaN, f1: Number.NaN };
    return evaluation.wideband.perClass[evaluation.labels.indexOf(label)] ?? none;
  };
  const names = runs.map(({ name }) => name);
  const bars = barPlot(
    'Recall by class',
    labels,
    { name: 'recall', min: 0, max: 100 },
    names,
    runs.map((run) => labels.map((label) => 100 * scoreOf(run, label).recall)),
  );
  const table = htmlTable({
    title: 'Recall / precision / F1',
    header: ['class', ...names],
    rows: labels.map((label) => [
      label,
      ...runs.map((run) => {
        const { recall, precision, f1 } = scoreOf(run, label);
        return [recall, precision, f1].map(percent).join(' / ');
      }),
    ]),
  });
  const matrices = runs.map(({ name, evaluation }) =>
    confusionTable(
      `${name}: intended (rows) and recognised (columns)`,
      evaluation.labels,
      evaluation.wideband.confusion,
    ),
  );
  return {
    heading: 'Classes',
    html: `${figure(bars, 'Share of the clips of each class that was recognised as it, as recorded.')}${table}${columns(...matrices)}`,
  };
}

/** Dots with intervals and the table behind them, for groups of clips that runs have in common. */
function groupComparison(
  title: string,
  what: string,
  runs: readonly Evaluated[],
  groupsOf: (evaluation: StoredEvaluation) => readonly GroupScore[],
): string {
  const names = [...new Set(runs.flatMap(({ evaluation }) => groupsOf(evaluation).map(({ name }) => name)))];
  const find = ({ evaluation }: Evaluated, name: string): GroupScore | undefined =>
    groupsOf(evaluation).find((group) => group.name === name);
  const rows: DotRow[] = names.map((name) => ({
    name,
    values: runs.map((run) => {
      const group = find(run, name);
      return group
        ? { value: 100 * group.uar, low: 100 * group.interval.low, high: 100 * group.interval.high }
        : null;
    }),
  }));
  const plot = dotPlot(
    title,
    { name: 'UAR' },
    rows,
    runs.map(({ name }) => name),
  );
  const table = htmlTable({
    title,
    header: [what, ...runs.map(({ name }) => name)],
    rows: names.map((name) => [
      name,
      ...runs.map((run) => {
        const group = find(run, name);
        return group ? `${percent(group.uar)} ${range(group.interval)}` : '-';
      }),
    ]),
  });
  return columns(figure(plot, `${title}: UAR with 95 % intervals by resampling speakers.`), table);
}

export function conditionSection(runs: readonly Evaluated[]): PageSection | null {
  const measured = runs.filter(({ evaluation }) => evaluation.byCondition?.length);
  if (measured.length === 0) return null;
  const byGain = measured.flatMap(({ name, evaluation }) =>
    evaluation
      .byCondition!.filter(
        (condition) => condition.name.startsWith('gain') && Number.isFinite(condition.changed),
      )
      .map((condition) => `${name}: ${percent(condition.changed)} at ${condition.name.slice(4)}`),
  );
  return {
    heading: 'Conditions',
    html:
      groupComparison('By condition', 'condition', measured, ({ byCondition = [] }) => byCondition) +
      (byGain.length > 0
        ? paragraph(`Labels that a change of level alone turns into others, in points: ${byGain.join('; ')}.`)
        : ''),
  };
}

export function groupSection(runs: readonly Evaluated[]): PageSection | null {
  const parts: string[] = [];
  const withSex = runs.filter(({ evaluation }) => evaluation.bySex?.length);
  if (withSex.length > 0) parts.push(groupComparison('By sex', 'sex', withSex, ({ bySex = [] }) => bySex));
  const withCorpora = runs.filter(({ evaluation }) => (evaluation.byCorpus?.length ?? 0) > 1);
  if (withCorpora.length > 0) {
    parts.push(groupComparison('By corpus', 'corpus', withCorpora, ({ byCorpus = [] }) => byCorpus));
  }
  const withSpeakers = runs.filter(({ evaluation }) => evaluation.bySpeaker?.length);
  if (withSpeakers.length > 0) parts.push(speakerTable(withSpeakers));
  return parts.length > 0 ? { heading: 'Speakers', html: parts.join('\n') } : null;
}

function speakerTable(runs: readonly Evaluated[]): string {
  const speakers = [
    ...new Set(runs.flatMap(({ evaluation }) => evaluation.bySpeaker!.map(({ name }) => name))),
  ].sort();
  return htmlTable({
    title: 'UAR by speaker',
    header: ['speaker', ...runs.map(({ name }) => name)],
    rows: speakers.map((speaker) => [
      speaker,
      ...runs.map(({ evaluation }) =>
        percent(evaluation.bySpeaker!.find(({ name }) => name === speaker)?.uar),
      ),
    ]),
  });
}
