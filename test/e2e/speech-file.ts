/** WAV files of the golden sentences, written for one test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf } from '../support/speech.ts';

export class FileFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'undertone-e2e-'));

  write(name: string, bytes: Uint8Array | string): string {
    const path = join(this.path, name);
    writeFileSync(path, bytes);
    return path;
  }

  /** 16-bit PCM. */
  writeWav(name: string, samples: Int16Array, channels = 1, sampleRateHz = 16_000): string {
    return this.write(name, wavBytes(samples, channels, sampleRateHz));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function wavBytes(samples: Int16Array, channels = 1, sampleRateHz = 16_000): Uint8Array {
  const data = bytesOf(samples);
  const bytes = new Uint8Array(44 + data.length);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode('RIFF....WAVEfmt ....................data'));
  view.setUint32(4, bytes.length - 8, true);
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  view.setUint32(40, data.length, true);
  bytes.set(data, 44);
  return bytes;
}
