/** What an inspection says of a corpus, as one object: printed, drawn, or read by a program. */
import { basename } from 'node:path';
import type { Clip, Corpus } from '../data/clip.ts';
import type { Finding } from './finding.ts';
import { findingsOf } from './findings.ts';
import type { ClipMeasures, ClipResult } from './measure-clip.ts';
import { isClipped, type MeasuredClip, type Quantiles, quantilesOf } from './measured-clip.ts';

export interface GroupCount {
  readonly name: string;
  readonly clips: number;
  readonly speakers: number;
  readonly durationS: number;
}

export interface Inspection {
  readonly corpus: string;
  readonly title: string;
  readonly licence: string;
  readonly clips: number;
  readonly unreadable: number;
  readonly speakers: number;
  readonly durationS: number;
  readonly classes: readonly GroupCount[];
  readonly sexes: readonly GroupCount[];
  readonly formats: readonly GroupCount[];
  /** Over the clips that could be read. */
  readonly quantiles: {
    readonly durationS: Quantiles;
    readonly rmsDb: Quantiles;
    readonly peakDb: Quantiles;
    readonly loudDb: Quantiles;
    readonly floorDb: Quantiles;
    /** Loud level over noise floor. */
    readonly rangeDb: Quantiles;
    readonly silenceShare: Quantiles;
    readonly bandwidthHz: Quantiles;
  };
  readonly clippedClips: number;
  readonly findings: readonly Finding[];
  readonly measured: readonly MeasuredClip[];
}

/** @param results one for each clip of the corpus, in order */
export function inspectionOf(corpus: Corpus, results: readonly ClipResult[]): Inspection {
  const measured: MeasuredClip[] = [];
  const problems: string[] = [];
  for (const [i, result] of results.entries()) {
    const clip = corpus.clips[i]!;
    if ('problem' in result) problems.push(result.problem);
    else measured.push({ clip, name: nameOf(clip), measures: result.measures });
  }
  const group = (key: (clip: MeasuredClip) => string): GroupCount[] => groupsOf(measured, key);
  const quantiles = (value: (measures: ClipMeasures) => number): Quantiles =>
    quantilesOf(measured.map(({ measures }) => value(measures)));
  return {
    corpus: corpus.name,
    title: corpus.title,
    licence: corpus.licence,
    clips: corpus.clips.length,
    unreadable: problems.length,
    speakers: new Set(corpus.clips.map((clip) => clip.speaker)).size,
    durationS: measured.reduce((sum, { measures }) => sum + measures.durationS, 0),
    classes: group(({ clip }) => clip.label || '(no label)'),
    sexes: group(({ clip }) => clip.sex ?? 'unknown'),
    formats: group(
      ({ measures }) => `${measures.format}, ${measures.sampleRateHz} Hz, ${measures.channels} ch`,
    ),
    quantiles: {
      durationS: quantiles((m) => m.durationS),
      rmsDb: quantiles((m) => m.rmsDb),
      peakDb: quantiles((m) => m.peakDb),
      loudDb: quantiles((m) => m.loudDb),
      floorDb: quantiles((m) => m.floorDb),
      rangeDb: quantiles((m) => m.loudDb - m.floorDb),
      silenceShare: quantiles((m) => m.silenceShare),
      bandwidthHz: quantiles((m) => m.bandwidthHz),
    },
    clippedClips: measured.filter(isClipped).length,
    findings: findingsOf(corpus, measured, problems),
    measured,
  };
}

/** Names a clip to its owner: its file, and the part of it if it is one. */
function nameOf({ path, startS, endS }: Clip): string {
  const part = startS === undefined && endS === undefined ? '' : ` (${startS ?? 0} to ${endS ?? 'end'} s)`;
  return `${basename(path)}${part}`;
}

/** Groups in order of their names. */
function groupsOf(measured: readonly MeasuredClip[], key: (clip: MeasuredClip) => string): GroupCount[] {
  const groups = new Map<string, { clips: number; speakers: Set<string>; durationS: number }>();
  for (const entry of measured) {
    const name = key(entry);
    const group = groups.get(name) ?? { clips: 0, speakers: new Set<string>(), durationS: 0 };
    group.clips++;
    group.speakers.add(entry.clip.speaker);
    group.durationS += entry.measures.durationS;
    groups.set(name, group);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { clips, speakers, durationS }]) => ({ name, clips, speakers: speakers.size, durationS }));
}
