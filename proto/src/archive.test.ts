import { expect, test } from 'vitest';
import { archiveNames, archiveStreams, parseArchiveJob } from './archive.ts';
import { ProtocolError } from './protocol-error.ts';

test('a job says where its recording is and how it is analysed', () => {
  const job = { id: 'a-1', source: 'file:2024/call%201.wav', params: { channel_roles: 'customer,agent' } };
  expect(parseArchiveJob(JSON.stringify(job))).toEqual(job);
  expect(parseArchiveJob('{"id":"b","source":"https://x/y.wav"}').params).toEqual({});
});

test.each([
  ['', 'JSON'],
  ['[]', 'an object'],
  ['null', 'an object'],
  ['{"source":"file:a"}', 'id'],
  ['{"id":"a.b","source":"file:a"}', 'id'],
  ['{"id":"a*","source":"file:a"}', 'id'],
  [`{"id":"${'a'.repeat(65)}","source":"file:a"}`, 'id'],
  ['{"id":"a"}', 'source'],
  ['{"id":"a","source":""}', 'source'],
  ['{"id":"a","source":7}', 'source'],
  ['{"id":"a","source":"file:a","params":[]}', 'params'],
  ['{"id":"a","source":"file:a","params":{"model":1}}', 'params.model'],
])('%s is none, and it is said what was expected', (text, what) => {
  expect(() => parseArchiveJob(text)).toThrow(ProtocolError);
  expect(() => parseArchiveJob(text)).toThrow(what);
});

test('whatever else comes as a job is refused, or is one', () => {
  const seed = '{"id":"a","source":"file:a.wav","params":{"alerts":"true"}}';
  let state = 7;
  const next = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  for (let i = 0; i < 3000; i++) {
    const letters = [...seed];
    for (let j = 0; j < 1 + next(4); j++) letters[next(letters.length)] = String.fromCharCode(32 + next(96));
    try {
      const { id, source, params } = parseArchiveJob(letters.join(''));
      expect(id).toMatch(/^[\w-]{1,64}$/);
      expect(source.length).toBeGreaterThan(0);
      expect(Object.values(params).every((value) => typeof value === 'string')).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(ProtocolError);
    }
  }
});

test('tenants have queues of their own, and results stay where live ones are', () => {
  const names = archiveNames('acme');
  const [jobs, dead] = archiveStreams(names, 3);
  expect(jobs).toMatchObject({
    subjects: ['undertone.archive.acme.job.*'],
    retention: 'workqueue',
    num_replicas: 3,
  });
  expect(dead).toMatchObject({ subjects: ['undertone.archive.acme.dead.*'], retention: 'limits' });
  expect(names.jobSubject('x')).toBe('undertone.archive.acme.job.x');
  expect(names.summarySubject('x')).toBe('undertone.v1.acme.ut_x.summary');
});
