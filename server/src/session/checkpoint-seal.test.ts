import { randomBytes } from 'node:crypto';
import { parseStreamQuery } from '@undertone/proto';
import { expect, test } from 'vitest';
import type { CheckpointContent } from './checkpoint-content.ts';
import { CheckpointSeal, parseCheckpointKeys } from './checkpoint-seal.ts';

const [a, b, c] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const sealWith = (...keys: Uint8Array[]) => new CheckpointSeal({ keys, maxAgeSeconds: 60 });
const content: Omit<CheckpointContent, 'issuedAtMs'> = {
  sessionId: 'ut_1',
  principal: 'caller',
  config: {
    ...parseStreamQuery(new URLSearchParams('channels=2&metadata.a=b&checkpoints=true')),
    model: 'm@1',
  },
  sample: 123_456,
  audioSeconds: 7.716,
  droppedSeconds: 0.5,
  isPaused: false,
  unheardFrom: null,
  finals: [],
  ordinals: [7, 0],
  snapshot: randomBytes(3000),
};
const badCheckpoint = expect.objectContaining({ code: 'bad_checkpoint' });

test('what is sealed comes back, at every server that has the key, in whatever order it has its keys', () => {
  const { issuedAtMs, ...found } = sealWith(b, a).open(sealWith(a, b).seal(content));
  expect(found).toEqual({ ...content, snapshot: Uint8Array.from(content.snapshot) });
  expect(Math.abs(Date.now() - issuedAtMs)).toBeLessThan(10_000);
});

test('nothing of it can be read, and no two are alike', () => {
  const seal = sealWith(a);
  const [one, two] = [seal.seal(content), seal.seal(content)];
  expect(one).not.toBe(two);
  expect(Buffer.from(one, 'base64url').includes('caller')).toBe(false);
});

test('one of another key is refused', () => {
  const sealed = sealWith(a).seal(content);
  expect(() => sealWith(b, c).open(sealed)).toThrowError(badCheckpoint);
  expect(() => new CheckpointSeal({ keys: [], maxAgeSeconds: 60 }).open(sealed)).toThrowError(badCheckpoint);
});

test('one that is too old, or of the future, is refused', () => {
  let nowMs = 1e12;
  const seal = new CheckpointSeal({ keys: [a], maxAgeSeconds: 60, now: () => nowMs });
  const sealed = seal.seal(content);
  nowMs += 60_000;
  expect(seal.open(sealed).sample).toBe(content.sample);
  nowMs += 1;
  expect(() => seal.open(sealed)).toThrowError(badCheckpoint);
  nowMs -= 1_000_000;
  expect(() => seal.open(sealed)).toThrowError(badCheckpoint);
});

test('one that was changed anywhere, cut or made up is refused and never a defect', () => {
  const seal = sealWith(a);
  const bytes = Buffer.from(seal.seal({ ...content, snapshot: randomBytes(40) }), 'base64url');
  for (let i = 0; i < bytes.length; i++) {
    const changed = Buffer.from(bytes);
    changed[i]! ^= 1 << (i % 8);
    expect(() => seal.open(changed.toString('base64url')), `byte ${i}`).toThrowError(badCheckpoint);
    expect(() => seal.open(bytes.subarray(0, i).toString('base64url'))).toThrowError(badCheckpoint);
  }
  for (const text of ['', 'AAAA', '!!!', '\u{1f600}'.repeat(100), 'A'.repeat(4_000_000)]) {
    expect(() => seal.open(text)).toThrowError(badCheckpoint);
  }
});

test('content that another version wrote is checked like the settings of a new stream', () => {
  const seal = sealWith(a);
  const { trend_interval_ms: _, ...older } = content.config;
  const sealed = seal.seal({ ...content, config: older as typeof content.config });
  expect(seal.open(sealed).config.trend_interval_ms).toBe(0);
  const wrong = { ...content.config, sample_rate: 1 };
  expect(() => seal.open(seal.seal({ ...content, config: wrong }))).toThrowError(badCheckpoint);
  expect(() => seal.open(seal.seal({ ...content, sample: -1 }))).toThrowError(badCheckpoint);
});

test('keys are 32 bytes in base64url', () => {
  expect(parseCheckpointKeys([a.toString('base64url')])).toEqual([a]);
  for (const text of ['', 'short', a.toString('hex'), `${a.toString('base64url')}AA`]) {
    expect(() => parseCheckpointKeys([text])).toThrowError(expect.objectContaining({ code: 'bad_config' }));
  }
});
