import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testModelFolder } from '../../../../test/support/model.ts';
import { type Sentence, speech } from '../../../../test/support/speech.ts';
import { Recognizer } from '../../client/recognizer.ts';
import { adapt } from '../node/adapt.ts';
import { LocalModel } from '../node/local-model.ts';
import type { AdaptProgress } from './adapt-model.ts';
import { Adaptation } from './adaptation.ts';
import type { LabelledClip } from './labelled-clip.ts';

let model: LocalModel;
beforeAll(async () => {
  model = await LocalModel.load(testModelFolder());
});
afterAll(() => model.close());

function clip(sentence: Sentence, label: string, gain = 1): LabelledClip {
  return { audio: Float32Array.from(speech(sentence), (x) => (gain * x) / 32_768), label };
}
/** Labels that the shipped model does not give these sentences, so that there is something to learn. */
const clips = [0.4, 0.6, 0.8, 1].flatMap((gain) => [
  clip('speech_calm_m', 'happy', gain),
  clip('speech_angry_f', 'sad', gain),
]);

/** The scores of the summary. */
async function scores(sentence: Sentence, adaptation?: Uint8Array): Promise<unknown> {
  const recognizer = new Recognizer({ mode: 'local', model, ...(adaptation && { adaptation }) });
  await recognizer.write(speech(sentence));
  const { per_channel } = await recognizer.close();
  return per_channel[0]!.scores;
}

describe('adapt', () => {
  it('teaches a stream what the clips of a voice express, and no other stream', async () => {
    const before = (await scores('speech_calm_m')) as Record<string, number>;
    const progress: AdaptProgress[] = [];
    const adaptation = await adapt(model, clips, { onProgress: (each) => progress.push(each) });
    expect(adaptation.report).toMatchObject({ clips: { happy: 4, sad: 4 }, isApplied: true });
    expect(adaptation.report.after.loss).toBeLessThan(adaptation.report.before.loss);
    expect(progress[0]).toEqual({ stage: 'hearing', share: 1 / 8 });
    expect(progress.at(-1)!.stage).toBe('fitting');
    const bytes = adaptation.toBytes();
    expect(bytes.length).toBeLessThan(8192);
    const [adapted, plain] = await Promise.all([scores('speech_calm_m', bytes), scores('speech_calm_m')]);
    expect((adapted as typeof before).happy).toBeGreaterThan(before.happy! + 0.1);
    expect(plain).toEqual(before);
  });

  it('changes nothing where it would be no better, and says why', async () => {
    /** Whatever one clip teaches is wrong for the clip most like it. */
    const confused = [
      clip('speech_calm_m', 'happy', 0.5),
      clip('speech_angry_f', 'happy', 0.5),
      clip('speech_calm_m', 'neutral'),
      clip('speech_angry_f', 'neutral'),
    ];
    const adaptation = await adapt(model, confused);
    expect(adaptation.report.isApplied).toBe(false);
    expect(adaptation.report.reason).toBeTruthy();
    expect(await scores('speech_calm_m', adaptation.toBytes())).toEqual(await scores('speech_calm_m'));
  });

  it('takes clips of any rate', async () => {
    const at8000 = clips.map(({ audio, label }) => ({
      audio: audio.filter((_, i) => i % 2 === 0),
      sampleRateHz: 8000,
      label,
    }));
    expect((await adapt(model, at8000)).report.clips).toEqual({ happy: 4, sad: 4 });
  });

  it('refuses clips that it cannot learn from, naming them', async () => {
    const silence = { audio: new Float32Array(16_000), label: 'sad' };
    const cases: readonly [readonly LabelledClip[], string, string][] = [
      [[], 'bad_parameter', 'got none'],
      [clips.slice(0, 1), 'bad_parameter', 'got 1 of happy'],
      [clips.filter(({ label }) => label === 'sad'), 'bad_parameter', 'at least 2 labels'],
      [clips.slice(0, 3), 'bad_parameter', '2 of happy, 1 of sad'],
      [[...clips, { ...clips[0]!, label: 'bored' }], 'bad_parameter', 'clip 8 to have a label of angry'],
      [[...clips, { ...silence, sampleRateHz: 96_000 }], 'bad_parameter', 'clip 8 at a rate from 8000'],
      [
        [...clips, { audio: new Float32Array(100), label: 'sad' }],
        'bad_parameter',
        'clip 8 to last 0.3 to 60 s',
      ],
      [[...clips, { audio: new Float32Array(16_000).fill(Number.NaN), label: 'sad' }], 'bad_audio', 'clip 8'],
      [[...clips, silence], 'bad_audio', 'clip 8 (sad) to hold at least 300 ms of speech; heard 0 ms'],
      [[...clips, { audio: [1, 2] as never, label: 'sad' }], 'bad_parameter', 'clip 8 to be a Float32Array'],
    ];
    for (const [refused, code, message] of cases) {
      await expect(adapt(model, refused)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(message),
      });
    }
  });

  it('stops when it is aborted, before and while it runs', async () => {
    const reason = new Error('enough');
    await expect(adapt(model, clips, { signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
      code: 'aborted',
      cause: reason,
    });
    const controller = new AbortController();
    const onProgress = ({ stage }: AdaptProgress): void => {
      if (stage === 'fitting') controller.abort();
    };
    await expect(adapt(model, clips, { signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it('of damaged bytes ends a stream before it hears anything', async () => {
    const bytes = (await adapt(model, clips)).toBytes();
    bytes[100]! ^= 1;
    await expect(scores('speech_calm_m', bytes)).rejects.toMatchObject({ code: 'bad_checkpoint' });
    expect(() => Adaptation.fromBytes(bytes)).toThrow('checksum');
  });
});
