import { expect, test } from 'vitest';
import { type MixedAudio, TrackMixer } from './track-mixer.ts';

const options = { encoding: 'mulaw', sampleRateHz: 8000 } as const;
const audio = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
/** Lengths of audio and, negative, of gaps. */
const lengths = (mixed: readonly MixedAudio[]): number[] =>
  mixed.map((piece) => (piece.kind === 'audio' ? piece.bytes.length : -piece.samples));

test('one track waits for nothing and keeps its gaps', () => {
  const mixer = new TrackMixer({ ...options, tracks: ['inbound'] });
  expect(lengths(mixer.push('inbound', 0, audio(160, 1)))).toEqual([160]);
  expect(lengths(mixer.push('inbound', 120, audio(160, 1)))).toEqual([-800, 160]);
  expect(mixer.gapSamples).toBe(800);
});

test('time stamps that are rounded are not followed, jumps of more than two frames are', () => {
  const mixer = new TrackMixer({ ...options, tracks: ['inbound'] });
  mixer.push('inbound', 0, audio(999, 1));
  expect(lengths(mixer.push('inbound', 124, audio(999, 1)))).toEqual([999]);
  expect(lengths(mixer.push('inbound', 289, audio(160, 1)))).toEqual([160]);
  expect(lengths(mixer.push('inbound', 360, audio(160, 1)))).toEqual([-722, 160]);
});

test('audio that came before is left out, part of a message too', () => {
  const mixer = new TrackMixer({ ...options, tracks: ['inbound'] });
  mixer.push('inbound', 0, audio(1600, 1));
  expect(lengths(mixer.push('inbound', 100, audio(1600, 2)))).toEqual([800]);
  expect(lengths(mixer.push('inbound', 0, audio(800, 3)))).toEqual([]);
  expect(mixer.overlapSamples).toBe(1600);
});

test('two tracks are interleaved as far as both have come', () => {
  const mixer = new TrackMixer({ ...options, tracks: ['inbound', 'outbound'] });
  expect(mixer.push('inbound', 0, audio(3, 1))).toEqual([]);
  const [piece] = mixer.push('outbound', 0, audio(2, 2));
  expect(piece).toEqual({ kind: 'audio', bytes: Uint8Array.of(1, 2, 1, 2) });
  expect(mixer.flush()).toEqual([{ kind: 'audio', bytes: Uint8Array.of(1, 0xff) }]);
});

test('samples of two bytes stay whole', () => {
  const mixer = new TrackMixer({ encoding: 'linear16', sampleRateHz: 8000, tracks: ['a', 'b'] });
  mixer.push('a', null, Uint8Array.of(1, 2, 3, 4));
  expect(mixer.push('b', null, Uint8Array.of(5, 6, 7, 8))).toEqual([
    { kind: 'audio', bytes: Uint8Array.of(1, 2, 5, 6, 3, 4, 7, 8) },
  ]);
});

test('a track from which nothing comes is silence a second later, and what comes then is too late', () => {
  const mixer = new TrackMixer({ ...options, tracks: ['inbound', 'outbound'] });
  expect(mixer.push('inbound', 0, audio(8000, 1))).toEqual([]);
  const [piece] = mixer.push('inbound', 1000, audio(800, 1));
  expect(piece).toMatchObject({ kind: 'audio' });
  expect(lengths([piece!])).toEqual([1600]);
  mixer.push('outbound', 0, audio(800, 2));
  expect(mixer.overlapSamples).toBe(800);
});

test('where both are silent it is a gap, however long, and costs no memory', () => {
  const mixer = new TrackMixer({ ...options, tracks: ['inbound', 'outbound'] });
  const dayMs = 86_400_000;
  const mixed = [
    ...mixer.push('inbound', dayMs, audio(160, 1)),
    ...mixer.push('outbound', dayMs, audio(160, 1)),
    ...mixer.flush(),
  ];
  expect(mixed.filter(({ kind }) => kind === 'audio')).toHaveLength(1);
  const gap = mixed.reduce((sum, piece) => sum + (piece.kind === 'gap' ? piece.samples : 0), 0);
  expect(gap).toBe(dayMs * 8);
});
