import { describe, expect, it } from 'vitest';
import { AudioGatherer } from './audio-gatherer.ts';

interface Sent {
  readonly gatherer: AudioGatherer;
  readonly lengths: number[];
  readonly bytes: number[];
}

function gather(waitMs = 60_000): Sent {
  const lengths: number[] = [];
  const bytes: number[] = [];
  const gatherer = new AudioGatherer({
    gatherBytes: 10,
    sliceBytes: 25,
    waitMs,
    send: async (slice) => {
      lengths.push(slice.length);
      bytes.push(...slice);
    },
  });
  return { gatherer, lengths, bytes };
}

const upTo = (first: number, count: number): Uint8Array =>
  Uint8Array.from({ length: count }, (_, i) => first + i);

describe('AudioGatherer', () => {
  it('sends small packets together, in order, as copies', async () => {
    const { gatherer, lengths, bytes } = gather();
    const packet = upTo(0, 4);
    await gatherer.add(packet);
    packet.fill(99);
    await gatherer.add(upTo(4, 4));
    expect(lengths).toEqual([]);
    await gatherer.add(upTo(8, 4));
    expect(lengths).toEqual([12]);
    expect(bytes).toEqual([...upTo(0, 12)]);
  });

  it('sends a large packet at once in slices, with what waited in front of it', async () => {
    const { gatherer, lengths, bytes } = gather();
    await gatherer.add(upTo(0, 7));
    await gatherer.add(upTo(7, 60));
    expect(lengths).toEqual([25, 25, 17]);
    expect(bytes).toEqual([...upTo(0, 67)]);
  });

  it('sends what waits when it is flushed, and nothing when nothing waits', async () => {
    const { gatherer, lengths } = gather();
    await gatherer.add(upTo(0, 3));
    await gatherer.flush();
    await gatherer.flush();
    expect(lengths).toEqual([3]);
  });

  it('sends what waits by itself when nothing more comes', async () => {
    const { gatherer, lengths } = gather(20);
    await gatherer.add(upTo(0, 3));
    await expect.poll(() => lengths).toEqual([3]);
    await gatherer.add(upTo(3, 2));
    await expect.poll(() => lengths).toEqual([3, 2]);
  });

  it('sends nothing by itself after it was stopped', async () => {
    const { gatherer, lengths } = gather(10);
    await gatherer.add(upTo(0, 3));
    gatherer.stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(lengths).toEqual([]);
  });

  it('gives the same bytes however they were cut', async () => {
    let state = 3;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 200; round++) {
      const { gatherer, bytes, lengths } = gather();
      const all = upTo(0, random(250));
      for (let at = 0; at < all.length; ) {
        const length = random(random(2) ? 8 : 80);
        await gatherer.add(all.subarray(at, at + length));
        at += length;
      }
      await gatherer.flush();
      expect(bytes).toEqual([...all]);
      expect(Math.max(0, ...lengths)).toBeLessThanOrEqual(25);
    }
  });
});
