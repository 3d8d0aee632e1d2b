import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchScheduler, type ChannelSummary, type ModelRuntime, StreamRecogniser } from '@undertone/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { syntheticVoice, writeSyntheticCremaD, writeWav } from '../../../test/support/synthetic-corpus.ts';
import { readAudioFile } from '../data/audio-file.ts';
import { openModelFolder } from '../evaluate/model-folder.ts';
import { sixClassDescription } from '../export/six-class-description.ts';
import { writeModelFolder } from '../export/write-model-folder.ts';
import { initialParameters } from '../models/initial-parameters.ts';
import { defaultModelConfig } from '../models/model-config.ts';
import { ProgressLine } from '../report/progress-line.ts';
import type { Output } from './output.ts';
import { predictCommand } from './predict-command.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-predict-'));
const corpus = join(root, 'corpus');
const modelFolder = join(root, 'model');
let model: ModelRuntime;
let printed: string[] = [];
let shown = '';

beforeAll(async () => {
  writeSyntheticCremaD(corpus, 2);
  const parameters = initialParameters(defaultModelConfig, 3).map((x) => 1.5 * x);
  // Speech is heard from the start, so that there are segments.
  const speech = { onsetProbability: 0.02, offsetProbability: 0.01, minSpeechMs: 120 };
  const description = { ...sixClassDescription, speech };
  await writeModelFolder(modelFolder, { parameters, config: defaultModelConfig, description });
  model = await openModelFolder(modelFolder);
});
beforeEach(() => {
  printed = [];
  shown = '';
});
afterAll(async () => {
  await model.close();
  rmSync(root, { recursive: true });
});

function output(signal = new AbortController().signal): Output {
  const write = (text: string): void => {
    shown += text;
  };
  return { print: (text) => printed.push(text), progress: new ProgressLine({ write }), signal };
}

/** What the recogniser says of a file in packets of 20 ms, without anything of `predict`. */
async function summaryOf(path: string): Promise<ChannelSummary> {
  const { samples, sampleRateHz } = await readAudioFile(path);
  const stream = new StreamRecogniser(new BatchScheduler(model), {
    encoding: 'float32',
    sampleRateHz,
    channels: 1,
    onEvents: () => {},
    onError: (error) => {
      throw error;
    },
  });
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  for (let at = 0; at < bytes.length; at += 1280) stream.accept(bytes.subarray(at, at + 1280));
  return (await stream.finish())[0]!;
}

interface Line {
  readonly type: string;
  readonly file: string;
  readonly truth?: string;
  readonly start_s?: number;
  readonly scores: Record<string, number>;
  readonly audio_s: number;
  readonly segments: readonly { start: number; end: number }[];
}

const lines = (): Line[] => printed.map((line) => JSON.parse(line) as Line);

describe('undertone-train predict', () => {
  it('answers as a stream does, for recordings of any rate, in the order they were named', async () => {
    const telephone = join(root, 'telephone.wav');
    writeWav(
      telephone,
      syntheticVoice(150, 1).filter((_, i) => i % 2 === 0),
      8000,
    );
    const high = join(root, 'high.wav');
    writeWav(high, syntheticVoice(50, 3), 96000);
    expect(await predictCommand(modelFolder, [telephone, corpus, high], { json: true }, output())).toBe(0);
    const all = lines();
    expect(all).toHaveLength(14);
    expect([all[0]!.file, all.at(-1)!.file]).toEqual([telephone, high]);
    for (const line of [all[0]!, all[5]!, all.at(-1)!]) {
      const expected = await summaryOf(line.file);
      for (const [label, score] of Object.entries(expected.scores)) {
        expect(line.scores[label]).toBeCloseTo(score, 4);
      }
      expect(line.audio_s).toBeCloseTo(expected.audioSamples / 16000, 6);
      expect(line.segments).toHaveLength(expected.segments);
      expect(line.segments.length).toBeGreaterThan(0);
    }
  });

  it('writes CSV with a column for each class', async () => {
    const [name] = readdirSync(join(corpus, 'AudioWAV'));
    const odd = join(root, 'with, comma.wav');
    writeWav(odd, syntheticVoice(150, 1));
    await predictCommand(modelFolder, [join(corpus, 'AudioWAV', name!), odd], {}, output());
    const [header, first, second] = printed;
    expect(header).toBe(
      'file,label,abstain,confidence,score_angry,score_disgust,score_fearful,score_happy,score_neutral,score_sad,sentiment,valence,arousal,audio_s,speech_s,segments',
    );
    expect(first!.split(',')).toHaveLength(header!.split(',').length);
    expect(second!.startsWith(`"${odd}",`)).toBe(true);
  });

  it('names files that cannot be read, goes on, and says so at the end', async () => {
    const broken = join(root, 'broken.wav');
    writeFileSync(broken, 'no audio at all');
    const good = join(corpus, 'AudioWAV', readdirSync(join(corpus, 'AudioWAV'))[0]!);
    const missing = join(root, 'missing.wav');
    expect(await predictCommand(modelFolder, [broken, good, missing], { json: true }, output())).toBe(2);
    expect(lines().map(({ type, file }) => [type, file])).toEqual([
      ['Error', broken],
      ['Prediction', good],
      ['Error', missing],
    ]);
    expect(shown).toContain('broken.wav');
    expect(shown).toContain('2 of 3 files could not be read.');
    mkdirSync(join(root, 'empty'));
    await expect(predictCommand(modelFolder, [join(root, 'empty')], {}, output())).rejects.toThrow(
      'Expected recordings',
    );
    await expect(predictCommand(modelFolder, [], {}, output())).rejects.toThrow('Expected files to predict');
  });

  it('scores what is known, parts of files too', async () => {
    const long = join(root, 'long.wav');
    writeWav(long, syntheticVoice(150, 2));
    writeFileSync(
      join(root, 'truth.csv'),
      'path,speaker,label,start,end\nlong.wav,a,angry,0,1.2\nlong.wav,b,sad,1.2,2.6\n',
    );
    await predictCommand(modelFolder, [], { truth: join(root, 'truth.csv'), json: true }, output());
    const [first, second, scores] = lines();
    expect([first!.audio_s, second!.audio_s]).toEqual([1.2, 1.4]);
    expect([first!.truth, second!.truth, second!.start_s]).toEqual(['angry', 'sad', 1.2]);
    const best = (line: Line): string =>
      Object.entries(line.scores).reduce((a, b) => (b[1] > a[1] ? b : a))[0];
    const hits = Number(best(first!) === 'angry') + Number(best(second!) === 'sad');
    expect(scores).toMatchObject({ type: 'Scores', files: 2, speakers: 2, accuracy: hits / 2 });
    expect(shown).toContain('on 2 files by 2 speakers');
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(predictCommand(modelFolder, [corpus], {}, output(stop.signal))).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});
