/**
 * Finds the `fmt ` and `data` chunks of a WAV file (Microsoft/IBM, Multimedia Programming Interface 1.0, 1991) and
 * refuses one that says something other about its length than is true. Other chunks are skipped unread.
 */
import { UndertoneError } from '@undertone/core';

export interface WavChunks {
  /** Bytes of the `fmt ` chunk, 16 or more. */
  readonly format: Uint8Array;
  /** Bytes of the `data` chunk. */
  readonly data: Uint8Array;
}

const riffHeaderBytes = 12;
const chunkHeaderBytes = 8;

/**
 * @param repairLine the command that a refusal recommends
 * @throws UndertoneError `bad_wav`
 */
export function readWavChunks(bytes: Uint8Array, repairLine: string): WavChunks {
  const repairAdvice = `the file is cut off or its header was never finished (${repairLine} may help)`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < riffHeaderBytes) fail('a WAV header of 12 bytes', `a file of ${bytes.length} bytes`);
  if (tag(bytes, 0) !== 'RIFF' || tag(bytes, 8) !== 'WAVE') {
    fail('a file that begins with RIFF and WAVE', `"${printable(bytes.subarray(0, 12))}"`);
  }
  // FFmpeg writes this to a pipe, where it cannot come back to fill in the length.
  if (view.getUint32(4, true) === 0xffffffff) {
    fail('the length of the file in the RIFF header', `0xFFFFFFFF, "unknown"; ${repairAdvice}`);
  }
  const declaredBytes = view.getUint32(4, true) + chunkHeaderBytes;
  // Some writers count the pad byte of the last chunk but leave it out.
  if (Math.abs(declaredBytes - bytes.length) > 1) {
    fail(`${declaredBytes} bytes, as the RIFF header says`, `${bytes.length}; ${repairAdvice}`);
  }
  let format: Uint8Array | null = null;
  let data: Uint8Array | null = null;
  let offset = riffHeaderBytes;
  while (offset + chunkHeaderBytes <= bytes.length) {
    const name = tag(bytes, offset);
    const size = view.getUint32(offset + 4, true);
    const start = offset + chunkHeaderBytes;
    if (start + size > bytes.length) {
      const there = bytes.length - start;
      fail(`${size} bytes in the chunk "${name}", as its header says`, `${there}; ${repairAdvice}`);
    }
    const chunk = bytes.subarray(start, start + size);
    if (name === 'fmt ') format ??= chunk;
    if (name === 'data') data ??= chunk;
    // Chunks begin at even offsets.
    offset = start + size + (size % 2);
  }
  if (bytes.length - offset > 1) {
    fail(
      'chunks up to the end of the file',
      `${bytes.length - offset} bytes behind the last; ${repairAdvice}`,
    );
  }
  if (!format) return fail('a "fmt " chunk', 'none');
  if (format.length < 16) return fail('at least 16 bytes in the "fmt " chunk', String(format.length));
  if (!data) return fail('a "data" chunk', 'none');
  return { format, data };
}

function fail(expected: string, found: string): never {
  throw new UndertoneError('bad_wav', `Expected ${expected}; got ${found}.`);
}

function tag(bytes: Uint8Array, offset: number): string {
  return printable(bytes.subarray(offset, offset + 4));
}

function printable(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes).replace(/[^\x20-\x7e]/g, '.');
}
