import { parseStreamQuery, type StreamConfig } from '@undertone/proto';
import { beforeEach, expect, test } from 'vitest';
import { StreamWatch } from './stream-watch.ts';

const config: StreamConfig = { ...parseStreamQuery(new URLSearchParams()), model: 'm@1' };
let nowMs: number;
let warned: string[];
let watch: StreamWatch;
beforeEach(() => {
  nowMs = 0;
  warned = [];
  watch = new StreamWatch(
    config,
    () => nowMs,
    (code, message) => warned.push(`${code}: ${message}`),
  );
});

/** Packets of 100 ms, `speed` times as fast as they should come. */
function play(seconds: number, speed = 1): void {
  const startMs = nowMs;
  for (let i = 0; i < seconds * 10; i++) {
    nowMs = startMs + (i * 100) / speed;
    watch.received(0.1, nowMs);
  }
}

test('results of a live stream that come late are warned of once a minute', () => {
  play(10);
  watch.result(1900);
  expect(warned).toEqual([]);
  watch.result(2345);
  watch.result(9000);
  expect(warned).toEqual(['behind: A result came 2.3 s after the audio it needs: the server is behind.']);
  play(61);
  watch.result(2500);
  expect(warned).toHaveLength(2);
});

test('results of a file that is sent at once are late by nature', () => {
  play(600, 50);
  watch.result(5000);
  expect(warned).toEqual([]);
});

test('audio that comes too fast for its clock is warned of with by how much', () => {
  play(100, 1.05);
  expect(warned).toHaveLength(1);
  expect(warned[0]).toMatch(/^clock_drift: In the last minute audio came 5 % faster than the clock/);
});

test('what was held back by the server says nothing about the clock', () => {
  for (let minute = 0; minute < 3; minute++) {
    play(58, 1.05);
    watch.held();
  }
  expect(warned).toEqual([]);
});

test('a client that does not read is told once a minute', () => {
  watch.slowClient();
  nowMs = 59_000;
  watch.slowClient();
  nowMs = 60_000;
  watch.slowClient();
  expect(warned).toHaveLength(2);
});
