import { expect, test } from 'vitest';
import { AudioLog } from './audio-log.ts';

test('gives back any bytes that were not forgotten, however they came and went', () => {
  const log = new AudioLog();
  let seed = 7;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  // What the log should hold: byte i of the stream is `all[i]`.
  const all: number[] = [];
  for (let round = 0; round < 2000; round++) {
    const bytes = Uint8Array.from({ length: random(random(20) === 0 ? 40_000 : 400) }, () => random(256));
    log.append(bytes);
    for (const byte of bytes) all.push(byte);
    if (random(50) === 0) {
      const back = log.end - random(log.end - log.start + 1);
      log.truncate(back);
      all.length = back;
    }
    expect(log.end).toBe(all.length);
    const from = log.start + random(log.end - log.start + 1);
    const to = from + random(log.end - from + 1);
    const target = new Uint8Array(to - from + 2);
    log.copy(from, to, target, 1);
    expect(Buffer.compare(target.subarray(1, -1), Uint8Array.from(all.slice(from, to)))).toBe(0);
    expect([target[0], target.at(-1)]).toEqual([0, 0]);
    if (random(3) === 0) log.forgetBefore(log.start + random(log.end - log.start + 1));
  }
});
