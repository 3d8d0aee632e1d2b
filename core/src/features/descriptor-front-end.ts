/**
 * The classical descriptors of speech, streaming: level, zero crossings, spectral shape and MFCC of every frame,
 * each frame computed once. Frame i begins at sample `hopSamples * i` of the stream.
 */
import { type DescriptorConfig, defaultDescriptorConfig } from './descriptor-config.ts';
import { frameEnergy, logEnergy, rms } from './energy.ts';
import { FrameBuffer } from './frame-buffer.ts';
import { FrameSpectrum, type FrameSpectrumConfig } from './frame-spectrum.ts';
import { Mfcc } from './mfcc.ts';
import { centroid, entropyBits, flatness, rollOff, SpectralFlux, spectralSum, spread } from './spectral.ts';
import { zeroCrossingRate } from './zero-crossings.ts';

const shapeNames = [
  'rms',
  'log_energy',
  'zero_crossing_rate',
  'centroid_hz',
  'spread_hz',
  'rolloff85_hz',
  'rolloff95_hz',
  'flux',
  'flatness',
  'entropy_bits',
] as const;

/** Names of the values of a frame, in order: level and shape, then `mfcc0`, `mfcc1`, ... */
export function descriptorNames(config: DescriptorConfig): string[] {
  return [...shapeNames, ...Array.from({ length: config.mfcc.coefficients }, (_, k) => `mfcc${k}`)];
}

function sameSpectrum(a: FrameSpectrumConfig, b: FrameSpectrumConfig): boolean {
  return (
    a.window === b.window &&
    a.removeDcOffset === b.removeDcOffset &&
    a.preemphasis === b.preemphasis &&
    a.firstSample === b.firstSample
  );
}

export class DescriptorFrontEnd {
  /** Values per frame. */
  readonly frameSize: number;
  readonly #config: DescriptorConfig;
  readonly #frames: FrameBuffer;
  readonly #spectrum: FrameSpectrum;
  /** The same object as `#spectrum` where MFCC share its window and pre-emphasis. */
  readonly #mfccSpectrum: FrameSpectrum;
  readonly #magnitude: Float64Array;
  readonly #flux: SpectralFlux;
  readonly #mfcc: Mfcc;
  #output: Float32Array = new Float32Array(0);
  #produced = 0;

  constructor(config: DescriptorConfig = defaultDescriptorConfig) {
    const { sampleRate, windowSamples, hopSamples, fftSize, spectral, mfcc } = config;
    this.#config = config;
    this.frameSize = shapeNames.length + mfcc.coefficients;
    // A window that is centred in the FFT needs the samples of the whole FFT, as its frame does in librosa.
    const centred = spectral.firstSample > 0 || mfcc.firstSample > 0;
    this.#frames = new FrameBuffer(centred ? fftSize : windowSamples, hopSamples);
    this.#spectrum = new FrameSpectrum(spectral, windowSamples, fftSize);
    this.#mfccSpectrum = sameSpectrum(spectral, mfcc)
      ? this.#spectrum
      : new FrameSpectrum(mfcc, windowSamples, fftSize);
    const bins = this.#spectrum.power.length;
    this.#magnitude = new Float64Array(bins);
    this.#flux = new SpectralFlux(spectral.flux, bins, spectral.firstBin);
    this.#mfcc = new Mfcc(mfcc, sampleRate, fftSize);
  }

  /** Frames produced since the start of the stream; the next one has this index. */
  get frames(): number {
    return this.#produced;
  }

  /**
   * Feeds samples in [-1, 1] at the configured rate; returns the frames they complete, `[frames, frameSize]` in
   * the order of `descriptorNames`, valid until the next call.
   */
  accept(samples: Float32Array): Float32Array {
    const frames = this.#frames;
    const most = Math.ceil(samples.length / frames.hopSamples) + 1;
    if (this.#output.length < most * this.frameSize) this.#output = new Float32Array(most * this.frameSize);
    let offset = 0;
    for (let taken = 0; ; ) {
      taken += frames.fill(samples, taken);
      if (!frames.ready) break;
      this.#describe(frames.frame, offset);
      offset += this.frameSize;
      this.#produced++;
      frames.advance();
    }
    return this.#output.subarray(0, offset);
  }

  #describe(frame: Float32Array, offset: number): void {
    const { windowSamples, sampleRate, fftSize, spectral } = this.#config;
    const { weighting, firstBin } = spectral;
    const out = this.#output;
    const power = this.#spectrum.power;
    const magnitude = this.#magnitude;
    this.#spectrum.compute(frame);
    for (let k = 0; k < power.length; k++) magnitude[k] = Math.sqrt(power[k]!);
    const weights = weighting === 'power' ? power : magnitude;
    const binHz = sampleRate / fftSize;
    const sum = spectralSum(weights, firstBin);
    const centroidHz = centroid(weights, firstBin, binHz, sum);
    const energy = frameEnergy(frame, windowSamples);
    out[offset] = rms(energy, windowSamples);
    out[offset + 1] = logEnergy(energy);
    out[offset + 2] = zeroCrossingRate(frame, windowSamples);
    out[offset + 3] = centroidHz;
    out[offset + 4] = spread(weights, firstBin, binHz, sum, centroidHz);
    out[offset + 5] = rollOff(weights, firstBin, binHz, sum, 0.85);
    out[offset + 6] = rollOff(weights, firstBin, binHz, sum, 0.95);
    out[offset + 7] = this.#flux.next(magnitude);
    out[offset + 8] = flatness(power, firstBin);
    out[offset + 9] = entropyBits(weights, firstBin, sum);
    if (this.#mfccSpectrum !== this.#spectrum) this.#mfccSpectrum.compute(frame);
    this.#mfcc.compute(this.#mfccSpectrum.power, out, offset + shapeNames.length);
  }
}
