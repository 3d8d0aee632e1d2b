/** The rate that an audio file says it was made at, so that a browser does not resample it to another one. */

const mp3RatesHz = [[11_025, 12_000, 8000], [], [22_050, 24_000, 16_000], [44_100, 48_000, 32_000]] as const;

/** WAV, FLAC, Ogg (Opus, Vorbis) and MP3. Null for what is not known or not said. @param bytes the file, or its start */
export function fileSampleRateHz(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rateHz =
    startsWith(bytes, 'RIFF', 0) && startsWith(bytes, 'WAVE', 8)
      ? wavRate(bytes, view)
      : otherRate(bytes, view);
  return rateHz !== null && rateHz > 0 ? rateHz : null;
}

function otherRate(bytes: Uint8Array, view: DataView): number | null {
  // STREAMINFO comes first: 20 bits after block and frame sizes.
  if (startsWith(bytes, 'fLaC', 0)) return bytes.length < 22 ? null : view.getUint32(18) >>> 12;
  if (startsWith(bytes, 'OggS', 0)) return oggRate(bytes, view);
  return mp3Rate(bytes);
}

function wavRate(bytes: Uint8Array, view: DataView): number | null {
  let at = 12;
  while (at + 16 <= bytes.length) {
    if (startsWith(bytes, 'fmt ', at)) return view.getUint32(at + 12, true);
    const size = view.getUint32(at + 4, true);
    // Chunks begin at even places.
    at += 8 + size + (size % 2);
  }
  return null;
}

function oggRate(bytes: Uint8Array, view: DataView): number | null {
  const packet = 27 + (bytes[26] ?? 0);
  if (startsWith(bytes, 'OpusHead', packet)) return 48_000;
  if (startsWith(bytes, '\x01vorbis', packet) && packet + 16 <= bytes.length)
    return view.getUint32(packet + 12, true);
  return null;
}

/** Of the first frame: at the start, or after an ID3 tag and its padding. */
function mp3Rate(bytes: Uint8Array): number | null {
  let at = 0;
  if (startsWith(bytes, 'ID3', 0) && bytes.length >= 10) {
    at = 10 + bytes.subarray(6, 10).reduce((size, byte) => size * 128 + (byte & 127), 0);
    while (bytes[at] === 0) at++;
  }
  if (at + 4 > bytes.length || bytes[at] !== 0xff || (bytes[at + 1]! & 0xe0) !== 0xe0) return null;
  const layer = (bytes[at + 1]! >> 1) & 3;
  const bitRate = bytes[at + 2]! >> 4;
  const rateHz = mp3RatesHz[(bytes[at + 1]! >> 3) & 3]?.[(bytes[at + 2]! >> 2) & 3];
  return layer === 1 && bitRate < 15 && rateHz !== undefined ? rateHz : null;
}

function startsWith(bytes: Uint8Array, text: string, at: number): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
