/** `undertone alerts replay` on what a real server wrote, and on files that are no recordings. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer } from '../support/server.ts';
import { sinkResults } from '../support/sink-results.ts';
import { bytesOf, interleave, speech } from '../support/speech.ts';
import { type MessageOf, StreamClient } from '../support/stream-client.ts';
import { cliMain, runCommand } from './run-command.ts';
import { FileFolder } from './speech-file.ts';

const rules = `
rules:
  - { name: voice, kind: sustained, dimension: arousal, on: -1, off: -1, durationMs: 1000 }
  - { name: pleased, kind: sustained, dimension: valence, on: -0.4, off: -0.42, durationMs: 1000, windowMs: 4000, coolDownMs: 0 }
  - { name: spell, kind: sustained, dimension: arousal, on: -1, off: -1, durationMs: 1000, windowMs: 2000, coolDownMs: 0 }
  - { name: angry, kind: sustained, labels: [angry], on: 0.3, off: 0.2, durationMs: 1000, coolDownMs: 0 }
  - { name: after, kind: recovered, after: spell, on: -1, off: -1, durationMs: 1000, coolDownMs: 0 }
`;
const folder = new FileFolder();
const rulesFile = join(folder.path, 'rules.yaml');
const results = join(folder.path, 'results.jsonl');
let server: UndertoneServer;
/** What the server raised, all calls, as clients got it. */
let live: MessageOf<'Alert'>[];

beforeAll(async () => {
  writeFileSync(rulesFile, rules);
  server = await startServer({
    alerts: 'on',
    alertRules: rulesFile,
    sinkFile: results,
    allowRole: ['agent'],
  });
  const silence = new Uint8Array(96_000);
  const spells = Buffer.concat(
    (['speech_happy_f', 'speech_angry_f', 'speech_calm_m', 'speech_sad_m'] as const).flatMap((name) => [
      bytesOf(speech(name)),
      silence,
    ]),
  );
  const stereo = bytesOf(
    interleave(speech('speech_angry_f', 'speech_calm_m'), speech('speech_sad_m', 'speech_happy_f')),
  );
  const heard = async (query: string, bytes: Uint8Array): Promise<MessageOf<'Alert'>[]> => {
    const client = await StreamClient.open(server.url, query);
    // Ends within a millisecond.
    client.sendAudio(bytes.subarray(0, bytes.length - 68), 6400);
    await client.finish();
    return client.of('Alert');
  };
  // At once: their lines are mixed in the file.
  const calls = await Promise.all([
    heard('interval_ms=250', spells),
    heard('interim_results=false', spells),
    heard('trend_interval_ms=5000', spells),
    heard('channels=2&channel_roles=customer,agent&analyze=customer,agent&purpose=safety', stereo),
  ]);
  live = calls.flat();
  await sinkResults(results);
  while ((readFileSync(results, 'utf8').match(/undertone\.v1\.summary/g) ?? []).length < 4)
    await new Promise((resolve) => setTimeout(resolve, 20));
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

const replay = (...args: string[]) => runCommand(cliMain, ['alerts', 'replay', ...args]);
const byId = (alerts: readonly { id: string; state: string }[]): unknown[] =>
  [...alerts].sort((a, b) => (`${a.id}${a.state}` < `${b.id}${b.state}` ? -1 : 1));

test('recorded calls raise the alerts that they raised live: ids, times and scores', async () => {
  const { code, stdout, stderr } = await replay(rulesFile, results, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ format: 'undertone.alert-replay/1', calls: 4, problems: { count: 0 } });
  expect(live.length).toBeGreaterThan(10);
  expect(new Set(live.map(({ rule }) => rule)).size).toBe(5);
  expect(byId(report.alerts)).toEqual(byId(live.map(({ seq: _, ...alert }) => alert)));
  const voice = report.rules[0];
  const opened = live.filter(({ rule, state }) => rule === 'voice' && state === 'opened').length;
  expect(voice).toMatchObject({ rule: 'voice', opened, cleared: opened, recorded: opened, same: opened });
  expect(voice).toMatchObject({ callsWithAlert: 4, shareOfCalls: 1 });
  expect(voice.alertsPerHour).toBeCloseTo(opened / report.hours, 9);
});

test('other rules raise other alerts, and a table, curves and a picture say so', async () => {
  const page = join(folder.path, 'alerts.html');
  const { code, stdout } = await replay('default', results, '--curve', '--plot', page);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Alerts over 4 calls, 0\.0\d h\n\nrule +level +opened/);
  expect(stdout).toMatch(/\nsustained_anger +warn +\d+/);
  expect(stdout).toMatch(/\nsustained_anger\non +opened +an hour +calls with\n0\.05 /);
  const html = readFileSync(page, 'utf8');
  expect(html).toContain('<table>');
  expect(html).toContain('class="valence"');
  expect(html).toContain('alerts an hour over');
  expect(html).not.toMatch(/(src|href)=/);
  const svg = join(folder.path, 'alerts.svg');
  expect((await replay(rulesFile, results, '--plot', svg)).code).toBe(0);
  expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [\s\S]*class="alert warn"[\s\S]*<\/svg>\n$/);
});

test('lines that are wrong are told with file and line, and the others count', async () => {
  const lines = readFileSync(results, 'utf8').trim().split('\n');
  const first = lines.findIndex((line) => line.includes('undertone.v1.emotion'));
  const event = JSON.parse(lines[first]!);
  const { scores: _, ...unscored } = event.data;
  const broken = join(folder.path, 'broken.jsonl');
  const wrong = ['{"specversion":', JSON.stringify({ ...event, data: unscored }), '[]', lines[first]!];
  writeFileSync(broken, [...lines.slice(0, first + 1), ...wrong, ...lines.slice(first + 1)].join('\n'));
  const { code, stdout, stderr } = await replay(rulesFile, broken, '--json');
  expect(code).toBe(0);
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringMatching(`broken.jsonl:${first + 2}: not JSON`),
    expect.stringMatching(`broken.jsonl:${first + 3}: Emotion: scores is not`),
    expect.stringMatching(`broken.jsonl:${first + 4}: not an object`),
    expect.stringMatching(`broken.jsonl:${first + 5}: Emotion: ordinal \\d+ comes twice or out of order`),
  ]);
  const { alerts, problems } = JSON.parse(stdout);
  expect(byId(alerts)).toEqual(byId(live.map(({ seq: _, ...alert }) => alert)));
  expect(problems).toMatchObject({ count: 4 });
});

test('the results of undertone analyze are recordings too', async () => {
  const analysed = await runCommand(cliMain, ['analyze', '--json', 'demo/call.wav']);
  const file = join(folder.path, 'analysed.jsonl');
  writeFileSync(file, analysed.stdout);
  const { code, stdout, stderr } = await replay('default', file, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const opened = JSON.parse(stdout).alerts.filter(({ state }: { state: string }) => state === 'opened');
  expect(opened).toMatchObject([{ rule: 'sustained_anger', time: 24.8 }]);
});

test('what cannot be replayed is said in a line', async () => {
  const bad = join(folder.path, 'bad.yaml');
  writeFileSync(bad, 'rules:\n  - {name: a, kind: sustained\n');
  const misspelt = join(folder.path, 'misspelt.yaml');
  writeFileSync(
    misspelt,
    'rules: [{name: a, kind: sustained, dimension: valence, on: 0, off: 0, durationMS: 1}]',
  );
  const label = join(folder.path, 'label.yaml');
  writeFileSync(label, 'rules: [{name: a, kind: sustained, labels: [angri], on: 0.5, off: 0.4}]');
  const empty = join(folder.path, 'empty.jsonl');
  writeFileSync(empty, '\n');
  const cases: [string[], RegExp, number][] = [
    [[bad, results], /^bad_config: .*bad\.yaml:\d+: Expected YAML or JSON/, 1],
    [[misspelt, results], /^bad_config: .*misspelt\.yaml: .*did you mean durationMs/, 1],
    [[label, results], /labels of rules that no result has: angri/, 0],
    [['absent.yaml', results], /^file_not_found: .*absent\.yaml/, 1],
    [['default', 'absent.jsonl', results], /^file_not_found: .*absent\.jsonl/, 1],
    [['default', 'absent.jsonl'], /^file_not_found: .*absent\.jsonl/, 1],
    [['default', empty], /no call was found/, 1],
    [['default', results, '--plot', 'x.png'], /^bad_parameter: .*\.html or \.svg/, 1],
    [['default'], /missing required argument 'files'/, 1],
  ];
  const outcomes = await Promise.all(cases.map(([args]) => replay(...args)));
  for (const [index, { code, stderr }] of outcomes.entries()) {
    expect(stderr).toMatch(cases[index]![1]);
    expect(code).toBe(cases[index]![2]);
  }
  const nothingRead = outcomes[cases.findIndex(([args]) => args.join() === 'default,absent.jsonl')]!;
  expect(nothingRead.stdout).toBe('');
});

test('--help is enough on its own', async () => {
  const { code, stdout } = await replay('--help');
  expect(code).toBe(0);
  for (const word of ['RULES', 'FILES', '--plot', '--curve', '--json', 'Exit code', 'Examples'])
    expect(stdout).toContain(word);
});
