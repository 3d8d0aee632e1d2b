/** The sections of a report that say how good: summary, classes, conditions, groups of speakers. */
import type { GroupScore } from '../../evaluate/evaluation-types.ts';
import { columns, figure, htmlTable, type PageSection, paragraph } from '../html/page.ts';
import { percent } from '../numbers.ts';
import { range } from '../tables.ts';
import { confusionTable } from './confusion-table.ts';
import type { ReportedRun, StoredEvaluation } from './reported-run.ts';
import { barPlot, type Coloured, type DotRow, dotPlot } from './run-plots.ts';

export interface Evaluated extends Coloured {
  readonly evaluation: StoredEvaluation;
}

export function evaluatedRuns(runs: readonly ReportedRun[]): Evaluated[] {
  return runs.flatMap(({ name, evaluation }, colour) => (evaluation ? [{ name, colour, evaluation }] : []));
}

export function summarySection(runs: readonly ReportedRun[]): PageSection {
  const row = (what: string, of: (run: ReportedRun) => string): string[] => [what, ...runs.map(of)];
  const rows = [
    row('model', ({ model }) => modelText(model)),
    row('size', ({ model }) => (model?.bytes ? `${Math.round(model.bytes / 1000)} kB` : '-')),
    row('speakers', (run) => String(run.evaluation?.speakers ?? stored(run, 'speakers') ?? '-')),
    row('clips', (run) => String(run.evaluation?.wideband.clips ?? stored(run, 'clips') ?? '-')),
    row('UAR', uarOf),
    row('UAR, telephone', telephoneOf),
    row('accuracy', (run) => percent(run.evaluation?.wideband.accuracy ?? stored(run, 'accuracy'))),
    row('F1, mean of classes', (run) => percent(run.evaluation?.wideband.macro?.f1 ?? stored(run, 'f1'))),
    row('AUC, mean of classes', (run) => percent(run.evaluation?.macroAuc ?? stored(run, 'auc'))),
    row('calibration error', (run) =>
      percent(run.evaluation?.calibration?.crossFittedError ?? stored(run, 'calibrationError')),
    ),
  ];
  return {
    heading: 'Summary',
    html:
      htmlTable({ title: '', header: ['', ...runs.map(({ name }) => name)], rows }) +
      paragraph(
        'Points of a hundred. UAR is the unweighted average recall, with the 95 % interval by resampling speakers; through the ' +
          'telephone means 8 kHz mu-law. The calibration error takes its temperature from other speakers. Differences within ' +
          'the intervals mean little.',
      ),
  };
}

function modelText(model: ReportedRun['model']): string {
  if (!model) return '-';
  return model.kind === null ? model.name : `${model.name} (${model.kind})`;
}

/** A number that the model's manifest keeps of its evaluation. */
function stored({ model }: ReportedRun, key: string): number | undefined {
  const value = model?.metrics[key];
  return typeof value === 'number' ? value : undefined;
}

function uarOf(run: ReportedRun): string {
  const { wideband } = run.evaluation ?? {};
  const interval = wideband ? range(wideband.interval) : rangeOf(run.model?.metrics.uarInterval);
  return `${percent(wideband?.uar ?? stored(run, 'uar'))} ${interval}`.trim();
}

function rangeOf(value: unknown): string {
  if (!Array.isArray(value) || value.length !== 2) return '';
  return range({ low: Number(value[0]), high: Number(value[1]) });
}

function telephoneOf({ evaluation, model }: ReportedRun): string {
  const condition = evaluation?.byCondition?.find(({ name }) => name === 'telephone');
  if (condition) return `${percent(condition.uar)} ${range(condition.interval)}`;
  const byCondition = model?.metrics.uarByCondition as Readonly<Record<string, number>> | undefined;
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
    runs,
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
    html:
      columns(
        figure(bars, 'Share of the clips of each class that was recognised as it, as recorded.'),
        table,
      ) + columns(...matrices),
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
  const plot = dotPlot(title, { name: 'UAR' }, rows, runs);
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
