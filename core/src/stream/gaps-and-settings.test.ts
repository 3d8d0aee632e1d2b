import { describe, expect, it } from 'vitest';
import { SmallModel } from '../../../test/support/small-model.ts';
import { BatchScheduler } from './batch-scheduler.ts';
import type { ChannelSummary, EmotionEvent, RecogniserEvent } from './events.ts';
import { StreamRecogniser, type StreamRecogniserOptions } from './stream-recogniser.ts';
import type { StreamChange } from './stream-settings.ts';

/** The mel band that a 220 Hz tone falls into. */
const bandOf220Hz = 5;

/** A tone in faint noise where `on` says so, at 16 kHz. */
function tone(seconds: number, on: (second: number) => boolean): Int16Array {
  const samples = new Int16Array(seconds * 16000);
  let s = 7;
  for (let i = 0; i < samples.length; i++) {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    const loud = on(i / 16000) ? 9000 * Math.sin((2 * Math.PI * 220 * i) / 16000) : 0;
    samples[i] = 40 * (s / 2 ** 32 - 0.5) + loud;
  }
  return samples;
}

type Command = { skip: number } | { change: StreamChange } | { audio: Int16Array } | { finalize: true };

interface Run {
  readonly events: readonly RecogniserEvent[];
  readonly summaries: readonly ChannelSummary[];
}

async function run(
  commands: readonly Command[],
  packetBytes: number,
  options: Partial<StreamRecogniserOptions> = {},
): Promise<Run> {
  const events: RecogniserEvent[] = [];
  const stream = new StreamRecogniser(new BatchScheduler(new SmallModel(bandOf220Hz)), {
    encoding: 'linear16',
    sampleRateHz: 16000,
    channels: 1,
    onEvents: (more) => events.push(...more),
    onError: (error) => expect.unreachable(error.message),
    ...options,
  });
  for (const command of commands) {
    if ('change' in command) stream.configure(command.change);
    else if ('finalize' in command) void stream.finalize();
    else if ('skip' in command) {
      const most = Math.max(1, Math.floor(packetBytes / 2));
      for (let at = 0; at < command.skip; at += most) stream.skip(Math.min(most, command.skip - at));
    } else {
      const { buffer, byteOffset, byteLength } = command.audio;
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      for (let at = 0; at < bytes.length; at += packetBytes) {
        stream.accept(bytes.subarray(at, at + packetBytes));
        if (at % 5 === 0) await Promise.resolve();
      }
    }
  }
  const summaries = await stream.finish();
  // Events of one channel are in order; how those of two lie between each other is up to the packets.
  events.sort((a, b) => a.channel - b.channel);
  return { events, summaries };
}

/** The same result in packets of several sizes. */
async function runInAnyPackets(
  commands: readonly Command[],
  options: Partial<StreamRecogniserOptions> = {},
): Promise<Run> {
  const whole = await run(commands, 1e6, options);
  for (const packetBytes of [320, 1000, 6400]) {
    expect(await run(commands, packetBytes, options)).toEqual(whole);
  }
  return whole;
}

const finals = ({ events }: Run): EmotionEvent[] =>
  events.filter((event): event is EmotionEvent => event.type === 'Emotion' && event.isFinal);
const times = (run_: Run): [number, number][] =>
  finals(run_).map(({ startSample, endSample }) => [startSample / 16000, endSample / 16000]);

describe('audio that is missing', () => {
  const speaking = tone(4, (s) => s >= 1 && s < 3);
  const before = speaking.subarray(0, 32000);
  const after = speaking.subarray(32000);

  it('ends the open segment before it, and the clock goes on', async () => {
    const heard = await runInAnyPackets([{ audio: before }, { skip: 80000 }, { audio: after }]);
    const [first, second] = times(heard);
    expect(first![0]).toBeCloseTo(1, 1);
    expect(first![1]).toBeCloseTo(2, 1);
    expect(second![0]).toBeCloseTo(7, 1);
    expect(second![1]).toBeCloseTo(8, 1);
    expect(finals(heard).map(({ fromFinalize }) => fromFinalize)).toEqual([false, false]);
    expect(heard.summaries[0]!.audioSamples).toBe(9 * 16000);
    expect(heard.events.map(({ ordinal }) => ordinal)).toEqual(heard.events.map((_, i) => i));
  });

  it('is silence up to 200 ms', async () => {
    const silence = new Int16Array(3200);
    const skipped = await runInAnyPackets([{ audio: before }, { skip: 3200 }, { audio: after }]);
    const silent = await run([{ audio: before }, { audio: silence }, { audio: after }], 1e6);
    expect(skipped).toEqual(silent);
    expect(finals(skipped)).toHaveLength(1);
  });

  it('ends a segment from 200 ms on, though the pause that ends one is longer', async () => {
    const heard = await runInAnyPackets([{ audio: before }, { skip: 3840 }, { audio: after }]);
    expect(finals(heard)).toHaveLength(2);
  });

  it('counts as one gap in pieces, but not with audio between', async () => {
    const pieces = await run([{ audio: before }, { skip: 1600 }, { skip: 1600 }, { skip: 1600 }], 1e6);
    expect(pieces).toEqual(await run([{ audio: before }, { skip: 4800 }], 1e6));
    const hole = { skip: 1600 };
    const holes = await runInAnyPackets([
      { audio: before },
      hole,
      { audio: after.subarray(0, 1600) },
      hole,
      { audio: after },
    ]);
    expect(finals(holes)).toHaveLength(1);
  });

  it('may come first, and moves everything', async () => {
    const late = await runInAnyPackets([{ skip: 48000 }, { audio: speaking }]);
    const early = await run([{ audio: speaking }], 1e6);
    const moved = early.events.map((event) =>
      event.type === 'Emotion'
        ? { ...event, startSample: event.startSample + 48000, endSample: event.endSample + 48000 }
        : { ...event, atSample: event.atSample + 48000 },
    );
    expect(late.events).toEqual(moved);
    expect(late.summaries[0]!.audioSamples).toBe(7 * 16000);
  });

  it('is counted in samples of the source', async () => {
    const half = speaking.filter((_, i) => i % 2 === 0);
    const commands = [{ audio: half.subarray(0, 16000) }, { skip: 40000 }, { audio: half.subarray(16000) }];
    const heard = await runInAnyPackets(commands, { sampleRateHz: 8000 });
    expect(times(heard)[1]![0]).toBeCloseTo(7, 1);
    expect(heard.summaries[0]!.audioSamples).toBe(9 * 16000);
  });

  it('drops the byte of an unfinished sample', async () => {
    const stream = new StreamRecogniser(new BatchScheduler(new SmallModel()), {
      encoding: 'linear16',
      sampleRateHz: 16000,
      channels: 1,
      onEvents: () => {},
      onError: () => {},
    });
    stream.accept(new Uint8Array(5));
    stream.skip(10);
    expect([stream.remainderBytes, stream.acceptedSamples]).toEqual([0, 12]);
    expect(() => stream.skip(0.5)).toThrow(expect.objectContaining({ code: 'bad_parameter' }));
  });
});

describe('settings that change while a stream runs', () => {
  const speaking = tone(12, (s) => s % 3 < 2);
  const at = (from: number, to: number): Command => ({ audio: speaking.subarray(from * 16000, to * 16000) });

  it('decide about interim results from then on', async () => {
    const heard = await runInAnyPackets([
      at(0, 6),
      { change: { intervalMs: 250 } },
      at(6, 9),
      { change: { interimResults: false } },
      at(9, 12),
    ]);
    const interims = heard.events.filter((event) => event.type === 'Emotion' && !event.isFinal);
    const within = (from: number, to: number): number =>
      interims.filter((e) => e.type === 'Emotion' && e.endSample > from * 16000 && e.endSample <= to * 16000)
        .length;
    expect([within(0, 6), within(6, 9), within(9, 12)]).toEqual([4, 10, 0]);
  });

  it('decide about the pause that ends a segment', async () => {
    const all = await runInAnyPackets([at(0, 12)]);
    expect(finals(all)).toHaveLength(4);
    const fewer = await runInAnyPackets([at(0, 5), { change: { endpointingMs: 2000 } }, at(5, 12)]);
    expect(finals(fewer)).toHaveLength(2);
  });

  it('decide about the window of interim results, which keeps what it has heard', async () => {
    const long = tone(8, (s) => s > 0.5);
    const commands = [
      { audio: long.subarray(0, 64000) },
      { change: { windowMs: 1000 } },
      { audio: long.subarray(64000, 96000) },
      { change: { windowMs: 3000 } },
      { audio: long.subarray(96000) },
    ];
    const heard = await runInAnyPackets(commands, { windowMs: 2000 });
    const lengths = heard.events.flatMap((event) =>
      event.type === 'Emotion' && !event.isFinal
        ? [Math.round((event.endSample - event.startSample) / 1600) / 10]
        : [],
    );
    expect(lengths).toEqual([1, 2, 2, 1, 1, 1.5, 2.5]);
  });

  it('are refused when they make no sense, and then nothing changes', async () => {
    const stream = new StreamRecogniser(new BatchScheduler(new SmallModel()), {
      encoding: 'linear16',
      sampleRateHz: 16000,
      channels: 1,
      onEvents: () => {},
      onError: () => {},
    });
    const before = stream.snapshot();
    for (const change of [{ intervalMs: 0 }, { windowMs: Number.NaN }, { analysed: [true, false] }]) {
      expect(() => stream.configure(change)).toThrow(expect.objectContaining({ code: 'bad_parameter' }));
    }
    expect(stream.snapshot()).toEqual(before);
  });
});

describe('a channel that is analysed for a part of the stream', () => {
  const left = tone(9, (s) => s % 3 >= 1);
  const right = tone(9, (s) => s % 2 >= 1);
  const both = new Int16Array(2 * left.length);
  for (let i = 0; i < left.length; i++) both.set([left[i]!, right[i]!], 2 * i);
  const at = (signal: Int16Array, channels: number, from: number, to: number): Command => ({
    audio: signal.subarray(from * 16000 * channels, to * 16000 * channels),
  });
  const ofChannel = ({ events }: Run, channel: number): RecogniserEvent[] =>
    events.filter((event) => event.channel === channel);
  const asSecond = (events: readonly RecogniserEvent[]): RecogniserEvent[] =>
    events.map((event) => ({ ...event, channel: 1 }));

  it('hears a gap where it is not, and the others do not notice', async () => {
    const heard = await runInAnyPackets(
      [
        at(both, 2, 0, 3.5),
        { change: { analysed: [true, false] } },
        at(both, 2, 3.5, 6.2),
        { change: { analysed: [true, true] } },
        at(both, 2, 6.2, 9),
      ],
      { channels: 2 },
    );
    const leftAlone = await run([at(left, 1, 0, 9)], 1e6);
    const rightAlone = await run([at(right, 1, 0, 3.5), { skip: 2.7 * 16000 }, at(right, 1, 6.2, 9)], 1e6);
    expect(ofChannel(heard, 0)).toEqual(leftAlone.events);
    expect(ofChannel(heard, 1)).toEqual(asSecond(rightAlone.events));
    const alone = heard.summaries.map(({ conversation: _, ...summary }) => summary);
    expect(alone).toEqual([leftAlone.summaries[0], { ...rightAlone.summaries[0], channel: 1 }]);
  });

  it('begins where it is analysed first', async () => {
    const heard = await runInAnyPackets(
      [at(both, 2, 0, 2.5), { change: { analysed: [true, true] } }, at(both, 2, 2.5, 9)],
      { channels: 2, analysed: [true, false] },
    );
    const late = await run([{ skip: 2.5 * 16000 }, at(right, 1, 2.5, 9)], 1e6);
    expect(ofChannel(heard, 1)).toEqual(asSecond(late.events));
  });
});
