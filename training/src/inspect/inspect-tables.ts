/** An inspection as tables and lines of text. */
import { counted, fixed } from '../report/numbers.ts';
import { duration } from '../report/progress-line.ts';
import type { Table } from '../report/tables.ts';
import type { Finding } from './finding.ts';
import type { GroupCount, Inspection } from './inspection.ts';
import type { Quantiles } from './measured-clip.ts';

const namesShown = 8;

export function inspectionTables(inspection: Inspection): Table[] {
  const { quantiles: q, classes, sexes, formats } = inspection;
  return [
    groupTable('Classes', 'label', classes),
    groupTable('Sexes', 'sex', sexes),
    groupTable('Files', 'format', formats),
    {
      title: 'Measured (5 % of the clips lie below p5, 5 % above p95)',
      header: ['', 'least', 'p5', 'median', 'p95', 'most'],
      rows: [
        row('duration, s', q.durationS, 2),
        row('RMS, dBFS', q.rmsDb, 1),
        row('peak, dBFS', q.peakDb, 1),
        row('loud level, dBFS', q.loudDb, 1),
        row('noise floor, dBFS', q.floorDb, 1),
        row('loud over floor, dB', q.rangeDb, 1),
        row('not speech, share', q.silenceShare, 2),
        row('bandwidth, Hz', q.bandwidthHz, 0),
      ],
    },
  ];
}

export function inspectionHeadline(inspection: Inspection): string {
  const { title, clips, speakers, durationS, clippedClips, unreadable, licence } = inspection;
  const bad = unreadable > 0 ? `, ${unreadable} unreadable` : '';
  return `${title}: ${counted(clips, 'clip')} of ${counted(speakers, 'speaker')}, ${duration(durationS)}, ${clippedClips} clipped${bad}; licence ${licence}.`;
}

/** A sentence, then the first few names. */
export function findingText({ severity, sentence, names }: Finding): string {
  const shown = names.slice(0, namesShown).join(', ');
  const more = names.length > namesShown ? `, and ${names.length - namesShown} more` : '';
  return `${severity}: ${sentence}${names.length > 0 ? ` ${shown}${more}` : ''}`;
}

function groupTable(title: string, key: string, groups: readonly GroupCount[]): Table {
  return {
    title,
    header: [key, 'clips', 'speakers', 'minutes'],
    rows: groups.map(({ name, clips, speakers, durationS }) => [
      name,
      String(clips),
      String(speakers),
      (durationS / 60).toFixed(1),
    ]),
  };
}

function row(name: string, { least, p5, median, p95, most }: Quantiles, digits: number): string[] {
  return [name, ...[least, p5, median, p95, most].map((value) => fixed(value, digits))];
}
