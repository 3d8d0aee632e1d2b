/**
 * Files that streams do not take as they are: more than two channels are mixed to one, rates outside the protocol's are
 * resampled to 16 kHz. What fits is left alone, so that the samples sent are the file's own.
 */
import { highestRateHz, lowestRateHz, PcmDecoder, Resampler } from '@undertone/core';
import { streamRanges } from '@undertone/proto';
import type { WavAudio } from './read-wav.ts';

const targetHz = 16_000;
const mostChannels = 2;

/** Rates that can be brought into the protocol's range. */
export const fileRates: { readonly min: number; readonly max: number } = {
  min: lowestRateHz,
  max: highestRateHz,
};

/** @throws UndertoneError `bad_audio` for samples that are not finite */
export function fitToStream(audio: WavAudio): WavAudio {
  const { min, max } = streamRanges.sampleRate;
  const rateFits = audio.sampleRateHz >= min && audio.sampleRateHz <= max;
  if (rateFits && audio.channels <= mostChannels) return audio;
  const decoded = new PcmDecoder(audio.encoding, audio.channels).decode(audio.bytes);
  const mixed = decoded.length > mostChannels ? [mixToOne(decoded)] : decoded;
  const channels = rateFits ? mixed : mixed.map((samples) => resample(samples, audio.sampleRateHz));
  const notes = [
    ...(decoded.length > mostChannels ? [`${decoded.length} channels mixed to one`] : []),
    ...(rateFits ? [] : [`resampled from ${audio.sampleRateHz} Hz`]),
  ];
  return {
    ...audio,
    encoding: 'float32',
    sampleRateHz: rateFits ? audio.sampleRateHz : targetHz,
    channels: channels.length,
    bytes: interleave(channels),
    description: [audio.description, ...notes].join(', '),
  };
}

function mixToOne(channels: readonly Float32Array[]): Float32Array {
  const mix = new Float32Array(channels[0]!.length);
  for (const samples of channels) {
    for (let i = 0; i < mix.length; i++) mix[i]! += samples[i]! / channels.length;
  }
  return mix;
}

function resample(samples: Float32Array, fromHz: number): Float32Array {
  const resampler = new Resampler(fromHz, targetHz);
  // Both return views that the next call overwrites.
  const body = resampler.process(samples).slice();
  const tail = resampler.flush();
  const out = new Float32Array(body.length + tail.length);
  out.set(body);
  out.set(tail, body.length);
  return out;
}

function interleave(channels: readonly Float32Array[]): Uint8Array {
  const out = new Float32Array(channels.length * channels[0]!.length);
  for (const [c, samples] of channels.entries()) {
    for (let i = 0; i < samples.length; i++) out[i * channels.length + c] = samples[i]!;
  }
  return new Uint8Array(out.buffer);
}
