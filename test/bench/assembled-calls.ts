/** Calls put together from single utterances of one speaker each (CREMA-D), with pauses between them. Repeatable. */
import { readdirSync, readFileSync } from 'node:fs';
import wavefile from 'wavefile';

const rate = 16_000;

export interface AssembledCall {
  readonly kind: 'neutral' | 'angry' | 'distressed';
  readonly speaker: string;
  readonly number: number;
  /** Mono, 16 kHz, 16 bits. */
  readonly wav: Uint8Array;
  /** Seconds in which the voice is not neutral. */
  readonly turn: readonly [number, number] | null;
}

/** Neutral calls have 24 utterances; the others 8 neutral ones, 10 of the emotion, 8 neutral ones. */
export function* assembleCalls(folder: string, speakers: readonly string[]): Generator<AssembledCall> {
  const files = readdirSync(folder);
  for (const speaker of speakers) {
    const pick = random(Number(speaker));
    const of = (...emotions: string[]): string[] =>
      files.filter(
        (file) => file.startsWith(`${speaker}_`) && emotions.some((name) => file.includes(`_${name}_`)),
      );
    const neutral = of('NEU');
    const some = (names: readonly string[], count: number): string[] =>
      Array.from({ length: Math.ceil(count / names.length) }, () => shuffled(names, pick))
        .flat()
        .slice(0, count);
    const call = (kind: AssembledCall['kind'], number: number, parts: readonly string[][]): AssembledCall => {
      const pieces: Int16Array[] = [];
      let samples = 0;
      const marks: number[] = [];
      for (const part of parts) {
        marks.push(samples / rate);
        for (const file of part) {
          for (const piece of [
            readSamples(`${folder}/${file}`),
            new Int16Array(Math.round((0.4 + 1.1 * pick()) * rate)),
          ]) {
            pieces.push(piece);
            samples += piece.length;
          }
        }
      }
      const all = new Int16Array(samples);
      let at = 0;
      for (const piece of pieces) {
        all.set(piece, at);
        at += piece.length;
      }
      const wav = new wavefile.WaveFile();
      wav.fromScratch(1, rate, '16', all);
      return {
        kind,
        speaker,
        number,
        wav: wav.toBuffer(),
        turn: parts.length === 3 ? [marks[1]!, marks[2]!] : null,
      };
    };
    for (const number of [0, 1]) {
      yield call('neutral', number, [some(neutral, 24)]);
      yield call('angry', number, [some(neutral, 8), some(of('ANG'), 10), some(neutral, 8)]);
    }
    yield call('distressed', 0, [some(neutral, 8), some(of('FEA', 'SAD'), 10), some(neutral, 8)]);
  }
}

function readSamples(path: string): Int16Array {
  const wav = new wavefile.WaveFile(readFileSync(path));
  const { sampleRate, numChannels } = wav.fmt as { sampleRate: number; numChannels: number };
  if (sampleRate !== rate || numChannels !== 1) throw new RangeError(`Expected mono at 16 kHz in ${path}.`);
  return Int16Array.from(wav.getSamples(false, Int16Array) as unknown as Int16Array);
}

function shuffled(names: readonly string[], pick: () => number): string[] {
  const rest = [...names];
  return names.map(() => rest.splice(Math.floor(pick() * rest.length), 1)[0]!);
}

/** Numbers in [0, 1) by a linear congruential generator (Numerical Recipes). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
