/** Background sounds of a user's own: the recordings of a folder, read once for each thread. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UndertoneError } from '@undertone/core';
import { readAudioFile } from '../data/audio-file.ts';
import { activePower } from './noise.ts';
import { resample } from './speed.ts';

/** With what tells that a file has changed, as feature caches follow from it. */
export interface NoiseFile {
  readonly path: string;
  readonly bytes: number;
  readonly changedMs: number;
}

const audioName = /\.(wav|flac|ogg|opus|oga|mp3|m4a|aac|wma|webm)$/i;
/** Held in memory by each thread at most. */
const mostSeconds = 1200;
const mostSecondsOfFile = 60;
/** Under this level a file is silence. */
const silentPower = 1e-10;

/**
 * The recordings in a folder and the folders in it, sorted.
 * @throws UndertoneError `file_not_found`, `bad_config` when there is none
 */
export function listNoiseFiles(folder: string): NoiseFile[] {
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Field noiseFolder: cannot read the folder ${folder}.`, {
      cause,
    });
  }
  const files = names
    .filter((name) => audioName.test(name))
    .map((name) => {
      const path = join(folder, name);
      const { size, mtimeMs } = statSync(path);
      return { path, bytes: size, changedMs: mtimeMs };
    });
  if (files.length === 0) {
    throw new UndertoneError(
      'bad_config',
      `Field noiseFolder: expected recordings in ${folder}; found none.`,
    );
  }
  return files;
}

/**
 * The beginning of each file at 16 kHz, 20 minutes in all.
 * @throws UndertoneError naming a file that cannot be read or is silent
 */
export async function readNoiseFiles(files: readonly NoiseFile[]): Promise<Float32Array[]> {
  const seconds = Math.min(mostSecondsOfFile, Math.max(1, mostSeconds / files.length));
  const tracks: Float32Array[] = [];
  for (const { path } of files) {
    const audio = await readAudioFile(path);
    const part = audio.samples.subarray(0, Math.round(seconds * audio.sampleRateHz));
    const track = resample(part, audio.sampleRateHz);
    if (track.length === 0 || activePower(track) < silentPower) {
      throw new UndertoneError('bad_wav', `${path}: expected a background sound; found silence.`);
    }
    tracks.push(track.slice());
  }
  return tracks;
}
