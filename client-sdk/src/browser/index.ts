export type { AudioFormat, AudioGap, AudioInput, GapReason } from '../client/audio-input.ts';
