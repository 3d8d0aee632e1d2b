/** Each family of models, trained small, served by one server: what it answers is what `predict` says of the same file. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Output } from '../../training/src/cli/output.ts';
import { predictCommand } from '../../training/src/cli/predict-command.ts';
import { trainCommand } from '../../training/src/cli/train-command.ts';
import { ProgressLine } from '../../training/src/report/progress-line.ts';
import { differences } from '../support/differences.ts';
import { StreamClient } from '../support/stream-client.ts';
import { writeSyntheticCremaD } from '../support/synthetic-corpus.ts';

const families = {
  gru: ['channels=4,4,4,4', 'convFeatureSize=8', 'pitchSize=4', 'gruSize=8', 'validateEvery=1'],
  cnn: ['cnnChannels=4,4,4,4', 'cnnSize=8', 'windowFrames=100', 'validateEvery=1'],
  svm: ['windowFrames=100', 'svmFolds=2'],
  forest: ['windowFrames=200', 'hopFrames=20', 'forestTrees=5'],
} as const;
type Family = keyof typeof families;
const names = Object.keys(families) as Family[];

const root = mkdtempSync(join(tmpdir(), 'undertone-families-'));
const corpus = join(root, 'corpus');
const file = join(corpus, 'AudioWAV', '1003_DFA_HAP_XX.wav');
let server: UndertoneServer;

function output(printed: string[]): Output {
  const progress = new ProgressLine({ write: () => {} });
  return { print: (line) => printed.push(line), progress, signal: new AbortController().signal };
}

beforeAll(async () => {
  writeSyntheticCremaD(corpus, 5);
  for (const family of names) {
    const small = ['threads=0', 'batchRows=8', 'frameBuckets=128,256', 'nonSpeechClips=4', 'variants=clean'];
    const set = [...small, `family=${family}`, `modelName=${family}`, 'hopFrames=25', ...families[family]];
    const out = join(root, family);
    const run = join(root, `${family}-run`);
    const options = { out, run, cache: join(root, 'cache'), set, epochs: '1' };
    expect(await trainCommand([corpus], options, output([])), family).toBe(true);
  }
  const model = names.map((family) => join(root, family));
  server = await createServer({ port: 0, logLevel: 'silent', model });
}, 180_000);
afterAll(async () => {
  await server?.close();
  rmSync(root, { recursive: true, force: true });
});

interface Answer {
  readonly label: string | null;
  readonly confidence: number;
  readonly scores?: Readonly<Record<string, number>>;
}

interface Segment extends Answer {
  readonly start: number;
  readonly end: number;
}

const answer = ({ label, confidence, scores = {} }: Answer): Answer => ({ label, confidence, scores });

describe.each(names)('a model of the family %s', (family) => {
  test('says over WebSocket what predict says', async () => {
    const printed: string[] = [];
    await predictCommand(join(root, family), [file], { json: true }, output(printed));
    const predicted = JSON.parse(printed[0]!) as Answer & {
      audio_s: number;
      speech_s: number;
      segments: Segment[];
    };
    // After one epoch the speech head of the streaming model may hear nothing yet.
    if (family !== 'gru') expect(predicted.segments.length).toBeGreaterThan(0);
    for (const packetBytes of [640, 32_000]) {
      const client = await StreamClient.open(server.url, `model=${family}`);
      // Behind the 44 bytes of the header.
      client.sendAudio(readFileSync(file).subarray(44), packetBytes);
      const summary = await client.finish();
      const [channel] = summary.per_channel;
      expect(differences(answer(channel!), answer(predicted), 1e-4)).toEqual([]);
      expect(summary.audio_s).toBeCloseTo(predicted.audio_s, 3);
      expect(channel!.speech_s).toBeCloseTo(predicted.speech_s, 3);
      const finals = client.of('Emotion').filter((message) => message.is_final);
      const span = (segment: Segment): Segment => {
        const { start, end } = segment;
        return { start, end, ...answer(segment) };
      };
      expect(differences(finals.map(span), predicted.segments.map(span), 1e-4)).toEqual([]);
    }
  });
});

test('the kinds are those of the families', async () => {
  const response = await fetch(server.url.replace('ws:', 'http:').replace('/v1/stream', '/v1/models'));
  const { models } = (await response.json()) as { models: { name: string; kind: string }[] };
  expect(models.map(({ name, kind }) => [name, kind])).toEqual([
    ['gru', 'streaming'],
    ['cnn', 'frames'],
    ['svm', 'functionals'],
    ['forest', 'functionals'],
  ]);
});
