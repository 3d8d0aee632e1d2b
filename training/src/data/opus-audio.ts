/** Ogg Opus (RFC 7845) by libopus in WebAssembly: always 48 kHz, without the encoder's pre-skip and its padding. */
import { OpusDecoder } from 'opus-decoder';
import { type DecodedAudio, decodedOr, meanOfChannels } from './decoded-audio.ts';
import { readOgg } from './ogg-packets.ts';

const headBytes = 19;

interface OpusHead {
  readonly channels: number;
  readonly preSkip: number;
  readonly streamCount: number;
  readonly coupledStreamCount: number;
  readonly channelMappingTable: number[];
}

/** @throws UndertoneError (of `decodedOr`) `bad_audio` naming the file when it is damaged, cut off or empty */
export async function decodeOpus(bytes: Uint8Array, path: string): Promise<DecodedAudio> {
  return decodedOr(path, 'Ogg Opus', async () => {
    const { packets, endPosition } = readOgg(bytes);
    const head = readHead(packets[0]);
    const decoder = new OpusDecoder({ ...head, preSkip: 0 });
    await decoder.ready;
    try {
      // After the head come the tags, then the audio.
      const { channelData, sampleRate, errors } = decoder.decodeFrames(packets.slice(2));
      if (errors[0]) throw new Error(errors[0].message);
      const decoded = channelData[0]?.length ?? 0;
      // The last page may end before its last packet does (section 4.5); the position counts the pre-skip.
      const end = Math.min(decoded, endPosition ?? decoded);
      if (end <= head.preSkip) throw new Error('no samples');
      return {
        samples: meanOfChannels(channelData.map((channel) => channel.subarray(head.preSkip, end))),
        sampleRateHz: sampleRate,
        channels: head.channels,
        format: 'opus',
      };
    } finally {
      decoder.free();
    }
  });
}

/** The identification header, section 5.1. */
function readHead(packet: Uint8Array | undefined): OpusHead {
  if (!packet || packet.length < headBytes) throw new Error('no header');
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const channels = view.getUint8(9);
  const preSkip = view.getUint16(10, true);
  const family = view.getUint8(18);
  if (channels === 0) throw new Error('no channels');
  if (family === 0) {
    const table = channels === 1 ? [0] : [0, 1];
    return {
      channels,
      preSkip,
      streamCount: 1,
      coupledStreamCount: channels - 1,
      channelMappingTable: table,
    };
  }
  if (packet.length < headBytes + 2 + channels) throw new Error('a header that is cut off');
  return {
    channels,
    preSkip,
    streamCount: view.getUint8(19),
    coupledStreamCount: view.getUint8(20),
    channelMappingTable: [...packet.subarray(21, 21 + channels)],
  };
}
