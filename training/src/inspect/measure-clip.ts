/** Reads and measures one clip of a corpus. */
import { UndertoneError } from '@undertone/core';
import { readAudioFile } from '../data/audio-file.ts';
import type { Clip } from '../data/clip.ts';
import { type AudioMeasures, measureAudio } from './measure-audio.ts';

export interface ClipMeasures extends AudioMeasures {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly format: string;
}

/** What was found, or why the recording cannot be used. */
export type ClipResult =
  | { readonly index: number; readonly measures: ClipMeasures }
  | { readonly index: number; readonly problem: string };

export async function measureClip(clip: Clip, index: number): Promise<ClipResult> {
  try {
    const { samples, sampleRateHz, channels, format } = await readAudioFile(
      clip.path,
      clip.startS,
      clip.endS,
    );
    return { index, measures: { ...measureAudio(samples, sampleRateHz), sampleRateHz, channels, format } };
  } catch (error) {
    if (error instanceof UndertoneError) return { index, problem: error.message };
    throw error;
  }
}
