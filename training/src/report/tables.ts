/** An evaluation as text: aligned for a terminal, or as Markdown. */
import type { Evaluation, GroupScore } from '../evaluate/evaluation.ts';

export interface Table {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function evaluationTables(evaluation: Evaluation): Table[] {
  const { labels, wideband } = evaluation;
  const group = (title: string, what: string, groups: readonly GroupScore[]): Table => ({
    title,
    header: [what, 'clips', 'UAR', '95 %', 'accuracy'],
    rows: groups.map(({ name, clips, uar, interval, accuracy }) => [
      name,
      String(clips),
      percent(uar),
      range(interval),
      percent(accuracy),
    ]),
  });
  return [
    {
      title: 'By class',
      header: ['class', 'clips', 'recall', 'precision', 'F1'],
      rows: wideband.perClass.map(({ clips, recall, precision, f1 }, i) => [
        labels[i]!,
        String(clips),
        ...[recall, precision, f1].map((score) => (clips > 0 ? percent(score) : '-')),
      ]),
    },
    {
      title: 'Confusion (rows: intended, columns: recognised)',
      header: ['', ...labels],
      rows: wideband.confusion.map((row, i) => [labels[i]!, ...row.map(String)]),
    },
    group('By condition', 'condition', evaluation.byCondition),
    group('By seconds heard', 'first', evaluation.bySecondsHeard),
    group('By sex', 'sex', evaluation.bySex),
    ...(evaluation.byCorpus.length > 1 ? [group('By corpus', 'corpus', evaluation.byCorpus)] : []),
    {
      title: 'Speech detection, area under the curve, 40 ms steps',
      header: ['condition', 'AUC'],
      rows: Object.entries(evaluation.speechAuc).map(([name, auc]) => [name, auc.toFixed(4)]),
    },
  ];
}

/** One sentence with the numbers that are quoted. */
export function headline({ wideband, speakers, calibration }: Evaluation): string {
  return (
    `UAR ${percent(wideband.uar)} ${range(wideband.interval)}, accuracy ${percent(wideband.accuracy)} ` +
    `on ${wideband.clips} clips by ${speakers} speakers; calibration error ${percent(calibration.error)}`
  );
}

export function terminalTable({ title, header, rows }: Table): string {
  const widths = header.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [title, line(header), ...rows.map(line)].join('\n');
}

export function markdownTable({ header, rows }: Table): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  return [
    line(header),
    `|${header.map((_, i) => (i === 0 ? '---|' : '---:|')).join('')}`,
    ...rows.map(line),
  ].join('\n');
}

export function percent(share: number): string {
  return Number.isFinite(share) ? (100 * share).toFixed(1) : '-';
}

function range({ low, high }: GroupScore['interval']): string {
  return `[${percent(low)}, ${percent(high)}]`;
}
