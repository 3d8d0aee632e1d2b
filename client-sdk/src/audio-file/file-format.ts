/** Tells audio formats by their first bytes, so that a refusal can name what was found. */

interface Signature {
  readonly name: string;
  readonly offset: number;
  readonly bytes: string;
}

const signatures: readonly Signature[] = [
  { name: 'WAV', offset: 8, bytes: 'WAVE' },
  { name: 'FLAC', offset: 0, bytes: 'fLaC' },
  { name: 'Ogg (Opus or Vorbis)', offset: 0, bytes: 'OggS' },
  { name: 'MP3', offset: 0, bytes: 'ID3' },
  { name: 'MP4 or M4A', offset: 4, bytes: 'ftyp' },
  { name: 'AIFF', offset: 0, bytes: 'FORM' },
  { name: 'AU', offset: 0, bytes: '.snd' },
  { name: 'CAF', offset: 0, bytes: 'caff' },
  { name: 'AMR', offset: 0, bytes: '#!AMR' },
  { name: 'WMA', offset: 0, bytes: '\x30\x26\xb2\x75' },
  { name: 'WebM or Matroska', offset: 0, bytes: '\x1a\x45\xdf\xa3' },
  { name: 'Sphere', offset: 0, bytes: 'NIST_1A' },
];

/** Containers of WAV that are not read: big-endian, and more than 4 GiB. */
const otherWavContainers: readonly string[] = ['RIFX', 'RF64'];

/** @returns a name for people, or null when nothing known is found */
export function detectFormat(bytes: Uint8Array): string | null {
  const head = String.fromCharCode(...bytes.subarray(0, 32));
  const container = head.slice(0, 4);
  if (otherWavContainers.includes(container)) return `WAV in ${container}`;
  const found = signatures.find(({ offset, bytes: text }) => head.startsWith(text, offset));
  if (found) return found.name;
  return detectMpeg(bytes);
}

/** MPEG audio without a tag begins with a frame header (ISO/IEC 11172-3, 2.4.1.3); AAC in ADTS looks alike. */
function detectMpeg(bytes: Uint8Array): string | null {
  const [first, second] = bytes;
  if (first !== 0xff || second === undefined || (second & 0xe0) !== 0xe0) return null;
  return (second & 0xf6) === 0xf0 ? 'AAC' : 'MP3';
}
