/** An evaluation as text: aligned for a terminal, or as Markdown. */
import type { Evaluation, GroupScore } from '../evaluate/evaluation.ts';
import type { AverageScores, Scores } from '../evaluate/metrics.ts';
import { counted, intervalWarning, percent } from './numbers.ts';

export interface Table {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function evaluationTables(evaluation: Evaluation): Table[] {
  const { labels, wideband, byCondition, bySecondsOfSpeech } = evaluation;
  return [
    {
      title: 'By class',
      header: ['class', 'clips', 'recall', 'precision', 'F1', 'AUC'],
      rows: [
        ...wideband.perClass.map(({ clips, recall, precision, f1 }, i) => [
          labels[i]!,
          String(clips),
          ...[recall, precision, f1].map((score) => (clips > 0 ? percent(score) : '-')),
          share(evaluation.roc[i]?.auc),
        ]),
        averageRow('mean of classes', wideband, wideband.macro, share(evaluation.macroAuc)),
        averageRow('mean of clips', wideband, wideband.weighted, ''),
      ],
    },
    {
      title: 'Confusion (rows: intended, columns: recognised)',
      header: ['', ...labels],
      rows: wideband.confusion.map((row, i) => [labels[i]!, ...row.map(String)]),
    },
    {
      ...groupTable('By condition', 'condition', byCondition),
      header: ['condition', 'clips', 'UAR', '95 %', 'accuracy', 'other label'],
      rows: byCondition.map((group, i) => [...groupRow(group), i === 0 ? '' : percent(group.changed)]),
    },
    groupTable('By seconds heard', 'first', evaluation.bySecondsHeard),
    {
      title: 'By seconds of speech heard',
      header: ['speech', 'clips', 'UAR', '95 %', 'accuracy', 'clips with so much'],
      rows: bySecondsOfSpeech.map((group) => [...groupRow(group), percent(group.reached)]),
    },
    groupTable('By sex', 'sex', evaluation.bySex),
    ...(evaluation.byCorpus.length > 1 ? [groupTable('By corpus', 'corpus', evaluation.byCorpus)] : []),
    confidenceTable(evaluation),
    {
      title: 'Sounds that are not speech',
      header: ['sound', 'streams', 'given a label', 'taken for speech'],
      rows: evaluation.nonSpeech.map(({ kind, sounds, labelled, speech }) => [
        kind,
        String(sounds),
        percent(labelled),
        percent(speech),
      ]),
    },
    {
      title: 'Speech detection, area under the curve, by step',
      header: ['against', 'AUC'],
      rows: [
        ...Object.entries(evaluation.speechAuc).map(([name, auc]) => [`energy, ${name}`, share(auc)]),
        ...(evaluation.speechReference ?? []).map(({ detector, auc }) => [detector, share(auc)]),
      ],
    },
  ];
}

function groupTable(title: string, what: string, groups: readonly GroupScore[]): Table {
  return { title, header: [what, 'clips', 'UAR', '95 %', 'accuracy'], rows: groups.map(groupRow) };
}

function groupRow({ name, clips, uar, interval, accuracy }: GroupScore): string[] {
  return [name, String(clips), percent(uar), range(interval), percent(accuracy)];
}

function averageRow(name: string, { clips }: Scores, average: AverageScores, auc: string): string[] {
  return [name, String(clips), percent(average.recall), percent(average.precision), percent(average.f1), auc];
}

function confidenceTable({ calibration, riskCoverage, abstention }: Evaluation): Table {
  return {
    title: 'Confidence',
    header: ['', 'points'],
    rows: [
      ['expected calibration error', percent(calibration.error)],
      ['the same, temperature from other speakers', percent(calibration.crossFittedError)],
      ['Brier score (0 to 200)', percent(calibration.brier)],
      ['wrong on average over all coverages', percent(riskCoverage.area)],
      ['clips without a label (abstained)', percent(abstention.share)],
      ['wrong, of those with a label', percent(abstention.riskAnswered)],
      ['would be wrong, of those without', percent(abstention.riskAbstained)],
    ],
  };
}

/** One sentence with the numbers that are quoted, and what must be said beside them. */
export function headline({ wideband, speakers, calibration }: Evaluation): string {
  const warning = intervalWarning(speakers);
  return (
    `UAR ${percent(wideband.uar)} ${range(wideband.interval)}, accuracy ${percent(wideband.accuracy)} ` +
    `on ${counted(wideband.clips, 'clip')} by ${counted(speakers, 'speaker')}; calibration error ${percent(calibration.error)}` +
    (warning === null ? '' : `. ${warning.replace(/\.$/, '')}`)
  );
}

export function terminalTable({ title, header, rows }: Table): string {
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [...(title ? [title] : []), line(header), ...rows.map(line)].join('\n');
}

export function markdownTable({ header, rows }: Table): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  return [
    line(header),
    `|${header.map((_, i) => (i === 0 ? '---|' : '---:|')).join('')}`,
    ...rows.map(line),
  ].join('\n');
}

function share(value: number | null | undefined): string {
  return Number.isFinite(value) ? value!.toFixed(4) : '-';
}

export function range({ low, high }: GroupScore['interval']): string {
  return `[${percent(low)}, ${percent(high)}]`;
}
