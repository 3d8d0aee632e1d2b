/** Calls put together from single utterances of one speaker each (CREMA-D or RAVDESS), with pauses between them. Repeatable. */
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

type Emotion = 'neutral' | 'angry' | 'fearful' | 'sad';

/** As names of files say it. RAVDESS has few neutral clips, and calm ones beside them. */
const codes: Readonly<Record<'crema' | 'ravdess', Readonly<Record<Emotion, readonly string[]>>>> = {
  crema: { neutral: ['NEU'], angry: ['ANG'], fearful: ['FEA'], sad: ['SAD'] },
  ravdess: { neutral: ['01', '02'], angry: ['05'], fearful: ['06'], sad: ['04'] },
};

/** Neutral calls have 24 utterances; the others 8 neutral ones, 10 of the emotion, 8 neutral ones. */
export function* assembleCalls(folder: string, speakers: readonly string[]): Generator<AssembledCall> {
  for (const speaker of speakers) {
    const voice = new Voice(folder, speaker);
    const neutral = voice.of('neutral');
    for (const number of [0, 1]) {
      yield voice.call('neutral', number, [voice.some(neutral, 24)]);
      yield voice.call('angry', number, [
        voice.some(neutral, 8),
        voice.some(voice.of('angry'), 10),
        voice.some(neutral, 8),
      ]);
    }
    yield voice.call('distressed', 0, [
      voice.some(neutral, 8),
      voice.some(voice.of('fearful', 'sad'), 10),
      voice.some(neutral, 8),
    ]);
  }
}

/** Two calls of 24 neutral utterances each, and two of 12 neutral ones and then 12 angry ones. */
export function* assembleTurns(folder: string, speakers: readonly string[]): Generator<AssembledCall> {
  for (const speaker of speakers) {
    const voice = new Voice(folder, speaker);
    const neutral = voice.of('neutral');
    for (const number of [0, 1]) {
      yield voice.call('neutral', number, [voice.some(neutral, 24)]);
      yield voice.call('angry', number, [voice.some(neutral, 12), voice.some(voice.of('angry'), 12)]);
    }
  }
}

/** `1001` of CREMA-D, or `Actor_01` of RAVDESS, which has a folder of its own. */
class Voice {
  readonly #isRavdess: boolean;
  readonly #folder: string;
  readonly #speaker: string;
  readonly #files: readonly string[];
  readonly #pick: () => number;

  constructor(folder: string, speaker: string) {
    this.#isRavdess = speaker.startsWith('Actor_');
    this.#folder = this.#isRavdess ? `${folder}/${speaker}` : folder;
    this.#speaker = speaker;
    const start = this.#isRavdess ? '03-01-' : `${speaker}_`;
    this.#files = readdirSync(this.#folder).filter((file) => file.startsWith(start));
    this.#pick = random(Number(speaker.replace('Actor_', '')));
  }

  /** Utterances of these emotions. */
  of(...emotions: Emotion[]): string[] {
    const wanted = emotions.flatMap((emotion) => codes[this.#isRavdess ? 'ravdess' : 'crema'][emotion]);
    return this.#files.filter((file) => wanted.includes(file.split(/[-_]/)[2]!));
  }

  /** So many of them, each as often as any other. */
  some(names: readonly string[], count: number): string[] {
    return Array.from({ length: Math.ceil(count / names.length) }, () => shuffled(names, this.#pick))
      .flat()
      .slice(0, count);
  }

  /** @param parts the second, if there is one, is the one that is not neutral */
  call(kind: AssembledCall['kind'], number: number, parts: readonly string[][]): AssembledCall {
    const pieces: Int16Array[] = [];
    let samples = 0;
    const marks: number[] = [];
    for (const part of parts) {
      marks.push(samples / rate);
      for (const file of part) {
        for (const piece of [
          readSamples(`${this.#folder}/${file}`),
          new Int16Array(Math.round((0.4 + 1.1 * this.#pick()) * rate)),
        ]) {
          pieces.push(piece);
          samples += piece.length;
        }
      }
    }
    marks.push(samples / rate);
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
      speaker: this.#speaker,
      number,
      wav: wav.toBuffer(),
      turn: parts.length > 1 ? [marks[1]!, marks[2]!] : null,
    };
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
