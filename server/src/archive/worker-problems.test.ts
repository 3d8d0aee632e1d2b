import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { workerProblems } from './worker-problems.ts';

const right = { natsUrl: ['nats://a:4222'], natsStream: 'results', archiveRoot: tmpdir(), archiveUrls: [] };

test('a worker needs a queue, a stream for results and a place to read from', () => {
  expect(workerProblems(right)).toEqual([]);
  expect(workerProblems({ ...right, archiveRoot: '', archiveUrls: ['https://store/calls/'] })).toEqual([]);
  const missing = workerProblems({ natsUrl: [], natsStream: '', archiveRoot: '', archiveUrls: [] });
  expect(missing.map((problem) => /Expected (\w+)/.exec(problem)?.[1])).toEqual([
    'natsUrl',
    'natsStream',
    'archiveRoot',
  ]);
});

test('a folder that is none and addresses that are none are said', () => {
  expect(workerProblems({ ...right, archiveRoot: '/does/not/exist' })).toEqual([
    expect.stringMatching(/archiveRoot.*ENOENT/),
  ]);
  expect(workerProblems({ ...right, archiveRoot: '/dev/null' })).toEqual([expect.stringMatching(/is none/)]);
  for (const url of ['store/calls', 'ftp://store/', 'https://user:word@store/', 'https://store/?a=b'])
    expect(workerProblems({ ...right, archiveUrls: [url] }), url).toHaveLength(1);
});
