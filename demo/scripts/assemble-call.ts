/**
 * Puts the demo call together from the CREMA-D clips of `call-plan.ts`:
 *   npx tsx --conditions=@undertone/source demo/scripts/assemble-call.ts FOLDER_OF_CREMA-D_AudioWAV
 * Writes `call.wav` (as a telephone call is recorded: 8 kHz mu-law, customer left, agent right) and `call.json` (which
 * clip lies where). The same clips give the same bytes.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAudioFile } from '@undertone/client-sdk/node';
import { encodeG711, Resampler } from '@undertone/core';
import { sentences, type Turn, turns } from './call-plan.ts';

const clipRateHz = 16_000;
const callRateHz = 8000;
const tailSeconds = 1;
/** Quieter than this against the loudest 20 ms of the clip is not speech. */
const trimDb = -38;
const marginSeconds = 0.12;
const fadeSeconds = 0.01;
/** A line is never quite silent: -66 dB of full scale. */
const lineNoise = 0.0005;
const peak = 0.7;

interface PlacedTurn extends Turn {
  readonly samples: Float32Array;
  readonly startSample: number;
}

const outputFolder = fileURLToPath(new URL('..', import.meta.url));

async function main(corpusFolder: string | undefined): Promise<void> {
  if (corpusFolder === undefined) throw new Error('Expected the folder of the CREMA-D WAV files; got none.');
  const placed: PlacedTurn[] = [];
  let position = 0;
  for (const turn of turns) {
    const samples = trim(await readClip(join(corpusFolder, `${turn.clip}.wav`)));
    position += Math.round(turn.pauseSeconds * callRateHz);
    placed.push({ ...turn, samples, startSample: position });
    position += samples.length;
  }
  const lengthSamples = position + tailSeconds * callRateHz;
  const channels = [0, 1].map((channel) => mix(placed, channel, lengthSamples));
  writeFileSync(join(outputFolder, 'call.wav'), muLawWav(channels));
  writeFileSync(
    join(outputFolder, 'call.json'),
    `${JSON.stringify(callIndex(placed, lengthSamples), null, 2)}\n`,
  );
  console.log(`call.wav: ${(lengthSamples / callRateHz).toFixed(1)} s, ${placed.length} clips`);
}

async function readClip(path: string): Promise<Float32Array> {
  const { bytes, encoding, sampleRateHz, channels } = await readAudioFile(path);
  if (encoding !== 'linear16' || sampleRateHz !== clipRateHz || channels !== 1) {
    throw new Error(
      `Expected ${path} to be 16-bit mono at ${clipRateHz} Hz; got ${encoding} at ${sampleRateHz} Hz.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = Float32Array.from(
    { length: bytes.length / 2 },
    (_, n) => view.getInt16(2 * n, true) / 32768,
  );
  const resampler = new Resampler(clipRateHz, callRateHz);
  return Float32Array.from([...resampler.process(samples), ...resampler.flush()]);
}

/** Without the silence at both ends, and faded there. */
function trim(samples: Float32Array): Float32Array {
  const block = callRateHz / 50;
  const energies: number[] = [];
  for (let start = 0; start + block <= samples.length; start += block) {
    energies.push(samples.subarray(start, start + block).reduce((sum, x) => sum + x * x, 0));
  }
  const threshold = Math.max(...energies) * 10 ** (trimDb / 10);
  const first = energies.findIndex((energy) => energy >= threshold);
  const last = energies.findLastIndex((energy) => energy >= threshold);
  const margin = Math.round(marginSeconds * callRateHz);
  const from = Math.max(0, first * block - margin);
  const trimmed = samples.slice(from, Math.min(samples.length, (last + 1) * block + margin));
  const fade = Math.round(fadeSeconds * callRateHz);
  for (let n = 0; n < fade; n++) {
    trimmed[n]! *= n / fade;
    trimmed[trimmed.length - 1 - n]! *= n / fade;
  }
  return trimmed;
}

/** One gain for all clips of a speaker: how loud somebody speaks is part of the emotion. */
function mix(placed: readonly PlacedTurn[], channel: number, lengthSamples: number): Float32Array {
  const own = placed.filter((turn) => turn.channel === channel);
  const loudest = Math.max(
    ...own.map(({ samples }) => samples.reduce((max, x) => Math.max(max, Math.abs(x)), 0)),
  );
  const noise = noiseSource(channel + 1);
  const signal = Float32Array.from({ length: lengthSamples }, () => lineNoise * noise());
  for (const { samples, startSample } of own) {
    for (const [n, x] of samples.entries()) signal[startSample + n]! += (x * peak) / loudest;
  }
  return signal;
}

/** About normal, from a linear congruential generator (Numerical Recipes, 2nd edition, 7.1). */
function noiseSource(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return () => uniform() + uniform() + uniform() - 1.5;
}

/** WAV with format code 7 and its `fact` chunk, as non-PCM formats need it. */
function muLawWav(channels: readonly Float32Array[]): Uint8Array {
  const frames = channels[0]!.length;
  const count = channels.length;
  const bytes = new Uint8Array(58 + frames * count);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode('RIFF....WAVEfmt ......................fact........data'));
  view.setUint32(4, bytes.length - 8, true);
  view.setUint32(16, 18, true);
  view.setUint16(20, 7, true);
  view.setUint16(22, count, true);
  view.setUint32(24, callRateHz, true);
  view.setUint32(28, callRateHz * count, true);
  view.setUint16(32, count, true);
  view.setUint16(34, 8, true);
  view.setUint16(36, 0, true);
  view.setUint32(42, 4, true);
  view.setUint32(46, frames, true);
  view.setUint32(54, frames * count, true);
  for (const [channel, signal] of channels.entries()) {
    for (const [n, code] of encodeG711(signal, 'mulaw').entries()) bytes[58 + n * count + channel] = code;
  }
  return bytes;
}

function callIndex(placed: readonly PlacedTurn[], lengthSamples: number): unknown {
  const seconds = (samples: number): number => Math.round((samples * 1000) / callRateHz) / 1000;
  return {
    file: 'call.wav',
    sampleRateHz: callRateHz,
    seconds: seconds(lengthSamples),
    roles: ['customer', 'agent'],
    turns: placed.map(({ channel, clip, label, startSample, samples }) => ({
      channel,
      role: channel === 0 ? 'customer' : 'agent',
      clip,
      start: seconds(startSample),
      end: seconds(startSample + samples.length),
      intendedLabel: label,
      words: sentences[clip.split('_')[1]!],
    })),
  };
}

await main(process.argv[2]);
