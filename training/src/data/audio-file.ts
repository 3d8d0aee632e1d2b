/**
 * Reads recordings of any common format, told by their first bytes and not by their names: WAV here, FLAC and Ogg Opus by
 * libFLAC and libopus in WebAssembly, MP3 and the rest by the program ffmpeg, because no MP3 decoder on npm is both kept up
 * and free of copyleft.
 */
import { readFile } from 'node:fs/promises';
import { UndertoneError } from '@undertone/core';
import type { DecodedAudio } from './decoded-audio.ts';
import { decodeByFfmpeg } from './ffmpeg-audio.ts';
import { decodeFlac } from './flac-audio.ts';
import { decodeOpus } from './opus-audio.ts';
import { parseWav } from './wav-file.ts';

/** The file that was decoded last: a long recording that a manifest cuts into clips is decoded once. */
let latest: { readonly path: string; readonly audio: Promise<DecodedAudio> } | null = null;

/**
 * @param startS first second wanted
 * @param endS end, default the end of the file
 * @throws UndertoneError `file_not_found`, `unsupported_format`, `bad_wav`, `bad_audio`, each naming the file
 */
export async function readAudioFile(
  path: string,
  startS = 0,
  endS: number = Number.POSITIVE_INFINITY,
): Promise<DecodedAudio> {
  if (startS === 0 && endS === Number.POSITIVE_INFINITY) return decode(path);
  if (latest?.path !== path) latest = { path, audio: decode(path) };
  const audio = await latest.audio;
  const { samples, sampleRateHz } = audio;
  const first = Math.round(startS * sampleRateHz);
  const end = Math.min(samples.length, Math.round(endS * sampleRateHz));
  if (first >= end) {
    const found = `${(samples.length / sampleRateHz).toFixed(3)} s of audio`;
    throw new UndertoneError(
      audio.format === 'wav' ? 'bad_wav' : 'bad_audio',
      `${path}: expected audio from ${startS} s on; found ${found}.`,
    );
  }
  return { ...audio, samples: samples.slice(first, end) };
}

async function decode(path: string): Promise<DecodedAudio> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Cannot read ${path}.`, { cause });
  }
  return decodeAudio(bytes, path);
}

/** @param path for messages, and for ffmpeg to read */
async function decodeAudio(bytes: Uint8Array, path: string): Promise<DecodedAudio> {
  const kind = kindOf(bytes);
  switch (kind) {
    case 'wav':
      return parseWav(bytes, path);
    case 'flac':
      return decodeFlac(bytes, path);
    case 'opus':
      return decodeOpus(bytes, path);
    case 'mp3':
    case 'other':
      return decodeByFfmpeg(path, kind);
    case 'empty':
      throw new UndertoneError('bad_wav', `${path}: expected audio; found an empty file.`);
    case 'unknown':
      throw new UndertoneError(
        'unsupported_format',
        `${path}: expected WAV, FLAC, Ogg Opus or MP3; found bytes that begin with "${printable(bytes)}".`,
      );
  }
}

type Kind = 'wav' | 'flac' | 'opus' | 'mp3' | 'other' | 'empty' | 'unknown';

function kindOf(bytes: Uint8Array): Kind {
  const text = (at: number, length: number): string =>
    String.fromCharCode(...bytes.subarray(at, at + length));
  if (bytes.length === 0) return 'empty';
  const head = text(0, 4);
  if (['RIFF', 'RIFX', 'RF64'].includes(head)) return 'wav';
  if (head === 'fLaC') return 'flac';
  // The first packet begins after a page header of 27 bytes and one lacing value.
  if (head === 'OggS') return text(28, 8) === 'OpusHead' ? 'opus' : 'other';
  if (text(0, 3) === 'ID3') return 'mp3';
  if (head === 'FORM' || text(4, 4) === 'ftyp' || head === '\x1aE\xdf\xa3' || head === 'caff') return 'other';
  return isMpegAudio(bytes) ? 'mp3' : 'unknown';
}

/** An MPEG audio frame: sync word, then a layer, a bit rate and a sample rate that exist (ISO/IEC 11172-3). */
function isMpegAudio(bytes: Uint8Array): boolean {
  const [sync = 0, second = 0, third = 0] = bytes;
  const layer = (second >> 1) & 3;
  const version = (second >> 3) & 3;
  if (sync !== 0xff || second >> 5 !== 7 || layer === 0 || version === 1) return false;
  return third >> 4 !== 15 && third >> 4 !== 0 && ((third >> 2) & 3) !== 3;
}

function printable(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 12))
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '.');
}
