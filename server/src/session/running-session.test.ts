import { parseClientMessage, parseStreamQuery } from '@undertone/proto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { localModel } from '../../../test/support/local-model.ts';
import { MemoryTransport } from '../../../test/support/memory-transport.ts';
import { SmallModel } from '../../../test/support/small-model.ts';
import { bytesOf, speech } from '../../../test/support/speech.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { createLogger } from '../observability/logger.ts';
import { createMetrics, type ServerMetrics } from '../observability/metrics.ts';
import { streamTrace } from '../observability/trace-context.ts';
import { Sinks } from '../sink/sinks.ts';
import { CheckpointSeal } from './checkpoint-seal.ts';
import { RunningSession } from './running-session.ts';
import { StreamView } from './stream-view.ts';

const bytes = bytesOf(speech('speech_happy_f', 'speech_calm_m'));
const config = resolveConfig({ logLevel: 'silent', maxInboxBytes: 32_000, maxPendingMs: 500 });
/** Calls frames loud in this band speech. */
const speechBand = 5;

let transport: MemoryTransport;
let session: RunningSession;
let model: SmallModel;
let metrics: ServerMetrics;
beforeEach(() => {
  transport = new MemoryTransport();
  model = new SmallModel(speechBand);
  metrics = createMetrics({
    sessions: () => [],
    capacity: () => 1,
    loadRatio: () => 0,
    sendBufferBytes: () => 0,
    draining: () => false,
    sinkBacklog: () => [],
    version: '0',
    models: [{ model: 'm@1', model_sha: '0' }],
  });
  const services = {
    config,
    metrics,
    log: createLogger('silent'),
    sinks: new Sinks([], ''),
    now: () => performance.now(),
  };
  const stream = { ...parseStreamQuery(new URLSearchParams('interval_ms=250')), model: 'm@1' };
  const served = localModel(model);
  session = new RunningSession({
    id: 'ut_1',
    config: stream,
    model: served,
    shadow: null,
    principalId: 'p',
    trace: streamTrace(undefined),
    services,
    transport,
    view: new StreamView(),
    seal: new CheckpointSeal({ keys: [], maxAgeSeconds: 60 }),
    loadRatio: () => 0,
    checkRoles: () => {},
    onClosed: () => {},
  });
  session.begin();
});
afterEach(() => metrics.close());

const emotions = () => transport.messages.filter((message) => message.type === 'Emotion');

test('a client that is slow to read misses interims but no final, and no number', async () => {
  transport.bufferedBytes = config.interimDropBytes + 1;
  session.receiveAudio(bytes);
  session.receive(parseClientMessage('{"type":"CloseStream"}'));
  await transport.closed;
  expect(emotions().map((message) => message.is_final)).toEqual([true, true]);
  expect(transport.messages.map(({ seq }) => seq)).toEqual(transport.messages.map((_, i) => i));
  expect(transport.closedWith).toEqual([1000, 'ok']);
  expect(await metrics.registry.getSingleMetricAsString('undertone_interims_dropped_total')).toMatch(
    / [1-9]\d*$/,
  );
});

test('of the interims that waited, a client that reads again gets the newest, and none after its final', async () => {
  transport.bufferedBytes = config.interimDropBytes + 1;
  // Into the middle of the first sentence.
  session.receiveAudio(bytes.subarray(0, 64_000));
  await vi.waitFor(() => expect(transport.messages.at(-1)!.type).toBe('Warning'));
  expect(emotions()).toEqual([]);
  expect(transport.messages.at(-1)).toMatchObject({ type: 'Warning', code: 'slow_client' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  transport.bufferedBytes = 0;
  session.checkLimits();
  const [newest, ...others] = emotions();
  expect(others).toEqual([]);
  expect(newest).toMatchObject({ is_final: false, end: expect.closeTo(1.8, 0) });
  session.receiveAudio(bytes.subarray(64_000));
  session.receive(parseClientMessage('{"type":"CloseStream"}'));
  await transport.closed;
  const ordinals = transport.messages.flatMap((message) => ('ordinal' in message ? [message.ordinal] : []));
  expect(ordinals).toEqual([...ordinals].sort((a, b) => a - b));
});

test('a client that does not read is ended with slow_client', async () => {
  session.receiveAudio(bytes);
  transport.bufferedBytes = config.slowClientBytes + 1;
  await transport.closed;
  expect(transport.closedWith).toEqual([4029, 'slow_client']);
  expect(transport.messages.at(-1)).toMatchObject({ type: 'Error', code: 'slow_client', fatal: true });
  expect(session.isClosed).toBe(true);
});

test('audio faster than it is recognised stops the reading until it is', async () => {
  session.receiveAudio(bytes);
  expect(transport.isPaused).toBe(true);
  session.receive(parseClientMessage('{"type":"CloseStream"}'));
  await transport.closed;
  expect(transport.isPaused).toBe(false);
  expect(transport.messages.at(-1)).toMatchObject({
    type: 'Summary',
    audio_s: Math.round(bytes.length / 32) / 1000,
  });
});

test('a flood of Finalize stops the reading, too', async () => {
  for (let i = 0; i < 200; i++) session.receive(parseClientMessage('{"type":"Finalize"}'));
  expect(transport.isPaused).toBe(true);
  session.receive(parseClientMessage('{"type":"CloseStream"}'));
  await transport.closed;
  expect(transport.isPaused).toBe(false);
  expect(transport.closedWith).toEqual([1000, 'ok']);
});

test('a defect met while input waited ends the stream, not the process', async () => {
  session.receiveAudio(bytes);
  expect(transport.isPaused).toBe(true);
  transport.resume = () => {
    throw new Error('broken on purpose');
  };
  await transport.closed;
  expect(transport.closedWith).toEqual([1011, 'internal']);
});

test('a summary that cannot be written ends the stream with internal', async () => {
  session.receiveAudio(bytes.subarray(0, 3200));
  const send = transport.send.bind(transport);
  transport.send = (message) => {
    if (message.type === 'Summary') throw new Error('broken on purpose');
    send(message);
  };
  session.receive(parseClientMessage('{"type":"CloseStream"}'));
  await transport.closed;
  expect(transport.closedWith).toEqual([1011, 'internal']);
});

test('a network that gives no numbers ends the stream with internal', async () => {
  model.head = async (_, batch) => new Float32Array(3 * batch).fill(Number.NaN);
  session.receiveAudio(bytes);
  await transport.closed;
  expect(transport.closedWith).toEqual([1011, 'internal']);
  expect(emotions()).toEqual([]);
});

test('a defect in the model ends the stream with internal', async () => {
  model.failWhen = () => true;
  session.receiveAudio(bytes);
  await transport.closed;
  expect(transport.closedWith).toEqual([1011, 'internal']);
  expect(transport.messages.at(-1)).toMatchObject({ type: 'Error', code: 'internal' });
});

test('a client that is gone is not written to', async () => {
  session.receiveAudio(bytes);
  session.disconnected(1006);
  const written = transport.messages.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(transport.messages).toHaveLength(written);
  session.receiveAudio(bytes);
  session.receive(parseClientMessage('{"type":"CloseStream"}'));
  session.goAway();
  expect(transport.closedWith).toBeNull();
});
