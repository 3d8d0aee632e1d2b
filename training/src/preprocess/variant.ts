/** The ways in which a clip is heard: as recorded, faster, in noise, in a room, on the telephone, louder. */
import type { Random } from '../data/random.ts';
import type { Babble } from './babble.ts';
import { throughMobile } from './mobile.ts';
import { limitPeak, makeNoise, mixAtSnr, type NoiseKind, noiseKinds } from './noise.ts';
import type { NoiseFile } from './noise-files.ts';
import { losePackets } from './packet-loss.ts';
import { inRoom, type RoomSpec, roomResponse } from './room.ts';
import { changeSpeed } from './speed.ts';
import { throughTelephone } from './telephone.ts';

export interface VariantSpec {
  readonly name: string;
  /** Speed factor; pitch and formants move with it. */
  readonly speed?: number;
  /** Background sound: one of `kinds` at a ratio uniform in [low, high] dB. */
  readonly noise?: { readonly kinds: readonly NoiseKind[]; readonly lowDb: number; readonly highDb: number };
  /** Background sound from these recordings, at a ratio uniform in [low, high] dB. */
  readonly noiseFiles?: {
    readonly files: readonly NoiseFile[];
    readonly lowDb: number;
    readonly highDb: number;
  };
  /** Reverberation; before noise is added, as that is of the same room. */
  readonly room?: RoomSpec;
  /** `full` is 8 kHz mu-law; `band` cuts out 300 to 3400 Hz as well. */
  readonly telephone?: 'full' | 'band';
  /** 8 kHz and coding as on a mobile telephone. */
  readonly mobile?: true;
  /** Packets of 20 ms that are lost: their share, and the mean length of a burst. */
  readonly packetLoss?: { readonly share: number; readonly burst: number };
  /** Change of level; what exceeds full scale is clipped, as a stream's samples are. */
  readonly gainDb?: number;
}

const trainingNoise = { kinds: noiseKinds, lowDb: 5, highDb: 25 } as const;
const everydayTrainingNoise = { lowDb: 5, highDb: 20 } as const;
const loudTrainingNoise = { lowDb: 4, highDb: 12 } as const;

/** What a model is trained on. */
export const trainingVariants: readonly VariantSpec[] = [
  { name: 'clean' },
  { name: 'speed-0.90', speed: 0.9 },
  { name: 'speed-0.95', speed: 0.95 },
  { name: 'speed-1.05', speed: 1.05 },
  { name: 'speed-1.10', speed: 1.1 },
  { name: 'noise', noise: trainingNoise },
  { name: 'babble', noise: { kinds: ['babble'], ...everydayTrainingNoise } },
  { name: 'ambience', noise: { kinds: ['ambience'], ...everydayTrainingNoise } },
  { name: 'telephone', telephone: 'full' },
  { name: 'telephone-noise', telephone: 'band', noise: trainingNoise },
];

/** What a model may be trained on as well, where it is asked for. */
export const optionalVariants: readonly VariantSpec[] = [
  { name: 'room', room: { lowRt60S: 0.2, highRt60S: 0.8, lowDirectDb: -3, highDirectDb: 10 } },
  { name: 'mobile', mobile: true },
  // A second draw: each clip is mixed once in each variant, and no noise is as hard as voices.
  { name: 'babble-loud', noise: { kinds: ['babble'], ...loudTrainingNoise } },
  { name: 'packet-loss', telephone: 'full', packetLoss: { share: 0.05, burst: 2 } },
];

/** Needs files: `noiseFolder` of an experiment. */
export const noiseFilesVariant = 'noise-files';

export function noiseFilesSpec(files: readonly NoiseFile[]): VariantSpec {
  const { lowDb, highDb } = trainingNoise;
  return { name: noiseFilesVariant, noiseFiles: { files, lowDb, highDb } };
}

/** Whether the variant is drawn anew for each seed. */
export function isRandom({ noise, noiseFiles, room, packetLoss }: VariantSpec): boolean {
  return Boolean(noise ?? noiseFiles ?? room ?? packetLoss);
}

const evaluationNoise = { kinds: noiseKinds, lowDb: 10, highDb: 10 } as const;
const everydayNoise = ['babble', 'street', 'fan'] as const;

/** What a model is measured on. */
export const evaluationVariants: readonly VariantSpec[] = [
  { name: 'clean' },
  { name: 'telephone', telephone: 'full' },
  { name: 'telephone-band', telephone: 'band' },
  { name: 'noise-10dB', noise: evaluationNoise },
  ...everydayNoise.flatMap((kind) =>
    [20, 10, 0].map(
      (snrDb): VariantSpec => ({
        name: `${kind}-${snrDb}dB`,
        noise: { kinds: [kind], lowDb: snrDb, highDb: snrDb },
      }),
    ),
  ),
  { name: 'gain+12dB', gainDb: 12 },
  { name: 'gain-12dB', gainDb: -12 },
];

/** What speech targets are computed from: the speech with its timing changed and nothing added. */
export function timedSpeech(samples: Float32Array, spec: VariantSpec): Float32Array {
  return spec.speed === undefined ? samples : limitPeak(changeSpeed(samples, spec.speed));
}

/**
 * Applies everything but the speed to the samples of `timedSpeech`.
 * @param speaker who speaks, so that the babble is of others
 * @param tracks recordings of `noiseFiles`
 */
export function degrade(
  speech: Float32Array,
  spec: VariantSpec,
  speaker: string,
  babble: Babble | null,
  random: Random,
  tracks: readonly Float32Array[] = [],
): Float32Array {
  let out = speech;
  if (spec.room) out = inRoom(out, roomResponse(spec.room, random));
  if (spec.noise) {
    const kind = random.pick(spec.noise.kinds.filter((each) => each !== 'babble' || babble));
    const noise =
      kind === 'babble' ? babble!.trackFor(speaker, random) : makeNoise(kind, speech.length, random);
    const snrDb = random.between(spec.noise.lowDb, spec.noise.highDb);
    out = mixAtSnr(out, noise, snrDb, random.below(noise.length));
  }
  if (spec.noiseFiles) {
    const noise = random.pick(tracks);
    const snrDb = random.between(spec.noiseFiles.lowDb, spec.noiseFiles.highDb);
    out = mixAtSnr(out, noise, snrDb, random.below(noise.length));
  }
  if (spec.telephone) out = throughTelephone(out, spec.telephone === 'band');
  if (spec.mobile) out = throughMobile(out);
  if (spec.packetLoss) out = losePackets(out, spec.packetLoss.share, spec.packetLoss.burst, random);
  if (spec.gainDb !== undefined) {
    const gain = 10 ** (spec.gainDb / 20);
    out = out.map((x) => Math.max(-1, Math.min(1, gain * x)));
  }
  return out;
}
