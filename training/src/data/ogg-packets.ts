/** Takes an Ogg file apart (RFC 3533): pages into the packets of its first stream. */

export interface OggStream {
  readonly packets: readonly Uint8Array[];
  /** Position at the end of the last page, in the codec's samples; null where no page says. */
  readonly endPosition: number | null;
}

const headerBytes = 27;
const noPosition = 2n ** 64n - 1n;

/**
 * Packets of the first logical stream; pages of others are passed over.
 * @throws RangeError when a page is cut off or does not begin where the one before ends
 */
export function readOgg(bytes: Uint8Array): OggStream {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packets: Uint8Array[] = [];
  let unfinished: Uint8Array[] = [];
  let serial: number | null = null;
  let endPosition: number | null = null;
  for (let at = 0; at < bytes.length; ) {
    if (at + headerBytes > bytes.length || view.getUint32(at) !== 0x4f676753) {
      throw new RangeError(`no page at byte ${at}`);
    }
    const position = view.getBigUint64(at + 6, true);
    const lacing = bytes.subarray(at + headerBytes, at + headerBytes + view.getUint8(at + 26));
    let data = at + headerBytes + lacing.length;
    const end = lacing.reduce((sum, length) => sum + length, data);
    if (end > bytes.length) throw new RangeError(`page at byte ${at} cut off`);
    serial ??= view.getUint32(at + 14, true);
    if (view.getUint32(at + 14, true) === serial) {
      for (const length of lacing) {
        unfinished.push(bytes.subarray(data, data + length));
        data += length;
        // A packet goes on after a segment of 255 bytes.
        if (length === 255) continue;
        packets.push(joined(unfinished));
        unfinished = [];
      }
      if (position !== noPosition) endPosition = Number(position);
    }
    at = end;
  }
  return { packets, endPosition };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
