/** Which definitions the descriptors follow; two published conventions are ready to use. */
import type { FrameSpectrumConfig } from './frame-spectrum.ts';
import { kaldiMfcc, librosaMfcc, type MfccConfig } from './mfcc.ts';
import type { FluxKind } from './spectral.ts';

export interface SpectralConfig extends FrameSpectrumConfig {
  /** What centroid, spread, roll-off and entropy weigh with; flatness is of the power, flux of the magnitude. */
  readonly weighting: 'power' | 'magnitude';
  /** 1 leaves out the bin at 0 Hz. */
  readonly firstBin: 0 | 1;
  readonly flux: FluxKind;
}

export interface DescriptorConfig {
  readonly sampleRate: number;
  readonly windowSamples: number;
  readonly hopSamples: number;
  readonly fftSize: number;
  readonly spectral: SpectralConfig;
  readonly mfcc: MfccConfig & FrameSpectrumConfig;
}

/** Spectral shape of the power spectrum without 0 Hz, as openSMILE has it; MFCC as Kaldi has them. */
export const defaultDescriptorConfig: DescriptorConfig = {
  sampleRate: 16000,
  windowSamples: 400,
  hopSamples: 160,
  fftSize: 512,
  spectral: {
    window: 'hann',
    removeDcOffset: false,
    preemphasis: 0,
    firstSample: 0,
    weighting: 'power',
    firstBin: 1,
    flux: 'rms',
  },
  mfcc: { ...kaldiMfcc, window: 'povey', removeDcOffset: true, preemphasis: 0.97, firstSample: 0 },
};

const librosaSpectrum: FrameSpectrumConfig = {
  window: 'hann-periodic',
  removeDcOffset: false,
  preemphasis: 0,
  firstSample: 56,
};

/** librosa with `n_fft=512, hop_length=160, win_length=400, center=False`: a frame needs 112 samples more. */
export const librosaDescriptorConfig: DescriptorConfig = {
  sampleRate: 16000,
  windowSamples: 400,
  hopSamples: 160,
  fftSize: 512,
  spectral: { ...librosaSpectrum, weighting: 'magnitude', firstBin: 0, flux: 'l2' },
  mfcc: { ...librosaMfcc, ...librosaSpectrum },
};
