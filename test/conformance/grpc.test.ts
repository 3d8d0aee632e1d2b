/** gRPC as generic clients use it, and what befalls those that do it wrong. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, credentials, Metadata, makeClientConstructor, status } from '@grpc/grpc-js';
import type { ServerMessage } from '@undertone/proto';
import { encodeClientMessage } from '@undertone/proto/protobuf';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import { afterEach, describe, expect, test } from 'vitest';
import { makeCertificate } from '../support/certificate.ts';
import { differences } from '../support/differences.ts';
import { GrpcStreamClient } from '../support/grpc-client.ts';
import { ReflectingClient } from '../support/reflection.ts';
import { metric, startServer } from '../support/server.ts';
import { bytesOf, seconds, speech } from '../support/speech.ts';
import { comparable } from '../support/stream-client.ts';

let server: UndertoneServer;
afterEach(() => server.close());
const start = async (config: Partial<ServerConfig> = {}): Promise<void> => {
  server = await startServer({ grpcPort: 0, rateLimit: 0, shutdownGraceMs: 2000, ...config });
};

const audio = bytesOf(speech('speech_happy_f', 'speech_sad_m'));
const active = (): Promise<number> => metric(server, 'undertone_sessions_active');

describe('a client that knows nothing but reflection', () => {
  test('finds the services, asks for health, and streams', async () => {
    await start();
    const reflecting = new ReflectingClient(server.grpcAddress!);
    const services = await reflecting.services();
    expect(services).toContain('undertone.v1.Undertone');
    expect(services).toContain('grpc.health.v1.Health');

    const health = await reflecting.clientOf<HealthClient>('grpc.health.v1.Health');
    for (const service of ['', 'undertone.v1.Undertone'])
      expect(await check(health, service)).toBe('SERVING');
    health.close();

    const client = await reflecting.clientOf<AnyStreamClient>('undertone.v1.Undertone');
    const call = client.StreamAnalyze();
    const responses: Record<string, unknown>[] = [];
    call.on('data', (response: Record<string, unknown>) => responses.push(response));
    call.write({ config: { encoding: 'ENCODING_LINEAR16', sample_rate: 16_000 } });
    for (let at = 0; at < audio.length; at += 3200)
      call.write({ audio: Buffer.from(audio.subarray(at, at + 3200)) });
    call.write({ control: { close_stream: {} } });
    call.end();
    await new Promise((resolve) => call.on('end', resolve));
    expect(responses[0]).toMatchObject({ message: 'begin', begin: { protocol: 'undertone.v1' } });
    const finals = responses.filter(({ emotion }) => (emotion as { is_final?: boolean } | null)?.is_final);
    expect(finals.length).toBeGreaterThanOrEqual(2);
    expect(responses.at(-1)).toMatchObject({
      message: 'summary',
      summary: { reason: 'client_close', audio_s: seconds(audio) },
    });
    client.close();
  });
});

interface HealthClient extends Client {
  Check(request: { service: string }, done: (error: Error | null, answer?: { status: string }) => void): void;
}

interface AnyStreamClient extends Client {
  StreamAnalyze(): {
    on(event: string, listener: (value: Record<string, unknown>) => void): void;
    write(request: object): void;
    end(): void;
  };
}

function check(client: HealthClient, service: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    client.Check({ service }, (error, answer) => (error ? reject(error) : resolve(answer?.status)));
  });
}

/** As gRPC frames a message: not compressed, its length, its bytes. */
function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

describe('a call', () => {
  test('ends with OK and says so in its trailers; half-closing is CloseStream', async () => {
    await start();
    const client = GrpcStreamClient.open(server);
    client.sendAudio(audio, 3200);
    expect(await client.finish()).toMatchObject({ code: status.OK, undertoneCode: 'ok' });
    expect(client.messages.at(-1)).toMatchObject({ type: 'Summary', reason: 'client_close' });
    expect(await metric(server, 'undertone_sessions_total{transport="grpc",outcome="client_close"}')).toBe(1);
  });

  test('with audio before its configuration is refused, and that is counted', async () => {
    await start();
    const client = new GrpcStreamClient(server);
    client.sendAudio(audio.subarray(0, 3200));
    expect(await client.ended).toMatchObject({
      code: status.INVALID_ARGUMENT,
      undertoneCode: 'bad_message',
      details: 'Expected config as the first message; got Audio.',
    });
    expect(client.messages).toEqual([]);
    expect(await metric(server, 'undertone_errors_total{code="bad_message"}')).toBe(1);
    expect(await active()).toBe(0);
  });

  test('with a wrong value, an unknown model, or nothing at all is refused by its status', async () => {
    await start();
    const rate = GrpcStreamClient.open(server, { sample_rate: 1 });
    expect(await rate.ended).toMatchObject({ code: status.INVALID_ARGUMENT, undertoneCode: 'bad_parameter' });
    const model = GrpcStreamClient.open(server, { model: 'none' });
    expect(await model.ended).toMatchObject({ code: status.NOT_FOUND, undertoneCode: 'unknown_model' });
    const nothing = await new GrpcStreamClient(server).finish();
    expect(nothing).toMatchObject({ code: status.INVALID_ARGUMENT, undertoneCode: 'bad_message' });
  });

  test('that sends no configuration in time is given up', async () => {
    await start({ idleTimeoutMs: 200 });
    const client = new GrpcStreamClient(server);
    // Sends the headers of the call.
    client.call.write(new Uint8Array(0));
    const late = new GrpcStreamClient(server);
    expect(await client.ended).toMatchObject({ undertoneCode: 'bad_message' });
    expect(await late.ended).toMatchObject({ code: status.DEADLINE_EXCEEDED, undertoneCode: 'idle_timeout' });
  });

  test('configured twice, or with bytes that are no message, ends with what was heard and an error', async () => {
    await start();
    const client = GrpcStreamClient.open(server);
    client.sendAudio(audio.subarray(0, 64_000), 3200);
    client.send({ type: 'Config', config: {} });
    expect(await client.ended).toMatchObject({
      code: status.INVALID_ARGUMENT,
      undertoneCode: 'bad_message',
      details: 'Expected the configuration once; it came again.',
    });
    expect(client.messages.at(-1)).toMatchObject({ type: 'Summary', audio_s: 2 });
    const other = GrpcStreamClient.open(server);
    other.call.write(Buffer.from('ffffffff', 'hex'));
    expect(await other.ended).toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  test('with a message over the limit ends, and its place is given again', async () => {
    await start({ maxFrameBytes: 1024, maxSessions: 1 });
    const over = GrpcStreamClient.open(server);
    over.sendAudio(audio.subarray(0, 1025));
    expect(await over.ended).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      undertoneCode: 'message_too_large',
    });
    await expect.poll(active).toBe(0);
    const far = GrpcStreamClient.open(server);
    far.sendAudio(audio.subarray(0, 200_000));
    expect((await far.ended).code).toBe(status.RESOURCE_EXHAUSTED);
    await expect.poll(active).toBe(0);
  });

  test('that is cancelled or runs out of time leaves nothing behind', async () => {
    await start();
    const cancelled = GrpcStreamClient.open(server);
    cancelled.sendAudio(audio.subarray(0, 32_000));
    await expect.poll(active).toBe(1);
    cancelled.call.cancel();
    const timed = GrpcStreamClient.open(server, {}, { deadlineMs: 300 });
    expect((await timed.ended).code).toBe(status.DEADLINE_EXCEEDED);
    await expect.poll(active).toBe(0);
    expect(await metric(server, 'undertone_sessions_total{transport="grpc",outcome="lost"}')).toBe(2);
  });

  test('that connects and asks for nothing is sent away; one that has a call is not', async () => {
    await start({ idleTimeoutMs: 300 });
    const calling = GrpcStreamClient.open(server);
    const keeping = setInterval(() => calling.send({ type: 'KeepAlive' }), 100);
    const session = connect(`http://${server.grpcAddress}`);
    await once(session, 'close');
    await new Promise((resolve) => setTimeout(resolve, 600));
    clearInterval(keeping);
    expect(await active()).toBe(1);
    expect(await calling.finish()).toMatchObject({ code: status.OK });
  });

  test('that never reads is ended with slow_client and cut, and its place is given again', async () => {
    await start({ slowClientBytes: 16_384 });
    const session = connect(`http://${server.grpcAddress}`);
    // Of the plain protocol: the library's client reads ahead of whoever uses it.
    const stream = session.request({
      ':method': 'POST',
      ':path': '/undertone.v1.Undertone/StreamAnalyze',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', () => {});
    const cut = once(stream, 'close');
    // Each is answered by the whole configuration.
    const metadata = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, 'x'.repeat(250)]));
    stream.write(framed(encodeClientMessage({ type: 'Config', config: { metadata } })));
    const configure = framed(encodeClientMessage({ type: 'Configure', interval_ms: 500 }));
    for (let i = 0; i < 200; i++) stream.write(configure);
    await expect.poll(() => metric(server, 'undertone_slow_clients_total')).toBe(1);
    await expect.poll(active).toBe(0);
    await cut;
    session.close();
  });

  test('beyond capacity is refused with RESOURCE_EXHAUSTED', async () => {
    await start({ maxSessions: 1 });
    const first = GrpcStreamClient.open(server);
    await expect.poll(() => first.messages.length).toBe(1);
    const second = GrpcStreamClient.open(server);
    expect(await second.ended).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      undertoneCode: 'overloaded',
    });
    expect((await first.finish()).code).toBe(status.OK);
  });

  test('carries the trace of its caller', async () => {
    await start();
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const metadata = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const client = GrpcStreamClient.open(server, {}, { metadata });
    await client.finish();
    expect(client.messages[0]).toMatchObject({ type: 'Begin', trace_id: traceId });
  });
});

test('at a shutdown health says so, streams end with their results, and the status is UNAVAILABLE', async () => {
  await start({ drainSeconds: 1 });
  const reflecting = new ReflectingClient(server.grpcAddress!);
  const health = await reflecting.clientOf<HealthClient>('grpc.health.v1.Health');
  const client = GrpcStreamClient.open(server);
  client.sendAudio(audio, 3200);
  await expect.poll(active).toBe(1);
  const closed = server.close();
  expect(await check(health, '')).toBe('NOT_SERVING');
  const late = GrpcStreamClient.open(server);
  expect(await late.ended).toMatchObject({ code: status.UNAVAILABLE });
  expect(await client.ended).toMatchObject({ code: status.UNAVAILABLE, undertoneCode: 'going_away' });
  expect(client.messages.at(-1)).toMatchObject({ type: 'Summary', reason: 'going_away' });
  health.close();
  await closed;
});

test('a stream that lost its connection goes on over another from its checkpoint, with the same events', async () => {
  await start();
  const whole = GrpcStreamClient.open(server);
  whole.sendAudio(audio, 3200);
  await whole.finish();
  const first = GrpcStreamClient.open(server, { checkpoints: true });
  first.sendAudio(audio.subarray(0, 192_000), 3200);
  const checkpoints = () => first.messages.filter((message) => message.type === 'Checkpoint');
  await expect.poll(() => checkpoints().at(-1)?.sample ?? 0).toBeGreaterThan(0);
  first.call.cancel();
  await first.ended;
  const { checkpoint, sample } = checkpoints().at(-1)!;
  const events = first.messages.filter((message) => 'ordinal' in message);
  const ordinals = [events.at(-1)!.ordinal + 1];
  const second = new GrpcStreamClient(server);
  second.send({
    type: 'Config',
    config: { resume: true },
    restore: { type: 'Restore', checkpoint, ordinals },
  });
  second.sendAudio(audio.subarray(2 * sample), 3200);
  expect((await second.finish()).code).toBe(status.OK);
  expect(second.messages[0]).toMatchObject({ type: 'Begin', resumed: true, sample });
  const moved = [...events, ...second.messages.filter((message) => 'ordinal' in message)];
  const expected = whole.messages.filter((message) => 'ordinal' in message);
  const withoutSeq = (messages: readonly ServerMessage[]) =>
    comparable(messages).map((message) => ({ ...(message as object), seq: 0 }));
  expect(differences(withoutSeq(moved), withoutSeq(expected), 1e-4)).toEqual([]);
});

test('TLS is that of the other doors', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-grpc-'));
  try {
    const authority = makeCertificate('authority');
    const certificate = makeCertificate('server', { issuer: authority });
    const [tlsCertFile, tlsKeyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    writeFileSync(tlsCertFile, certificate.cert);
    writeFileSync(tlsKeyFile, certificate.key);
    await start({ tlsCertFile, tlsKeyFile });
    const channel = credentials.createSsl(Buffer.from(authority.cert), null, null, {
      checkServerIdentity: () => undefined,
    });
    const client = GrpcStreamClient.open(server, {}, { channel });
    client.sendAudio(audio.subarray(0, 32_000));
    expect((await client.finish()).code).toBe(status.OK);
    const inTheClear = GrpcStreamClient.open(server);
    expect((await inTheClear.ended).code).toBe(status.UNAVAILABLE);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a server without grpcPort has no gRPC', async () => {
  server = await startServer();
  expect(server.grpcAddress).toBeNull();
});

test('metadata carries credentials, which a server with keys wants', async () => {
  await start({ jwtSecret: 'a secret that is long enough for HS256' });
  const none = GrpcStreamClient.open(server);
  expect(await none.ended).toMatchObject({ code: status.UNAUTHENTICATED, undertoneCode: 'unauthorized' });
  const wrong = GrpcStreamClient.open(server, {}, { metadata: { authorization: 'Bearer x.y.z' } });
  expect(await wrong.ended).toMatchObject({ code: status.UNAUTHENTICATED });
  expect(await metric(server, 'undertone_auth_failures_total{transport="grpc",reason="missing"}')).toBe(1);
});

test('a method that there is not is UNIMPLEMENTED', async () => {
  await start();
  const asIs = (bytes: Buffer): Buffer => bytes;
  const Other = makeClientConstructor(
    {
      Missing: {
        path: '/undertone.v1.Undertone/Missing',
        requestStream: false,
        responseStream: false,
        requestSerialize: asIs,
        requestDeserialize: asIs,
        responseSerialize: asIs,
        responseDeserialize: asIs,
      },
    },
    'undertone.v1.Undertone',
  );
  const client = new Other(server.grpcAddress!, credentials.createInsecure());
  const code = await new Promise((resolve) => {
    client.Missing!(Buffer.alloc(0), new Metadata(), (error: { code: number } | null) =>
      resolve(error?.code),
    );
  });
  expect(code).toBe(status.UNIMPLEMENTED);
  client.close();
});
