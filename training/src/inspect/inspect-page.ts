/** An inspection as an HTML page with plots. */
import type { PageSection } from '../report/html/page.ts';
import { columns, figure, folded, htmlTable, paragraph, renderPage } from '../report/html/page.ts';
import { plotSvg } from '../report/html/plot.ts';
import { fixed } from '../report/numbers.ts';
import { findingText, inspectionHeadline, inspectionTables } from './inspect-tables.ts';
import type { Inspection } from './inspection.ts';
import type { MeasuredClip } from './measured-clip.ts';

const size = { width: 460, height: 260 };
const bins = 40;
/** Bars end here; what lies beyond counts to the last one. */
const tailShare = 0.002;

export function inspectionPage(inspections: readonly Inspection[]): string {
  return renderPage({
    title: `Recordings: ${inspections.map(({ title }) => title).join(', ')}`,
    summary: inspections.map(inspectionHeadline).join(' '),
    sections: inspections.flatMap((inspection) => sectionsOf(inspection, inspections.length > 1)),
  });
}

function sectionsOf(inspection: Inspection, several: boolean): PageSection[] {
  const heading = (text: string): string => (several ? `${inspection.title}: ${text}` : text);
  const [classes, sexes, files, measured] = inspectionTables(inspection).map((table) => htmlTable(table));
  return [
    { heading: heading('what looks wrong'), html: findingsHtml(inspection) },
    { heading: heading('clips, speakers, files'), html: columns(classes!, `${sexes}\n${files}`) },
    {
      heading: heading('levels, lengths, bandwidth'),
      html: `${measured}\n${columns(...figuresOf(inspection))}`,
    },
  ];
}

function findingsHtml({ findings }: Inspection): string {
  if (findings.length === 0) return paragraph('Nothing.');
  return findings
    .map((finding) => {
      const text = `${finding.severity}: ${finding.sentence}`;
      if (finding.names.length === 0) return paragraph(text);
      if (finding.names.length <= 8) return paragraph(findingText(finding));
      return folded(`${text} (${finding.names.length})`, paragraph(finding.names.join(', ')));
    })
    .join('\n');
}

function figuresOf({ measured, classes }: Inspection): string[] {
  const values = (value: (clip: MeasuredClip) => number): number[] => measured.map(value);
  return [
    bars(
      classes.map(({ name }) => name),
      classes.map(({ clips }) => clips),
      'clips',
      'Clips of each class.',
    ),
    histogram(
      values(({ measures }) => measures.durationS),
      's',
      'Duration',
    ),
    histogram(
      values(({ measures }) => measures.rmsDb),
      'dBFS',
      'Level (RMS)',
    ),
    histogram(
      values(({ measures }) => measures.peakDb),
      'dBFS',
      'Peak',
    ),
    histogram(
      values(({ measures }) => measures.floorDb),
      'dBFS',
      'Noise floor, under which one frame of 20 ms in ten lies',
    ),
    histogram(
      values(({ measures }) => measures.loudDb - measures.floorDb),
      'dB',
      'Loud level over noise floor',
    ),
    histogram(
      values(({ measures }) => 100 * measures.silenceShare),
      '%',
      'Time that is not speech',
    ),
    histogram(
      values(({ measures }) => measures.bandwidthHz / 1000),
      'kHz',
      'Bandwidth, where the spectrum ends',
    ),
  ];
}

function histogram(values: readonly number[], unit: string, caption: string): string {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) return '';
  const low = sorted[Math.floor(tailShare * (sorted.length - 1))]!;
  const high = sorted[Math.ceil((1 - tailShare) * (sorted.length - 1))]!;
  if (high === low) return bars([fixed(low, 1)], [values.length], 'clips', `${caption}, ${unit}.`, unit);
  const width = (high - low) / bins;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values)
    counts[Math.max(0, Math.min(bins - 1, Math.floor((value - low) / width)))]! += 1;
  const names = counts.map((_, i) => fixed(low + (i + 0.5) * width, high - low > 20 ? 0 : 2));
  return bars(names, counts, 'clips', `${caption}, ${unit}.`, unit);
}

function bars(
  names: readonly string[],
  counts: readonly number[],
  quantity: string,
  caption: string,
  unit = '',
): string {
  const svg = plotSvg(
    {
      grid: { left: 56, right: 24, top: 24, bottom: 44 },
      xAxis: { type: 'category', data: [...names], name: unit, nameLocation: 'middle', nameGap: 28 },
      yAxis: { type: 'value', name: quantity },
      series: [{ type: 'bar', data: [...counts], barCategoryGap: unit ? '4%' : '30%' }],
    },
    size,
    caption,
  );
  return figure(svg, caption);
}
