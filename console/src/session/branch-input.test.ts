import type { AudioInput } from '@undertone/client-sdk/browser';
import { expect, test } from 'vitest';
import { branchInput, isGap, type Packet, packetFrames } from './branch-input.ts';

const format = { encoding: 'linear16', sampleRateHz: 1000, channels: 1 } as const;

interface Source extends AudioInput {
  readonly stops: number;
  readonly taken: number;
}

function source(packets: Iterable<Packet>, fail?: Error): Source {
  let stops = 0;
  let taken = 0;
  return {
    format,
    settings: { deviceKind: 'test' },
    get stops() {
      return stops;
    },
    get taken() {
      return taken;
    },
    stop: async () => {
      stops += 1;
    },
    async *[Symbol.asyncIterator]() {
      for (const packet of packets) {
        taken += 1;
        yield packet;
      }
      if (fail) throw fail;
    },
  };
}

const ramp = (count: number): Int16Array[] =>
  Array.from({ length: count }, (_, index) => new Int16Array(100).fill(index));

async function all(input: AudioInput): Promise<Packet[]> {
  const packets: Packet[] = [];
  for await (const packet of input) packets.push(packet);
  return packets;
}

const quiet = { isLive: false, maxQueuedSeconds: 1, onPacket: () => {}, onSent: () => {} };

test('every branch gets everything, and the input is released', async () => {
  const input = source(ramp(50));
  const seen: Packet[] = [];
  const [a, b] = branchInput(input, 2, { ...quiet, onPacket: (packet) => seen.push(packet) });
  const [first, second] = await Promise.all([all(a!), all(b!)]);
  expect(first).toEqual(ramp(50));
  expect(second).toEqual(ramp(50));
  expect(seen).toEqual(ramp(50));
  expect(input.stops).toBeGreaterThan(0);
});

test('a file waits for its slowest reader', async () => {
  const input = source(ramp(50));
  const [a, b] = branchInput(input, 2, quiet);
  const fast = all(a!);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(input.taken).toBeLessThan(15);
  expect((await all(b!)).length).toBe(50);
  expect((await fast).length).toBe(50);
});

test('live audio does not wait: what a slow reader missed becomes a gap, and its clock stays right', async () => {
  const input = source(ramp(50));
  const [a, b] = branchInput(input, 2, { ...quiet, isLive: true });
  expect((await all(a!)).filter((packet) => !isGap(packet)).length).toBeGreaterThan(0);
  const late = await all(b!);
  const gaps = late.filter(isGap);
  expect(gaps).toHaveLength(1);
  expect(late.length).toBeLessThan(12);
  expect(late.reduce((sum, packet) => sum + packetFrames(packet, 1), 0)).toBe(5000);
});

test('a reader that leaves does not hold up the other', async () => {
  const [a, b] = branchInput(source(ramp(50)), 2, quiet);
  const rest = all(b!);
  for await (const _ of a!) break;
  expect((await rest).length).toBe(50);
});

test('when all have left, the input is stopped', async () => {
  const input = source(ramp(50));
  const [a] = branchInput(input, 1, quiet);
  for await (const _ of a!) break;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(input.stops).toBeGreaterThan(0);
  expect(input.taken).toBeLessThan(50);
});

test('a branch that is stopped before it is read leaves the other alone', async () => {
  const input = source(ramp(50));
  const [a, b] = branchInput(input, 2, quiet);
  await a!.stop();
  expect(input.stops).toBe(0);
  expect((await all(b!)).length).toBe(50);
  expect(await all(a!)).toEqual([]);
});

test('what ends the input with an error ends every branch with it, after what came before', async () => {
  const lost = new Error('unplugged');
  const [a] = branchInput(source(ramp(3), lost), 1, quiet);
  const packets: Packet[] = [];
  await expect(
    (async () => {
      for await (const packet of a!) packets.push(packet);
    })(),
  ).rejects.toBe(lost);
  expect(packets).toEqual(ramp(3));
});

test('positions are told as audio is handed over, gaps included', async () => {
  const sent: number[] = [];
  const packets: Packet[] = [
    new Int16Array(100),
    { lostSamples: 300, reason: 'client' },
    new Int16Array(100),
  ];
  const [a] = branchInput(source(packets), 1, { ...quiet, onSent: (_, end) => sent.push(end) });
  await all(a!);
  expect(sent).toEqual([0.1, 0.4, 0.5]);
});

test('a packet stays as it was when its owner uses the buffer again', async () => {
  const shared = new Int16Array(100);
  const input = source(
    (function* () {
      for (const value of [1, 2, 3]) yield shared.fill(value);
    })(),
  );
  const [a] = branchInput(input, 1, quiet);
  expect((await all(a!)).map((packet) => (packet as Int16Array)[0])).toEqual([1, 2, 3]);
});

test('bytes of linear16 become samples, so that they can be counted and drawn', async () => {
  const bytes = new Uint8Array(new Int16Array([1, -2, 3]).buffer);
  const [a] = branchInput(source([bytes]), 1, quiet);
  expect(await all(a!)).toEqual([new Int16Array([1, -2, 3])]);
});
