/** MP3, AAC, Vorbis and other formats by the program ffmpeg, when it is installed. */
import { spawn } from 'node:child_process';
import { UndertoneError } from '@undertone/core';
import type { AudioFormat, DecodedAudio } from './decoded-audio.ts';

/** Sun AU: a header of at least 24 bytes, then big-endian samples. It is the simplest that says its rate and channels. */
const magic = 0x2e736e64;
const float32 = 6;
const errorCharacters = 300;

/** @throws UndertoneError `unsupported_format` without ffmpeg, `bad_audio` when it cannot decode the file */
export async function decodeByFfmpeg(path: string, format: AudioFormat): Promise<DecodedAudio> {
  const bytes = await run(path, format);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = (found: string): UndertoneError =>
    new UndertoneError('bad_audio', `${path}: expected audio that ffmpeg can decode; found ${found}.`);
  if (bytes.length < 24 || view.getUint32(0) !== magic || view.getUint32(12) !== float32) {
    throw damaged(`${bytes.length} bytes that are no decoded audio`);
  }
  const [offset, sampleRateHz, channels] = [view.getUint32(4), view.getUint32(16), view.getUint32(20)];
  const frames = Math.floor((bytes.length - offset) / (4 * channels));
  if (frames <= 0) throw damaged('no samples');
  const samples = new Float32Array(frames);
  for (let n = 0; n < frames; n++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += view.getFloat32(offset + 4 * (n * channels + c));
    if (!Number.isFinite(sum)) throw damaged(`${sum} at sample ${n}`);
    samples[n] = sum / channels;
  }
  return { samples, sampleRateHz, channels, format };
}

async function run(path: string, format: AudioFormat): Promise<Uint8Array> {
  const input = ['-v', 'error', '-nostdin', '-protocol_whitelist', 'file', '-i', `file:${path}`];
  const output = ['-map', '0:a:0', '-c:a', 'pcm_f32be', '-f', 'au', 'pipe:1'];
  const child = spawn('ffmpeg', [...input, ...output], { stdio: ['ignore', 'pipe', 'pipe'] });
  const parts: Buffer[] = [];
  let said = '';
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.stderr.on('data', (part: Buffer) => {
    said = (said + part.toString('utf8')).slice(0, errorCharacters);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => {
      const what = format === 'mp3' ? 'MP3' : 'This format';
      reject(
        new UndertoneError(
          'unsupported_format',
          `${path}: ${what} is decoded by the program ffmpeg, which cannot be started; install it, or convert the file to WAV or FLAC.`,
          { cause },
        ),
      );
    });
    child.once('close', resolve);
  });
  if (code !== 0) {
    throw new UndertoneError(
      'bad_audio',
      `${path}: expected audio that ffmpeg can decode; it says: ${said.trim()}`,
    );
  }
  return Buffer.concat(parts);
}
