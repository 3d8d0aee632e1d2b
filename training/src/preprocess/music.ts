/** Music of random instruments, as on hold or in the background: melody, chords, bass and drums, some or all of them. */
import type { Random } from '../data/random.ts';
import { sampleRateHz } from './speed.ts';

const scales: readonly (readonly number[])[] = [
  [0, 2, 4, 5, 7, 9, 11],
  [0, 2, 3, 5, 7, 8, 10],
  [0, 2, 4, 7, 9],
  [0, 3, 5, 6, 7, 10],
];

interface Instrument {
  /** Amplitude of each harmonic. */
  readonly harmonics: readonly number[];
  readonly attackS: number;
  /** Infinite where notes are held. */
  readonly decayS: number;
  readonly releaseS: number;
  readonly vibrato: number;
  readonly vibratoHz: number;
  /** Share of a note in which it slides from the note before. */
  readonly glide: number;
}

interface Note {
  readonly start: number;
  readonly length: number;
  readonly hz: number;
  readonly fromHz: number;
  readonly level: number;
}

/** `length` samples; the level has no meaning. */
export function music(length: number, random: Random): Float32Array {
  const out = new Float32Array(length);
  const beat = Math.round(random.between(0.18, 0.8) * sampleRateHz);
  const scale = random.pick(scales);
  const rootHz = 55 * 2 ** (random.below(12) / 12);
  const chosen = 1 + random.below(15);
  if (chosen & 1) addMelody(out, beat, scale, rootHz, random);
  if (chosen & 2) addChords(out, beat, scale, rootHz, random);
  if (chosen & 4) addBass(out, beat, scale, rootHz, random);
  if (chosen & 8) addDrums(out, beat, random);
  return out;
}

function makeInstrument(random: Random): Instrument {
  const isHeld = random.chance(0.5);
  const fall = random.between(0.5, 2.5);
  const isOdd = random.chance(0.25);
  return {
    harmonics: Array.from({ length: 1 + random.below(12) }, (_, h) =>
      isOdd && h % 2 === 1 ? 0 : random.between(0.3, 1) / (h + 1) ** fall,
    ),
    attackS: isHeld ? random.between(0.01, 0.15) : random.between(0.001, 0.02),
    decayS: isHeld ? Number.POSITIVE_INFINITY : random.between(0.08, 1.2),
    releaseS: random.between(0.02, 0.2),
    vibrato: random.chance(0.4) ? random.between(0.003, 0.02) : 0,
    vibratoHz: random.between(4, 7),
    glide: random.chance(0.2) ? random.between(0.1, 0.5) : 0,
  };
}

function addMelody(
  out: Float32Array,
  beat: number,
  scale: readonly number[],
  rootHz: number,
  random: Random,
): void {
  const instrument = makeInstrument(random);
  const octave = 1 + random.below(4);
  let degree = random.below(scale.length);
  let before = rootHz * 2 ** octave;
  for (let at = 0; at < out.length; ) {
    const length = beat * random.pick([0.5, 1, 1, 1, 2, 3]);
    degree += random.below(5) - 2;
    const hz = pitchOf(scale, degree, rootHz * 2 ** octave);
    if (random.chance(0.85)) {
      addNote(out, { start: at, length, hz, fromHz: before, level: random.between(0.5, 1) }, instrument);
    }
    before = hz;
    at += Math.round(length);
  }
}

function addChords(
  out: Float32Array,
  beat: number,
  scale: readonly number[],
  rootHz: number,
  random: Random,
): void {
  const instrument = makeInstrument(random);
  const length = beat * random.pick([1, 2, 4]);
  for (let at = 0; at < out.length; at += length) {
    const degree = random.below(scale.length);
    for (const third of [0, 2, 4].slice(0, 2 + random.below(2))) {
      const hz = pitchOf(scale, degree + third, 2 * rootHz);
      addNote(out, { start: at, length, hz, fromHz: hz, level: 0.4 }, instrument);
    }
  }
}

function addBass(
  out: Float32Array,
  beat: number,
  scale: readonly number[],
  rootHz: number,
  random: Random,
): void {
  const instrument = makeInstrument(random);
  const length = beat * random.pick([0.5, 1, 2]);
  for (let at = 0; at < out.length; at += length) {
    const hz = pitchOf(scale, random.below(scale.length), rootHz);
    addNote(out, { start: Math.round(at), length, hz, fromHz: hz, level: 0.8 }, instrument);
  }
}

/** A pattern of four or eight, repeated: a falling thump, or a burst of noise, or neither. */
function addDrums(out: Float32Array, beat: number, random: Random): void {
  const pattern = Array.from({ length: random.pick([4, 8]) }, () => random.below(4));
  const thumpHz = random.between(40, 110);
  const burstS = random.between(0.01, 0.15);
  const colour = random.between(0, 0.95);
  for (let at = 0, i = 0; at < out.length; at += Math.round(beat / 2), i++) {
    const stroke = pattern[i % pattern.length]!;
    const end = Math.min(out.length, at + Math.round(0.4 * sampleRateHz));
    let phase = 0;
    let smooth = 0;
    for (let n = at; n < end && stroke > 1; n++) {
      const t = (n - at) / sampleRateHz;
      if (stroke === 2) {
        phase += (2 * Math.PI * thumpHz * (1 + 3 * Math.exp(-t / 0.02))) / sampleRateHz;
        out[n] = out[n]! + 1.2 * Math.exp(-t / 0.1) * Math.sin(phase);
      } else {
        smooth += (1 - colour) * (random.uniform() * 2 - 1 - smooth);
        out[n] = out[n]! + 0.8 * Math.exp(-t / burstS) * smooth;
      }
    }
  }
}

function pitchOf(scale: readonly number[], degree: number, rootHz: number): number {
  const octave = Math.floor(degree / scale.length);
  return rootHz * 2 ** (octave + scale[degree - octave * scale.length]! / 12);
}

function addNote(out: Float32Array, note: Note, instrument: Instrument): void {
  const { harmonics, attackS, decayS, releaseS, vibrato, vibratoHz, glide } = instrument;
  const lengthS = note.length / sampleRateHz;
  const end = Math.min(out.length, note.start + Math.round(note.length + releaseS * sampleRateHz));
  const count = harmonics.filter((_, h) => (h + 1) * note.hz < 7000).length;
  let phase = 0;
  for (let n = note.start; n < end; n++) {
    const t = (n - note.start) / sampleRateHz;
    const slide = glide > 0 ? Math.min(1, t / (glide * lengthS)) : 1;
    const hz = note.fromHz + slide * (note.hz - note.fromHz);
    phase += (2 * Math.PI * hz * (1 + vibrato * Math.sin(2 * Math.PI * vibratoHz * t))) / sampleRateHz;
    const release = t > lengthS ? Math.exp(-(t - lengthS) / (0.3 * releaseS)) : 1;
    const envelope = note.level * Math.min(1, t / attackS) * Math.exp(-t / decayS) * release;
    // sin((h + 1) phase) = 2 cos(phase) sin(h phase) - sin((h - 1) phase)
    const twice = 2 * Math.cos(phase);
    let before = 0;
    let sine = Math.sin(phase);
    let sum = 0;
    for (let h = 0; h < count; h++) {
      sum += harmonics[h]! * sine;
      [before, sine] = [sine, twice * sine - before];
    }
    out[n] = out[n]! + envelope * sum;
  }
}
