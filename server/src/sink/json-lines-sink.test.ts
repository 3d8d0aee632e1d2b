import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { JsonLinesSink } from './json-lines-sink.ts';
import type { SinkEvent } from './sink.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'undertone-sink-'));
});
afterEach(() => rm(folder, { recursive: true }));

const event = (id: number): SinkEvent => {
  const data = { id: String(id), isDurable: true, type: 'emotion', session: 's' };
  return { ...data, json: JSON.stringify({ id, padding: 'x'.repeat(80) }) };
};
const soon = (): AbortSignal => AbortSignal.timeout(5000);
const limits = { maxBytes: 1_000_000, keptFiles: 3 };
const idsIn = (text: string): number[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).id);

test('each event is a line, and what is there already stays', async () => {
  const path = join(folder, 'results.jsonl');
  for (const ids of [[1, 2], [3]]) {
    const sink = await JsonLinesSink.toFile(path, limits);
    await sink.deliver(ids.map(event), soon());
    await sink.close();
  }
  expect(idsIn(await readFile(path, 'utf8'))).toEqual([1, 2, 3]);
});

test('full files are put aside whole, the newest as .1, and the oldest deleted', async () => {
  const sink = await JsonLinesSink.toFile(join(folder, 'r.jsonl'), { maxBytes: 1024, keptFiles: 2 });
  for (let i = 0; i < 60; i++) await sink.deliver([event(i)], soon());
  await sink.close();
  expect((await readdir(folder)).sort()).toEqual(['r.jsonl', 'r.jsonl.1', 'r.jsonl.2']);
  const ids: number[] = [];
  for (const name of ['r.jsonl.2', 'r.jsonl.1', 'r.jsonl']) {
    const text = await readFile(join(folder, name), 'utf8');
    if (text !== '') ids.push(...idsIn(text));
  }
  expect(ids).toEqual(Array.from(ids, (_, i) => 60 - ids.length + i));
});

test('a file that cannot be written is refused with its name', async () => {
  await writeFile(join(folder, 'file'), '');
  const path = join(folder, 'file', 'results.jsonl');
  await expect(JsonLinesSink.toFile(path, limits)).rejects.toMatchObject({
    code: 'bad_config',
    message: expect.stringContaining(path),
  });
});

test('a reader of standard output that is gone does not end the process', () => {
  JsonLinesSink.toStandardOutput();
  expect(() => process.stdout.emit('error', new Error('write EPIPE'))).not.toThrow();
});

test('what standard output does not take in time is written once, and what follows after it', async () => {
  const sink = JsonLinesSink.toStandardOutput();
  const written: string[] = [];
  let take: () => void = () => {};
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text: unknown, done: unknown) => {
    written.push(String(text));
    take = done as () => void;
    if (written.length > 1) take();
    return false;
  });
  try {
    const [first, second] = [event(1), event(2)];
    for (let i = 0; i < 3; i++) await expect(sink.deliver([first], AbortSignal.timeout(5))).rejects.toThrow();
    expect(written).toHaveLength(1);
    take();
    await sink.deliver([first, second], soon());
  } finally {
    write.mockRestore();
  }
  expect(idsIn(written.join(''))).toEqual([1, 2]);
});
