/** What looks wrong with a corpus: each with the clips or names concerned, the gravest first. */
import type { Corpus } from '../data/clip.ts';
import { fixed } from '../report/numbers.ts';
import { duplicateFindings } from './duplicates.ts';
import type { Finding } from './finding.ts';
import { isClipped, type MeasuredClip, quantilesOf } from './measured-clip.ts';

const shortestS = 0.3;
const longestS = 30;
const silentPeakDb = -60;
const leastRangeDb = 10;
const levelOutlierDb = 20;
const largestOffset = 0.01;
const telephoneHz = 4500;
const widebandHz = 6000;
const fewSpeakers = 4;
const classRatio = 3;
const classFloorDb = 6;
/** Floors below this are all the same to a listener, and to the front end. */
const inaudibleDb = -90;

const severities = ['error', 'warning', 'note'] as const;

/** @param problems messages about clips that cannot be read */
export function findingsOf(
  corpus: Corpus,
  measured: readonly MeasuredClip[],
  problems: readonly string[],
): Finding[] {
  const found: Finding[] = [];
  const add = (
    severity: Finding['severity'],
    code: string,
    names: readonly string[],
    sentence: (count: string) => string,
  ): void => {
    const count = names.length === 1 ? '1 clip' : `${names.length} clips`;
    if (names.length > 0) found.push({ severity, code, names, sentence: sentence(count) });
  };
  const named = (wanted: (clip: MeasuredClip) => boolean): string[] =>
    measured.filter(wanted).map(({ name }) => name);
  add('error', 'unreadable', problems, (count) => `${count} cannot be read.`);
  found.push(...duplicateFindings(measured));
  const silent = ({ measures: m }: MeasuredClip): boolean => m.peakDb < silentPeakDb;
  add('error', 'silent', named(silent), (count) => `${count} silent: no sample over ${silentPeakDb} dBFS.`);
  add(
    'warning',
    'no-speech',
    named((clip) => !silent(clip) && clip.measures.silenceShare === 1),
    (count) => `${count} in which no speech stands out of the background.`,
  );
  add(
    'warning',
    'short',
    named(({ measures }) => measures.durationS < shortestS),
    (count) => `${count} shorter than ${shortestS} s.`,
  );
  add(
    'note',
    'long',
    named(({ measures }) => measures.durationS > longestS),
    (count) => `${count} longer than ${longestS} s: is it one utterance?`,
  );
  add(
    'warning',
    'clipped',
    named(isClipped),
    (count) => `${count} clipped: three samples and more at full scale, or on a flat top.`,
  );
  add(
    'warning',
    'offset',
    named(({ measures }) => Math.abs(measures.offset) > largestOffset),
    (count) => `${count} not centred on zero (over ${100 * largestOffset} % of full scale).`,
  );
  add(
    'warning',
    'noisy',
    named((clip) => !silent(clip) && clip.measures.loudDb - clip.measures.floorDb < leastRangeDb),
    (count) => `${count} in which the loud parts lie less than ${leastRangeDb} dB over the floor.`,
  );
  const loud = quantilesOf(measured.map(({ measures }) => measures.loudDb)).median;
  add(
    'warning',
    'level',
    named((clip) => !silent(clip) && Math.abs(clip.measures.loudDb - loud) > levelOutlierDb),
    (count) =>
      `${count} over ${levelOutlierDb} dB louder or quieter than the middle one (${fixed(loud, 0)} dBFS).`,
  );
  const bandwidth = quantilesOf(measured.map(({ measures }) => measures.bandwidthHz)).median;
  if (bandwidth > widebandHz) {
    add(
      'warning',
      'narrow-band',
      named((clip) => !silent(clip) && clip.measures.bandwidthHz < telephoneHz),
      (count) =>
        `${count} that end below ${telephoneHz} Hz, as telephones do, in a corpus that reaches ${(bandwidth / 1000).toFixed(1)} kHz.`,
    );
  }
  found.push(...formatFindings(measured), ...classFindings(corpus, measured));
  return found.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

function formatFindings(measured: readonly MeasuredClip[]): Finding[] {
  const rates = [...new Set(measured.map(({ measures }) => measures.sampleRateHz))].sort((a, b) => a - b);
  if (rates.length < 2) return [];
  const names = rates.map((rate) => {
    const count = measured.filter(({ measures }) => measures.sampleRateHz === rate).length;
    return `${rate} Hz: ${count}`;
  });
  const sentence =
    'Recordings of different sample rates: a model may learn the recorder instead of the voice.';
  return [{ severity: 'note', code: 'sample-rates', sentence, names }];
}

function classFindings(corpus: Corpus, measured: readonly MeasuredClip[]): Finding[] {
  const labels = [...new Set(corpus.clips.map((clip) => clip.label))].filter((label) => label !== '').sort();
  if (labels.length === 0) {
    const sentence =
      'The clips have no labels: this is no layout that is known, and there is no manifest.csv.';
    return [{ severity: 'note', code: 'no-labels', sentence, names: [] }];
  }
  const found: Finding[] = [];
  const counts = labels.map((label) => corpus.clips.filter((clip) => clip.label === label));
  const few = labels.filter((_, i) => new Set(counts[i]!.map((clip) => clip.speaker)).size < fewSpeakers);
  if (few.length > 0) {
    const sentence = `Classes with fewer than ${fewSpeakers} speakers: what is measured of them will mean little.`;
    found.push({ severity: 'warning', code: 'few-speakers', sentence, names: few });
  }
  const sizes = counts.map((clips) => clips.length);
  if (Math.max(...sizes) > classRatio * Math.min(...sizes)) {
    const sentence = `The largest class has over ${classRatio} times the clips of the smallest.`;
    const names = labels.map((label, i) => `${label}: ${sizes[i]}`);
    found.push({ severity: 'note', code: 'imbalance', sentence, names });
  }
  const floors = labels.map(
    (label) =>
      quantilesOf(
        measured
          .filter(({ clip }) => clip.label === label)
          .map(({ measures: m }) => Math.max(inaudibleDb, m.floorDb)),
      ).median,
  );
  const [lowest, highest] = [Math.min(...floors), Math.max(...floors)];
  if (highest - lowest > classFloorDb) {
    const sentence = `The noise floor differs by ${(highest - lowest).toFixed(0)} dB from class to class: a model may learn the room or the level instead of the voice.`;
    const names = labels.map((label, i) => `${label}: ${fixed(floors[i]!, 0)} dBFS`);
    found.push({ severity: 'warning', code: 'floor-by-class', sentence, names });
  }
  const sexless = new Set(corpus.clips.filter((clip) => !clip.sex).map((clip) => clip.speaker));
  if (sexless.size > 0) {
    const sentence = 'Speakers whose sex is not known: splits and results cannot be divided by it.';
    found.push({ severity: 'note', code: 'sex-unknown', sentence, names: [...sexless].sort() });
  }
  return found;
}
