import { randomBytes } from 'node:crypto';
import { parseClientMessage, parseStreamQuery, type ServerMessage } from '@undertone/proto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localModel } from '../../../test/support/local-model.ts';
import { MemoryTransport } from '../../../test/support/memory-transport.ts';
import { SmallModel } from '../../../test/support/small-model.ts';
import { bytesOf, speech } from '../../../test/support/speech.ts';
import { CapacityGate } from '../admission/capacity-gate.ts';
import type { Principal } from '../auth/principal.ts';
import type { ServerConfig } from '../config/fields.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { ServedModels } from '../inference/served-models.ts';
import { createLogger } from '../observability/logger.ts';
import { createMetrics, type ServerMetrics } from '../observability/metrics.ts';
import { Sinks } from '../sink/sinks.ts';
import type { Session } from './session.ts';
import { SessionHost } from './session-host.ts';

const checkpointKey = [randomBytes(32).toString('base64url')];
const bytes = bytesOf(speech('speech_happy_f', 'speech_calm_m'));
const anybody: Principal = { id: 'anybody', anonymous: true };

let metrics: ServerMetrics;
const hosts: SessionHost[] = [];
let gate: CapacityGate;
beforeEach(() => {
  metrics = createMetrics({
    sessions: () => [],
    capacity: () => 1,
    loadRatio: () => 0,
    sendBufferBytes: () => 0,
    draining: () => false,
    sinkBacklog: () => [],
    version: '0',
    models: [{ model: 'test@1.0.0', model_sha: '0' }],
  });
});
afterEach(() => {
  for (const host of hosts.splice(0)) host.close();
  metrics.close();
});

function createHost(options: Partial<ServerConfig> = {}): SessionHost {
  const config = resolveConfig({ logLevel: 'silent', checkpointKey, ...options });
  const services = {
    config,
    metrics,
    log: createLogger('silent'),
    sinks: new Sinks([], ''),
    now: () => performance.now(),
  };
  // So that the load is the number of places that are taken, out of 100.
  const limits = () => ({ maxSessions: 0, maxUtilisation: 1 });
  gate = new CapacityGate({ limits, calibrated: 100, sources: [], audioSeconds: () => 0 });
  const host = new SessionHost(new ServedModels([localModel(new SmallModel(5))]), services, gate);
  hosts.push(host);
  return host;
}

async function open(
  host: SessionHost,
  query: string,
  principal: Principal = anybody,
): Promise<{ session: Session; transport: MemoryTransport }> {
  const parsed = parseStreamQuery(new URLSearchParams(query));
  const admission = await host.admit({ transport: 'websocket', query: parsed, principal });
  const transport = new MemoryTransport();
  return { session: host.open(admission, transport), transport };
}

const find = <T extends ServerMessage['type']>(transport: MemoryTransport, type: T) =>
  transport.messages.find((message): message is Extract<ServerMessage, { type: T }> => message.type === type);

describe('who may be heard', () => {
  const known: Principal = { id: 'caller', anonymous: false };

  test('a stream of unknown role only of callers without credentials, unless the operator says otherwise', async () => {
    await open(createHost(), '');
    const refused = expect.objectContaining({ code: 'role_not_allowed' });
    await expect(open(createHost(), '', known)).rejects.toThrowError(refused);
    await expect(open(createHost({ allowUnknownRole: 'no' }), '')).rejects.toThrowError(refused);
    await open(createHost({ allowUnknownRole: 'yes' }), '', known);
    await open(createHost(), 'channel_roles=customer', known);
    await open(createHost(), 'channels=2', known);
  });

  test('a refused stream takes no place', async () => {
    const host = createHost();
    await expect(open(host, '', known)).rejects.toThrow();
    expect(gate.loadRatio).toBe(0);
    const { session } = await open(host, '');
    expect(gate.loadRatio).toBeGreaterThan(0);
    session.disconnected(1006);
    expect(gate.loadRatio).toBe(0);
  });
});

test('a stream that cannot be opened gives its place back', async () => {
  const host = createHost();
  host.models.default.open = () => {
    throw new Error('broken on purpose');
  };
  await expect(open(host, '')).rejects.toThrowError('broken on purpose');
  expect(gate.loadRatio).toBe(0);
});

test('what one stream meets when it is looked at ends that stream and nothing else', async () => {
  const host = createHost({ idleTimeoutMs: 1000 });
  const bad = await open(host, '');
  const good = await open(host, '');
  bad.session.checkLimits = () => {
    throw new Error('broken on purpose');
  };
  await bad.transport.closed;
  expect(bad.transport.closedWith).toEqual([1011, 'internal']);
  expect(good.session.isClosed).toBe(false);
});

describe('a checkpoint', () => {
  const mine: Principal = { id: 'mine', anonymous: false };
  const query = 'checkpoints=true&channel_roles=customer';

  async function checkpointOf(host: SessionHost): Promise<string> {
    const { transport } = await open(host, query, mine);
    return find(transport, 'Checkpoint')!.checkpoint;
  }
  const restore = (checkpoint: string) => parseClientMessage(JSON.stringify({ type: 'Restore', checkpoint }));

  test('of one caller is none of another', async () => {
    const checkpoint = await checkpointOf(createHost());
    const host = createHost();
    const own = await open(host, 'resume=true', mine);
    own.session.receive(restore(checkpoint));
    expect(own.transport.messages).toMatchObject([{ type: 'Begin', resumed: true }]);
    const other = await open(host, 'resume=true', { ...mine, id: 'other' });
    other.session.receive(restore(checkpoint));
    expect(other.transport.messages).toMatchObject([
      { type: 'Error', code: 'bad_checkpoint', fatal: true, seq: 0 },
    ]);
    expect(other.transport.closedWith).toEqual([4002, 'bad_checkpoint']);
    expect(host.sessions).toBe(1);
    own.session.disconnected(1006);
    expect([host.sessions, gate.loadRatio]).toEqual([0, 0]);
  });

  test('brings as many places as it has channels that are analysed', async () => {
    const both = 'channels=2&checkpoints=true&channel_roles=customer,unknown&analyze=customer,unknown';
    const { transport } = await open(createHost(), both);
    const { checkpoint } = find(transport, 'Checkpoint')!;
    const host = createHost();
    const { session } = await open(host, 'resume=true');
    expect(gate.loadRatio).toBe(0.01);
    session.receive(restore(checkpoint));
    expect([host.sessions, gate.loadRatio]).toEqual([1, 0.02]);
    session.disconnected(1006);
    expect(gate.loadRatio).toBe(0);
  });

  test('does not permit what the server no longer allows', async () => {
    const stream = await open(
      createHost({ allowRole: ['agent'] }),
      'channels=2&analyze=agent&purpose=safety&checkpoints=true',
    );
    const { checkpoint } = find(stream.transport, 'Checkpoint')!;
    const { session, transport } = await open(createHost(), 'resume=true');
    session.receive(restore(checkpoint));
    expect(transport.closedWith).toEqual([4002, 'role_not_allowed']);
  });

  test('that does not come in time ends the connection', async () => {
    const host = createHost({ idleTimeoutMs: 100 });
    const { transport } = await open(host, 'resume=true');
    await transport.closed;
    expect(transport.closedWith).toEqual([4008, 'idle_timeout']);
    expect(host.sessions).toBe(0);
  });

  test('that has not come when the server stops is not waited for', async () => {
    const host = createHost();
    const { transport } = await open(host, 'resume=true');
    host.startDraining();
    await host.endAll(1000);
    expect(transport.closedWith).toEqual([1001, 'going_away']);
  });
});

describe('draining', () => {
  test('sends the others away where one meets something', async () => {
    const host = createHost();
    const bad = await open(host, 'checkpoints=true');
    const good = await open(host, 'checkpoints=true');
    bad.session.goAway = () => {
      throw new Error('broken on purpose');
    };
    host.startDraining();
    await host.endAll(1000);
    expect(bad.transport.closedWith).toEqual([1011, 'internal']);
    expect(good.transport.closedWith).toEqual([1012, 'restart']);
  });

  test('warns everybody, sends away who can go on elsewhere, and lets the others be', async () => {
    const host = createHost({ drainSeconds: 10 });
    const movers = await Promise.all([1, 2, 3].map(() => open(host, 'checkpoints=true')));
    const { session, transport } = await open(host, '');
    host.startDraining();
    await Promise.all(movers.map((mover) => mover.transport.closed));
    for (const mover of movers) {
      expect(mover.transport.closedWith).toEqual([1012, 'restart']);
      expect(mover.transport.messages.at(-1)).toMatchObject({ type: 'Warning', code: 'draining' });
    }
    expect(transport.closedWith).toBeNull();
    expect(transport.messages.at(-1)).toMatchObject({ type: 'Warning', code: 'draining' });
    await expect(open(host, '')).rejects.toThrowError(expect.objectContaining({ code: 'going_away' }));
    session.receiveAudio(bytes.subarray(0, 32_000));
    await host.endAll(5000);
    expect(transport.closedWith).toEqual([1001, 'going_away']);
    expect(transport.messages.at(-1)).toMatchObject({ type: 'Summary', audio_s: 1 });
  });
});

test('whatever a client says in whatever order, its stream ends in order and never as a defect', async () => {
  let state = 11;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const says: readonly object[] = [
    { type: 'KeepAlive' },
    { type: 'Finalize' },
    { type: 'Pause' },
    { type: 'Resume' },
    { type: 'Gap', samples: 1 + below(50_000) },
    { type: 'Gap', duration: 0.05 },
    { type: 'Ack', id: 'ut_x:0:0:0' },
    { type: 'Configure', interval_ms: 250 + below(1000), endpointing_ms: 100, trend_interval_ms: 1000 },
    { type: 'Configure', analyze: ['agent'] },
    { type: 'Configure', analyze: ['customer', 'agent'], labels: false },
    { type: 'Configure', consent: 'pending' },
    { type: 'Configure', consent: 'given' },
  ];
  const host = createHost({ allowRole: ['agent'], checkpointMs: 1000 });
  for (let run = 0; run < 30; run++) {
    const { session, transport } = await open(
      host,
      'channels=2&interval_ms=250&checkpoints=true&ack=true&purpose=safety&consent=given',
    );
    for (let step = 0; step < 25; step++) {
      const at = below(bytes.length - 20_000);
      if (below(2)) session.receiveAudio(bytes.subarray(at, at + below(20_000)));
      else session.receive(parseClientMessage(JSON.stringify(says[below(says.length)])));
      if (below(6) === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    session.receive(parseClientMessage('{"type":"CloseStream"}'));
    await transport.closed;
    expect(transport.closedWith).toEqual([1000, 'ok']);
    expect(transport.messages.at(-1)!.type).toBe('Summary');
    expect(transport.messages.map(({ seq }) => seq)).toEqual(transport.messages.map((_, i) => i));
  }
  expect(host.sessions).toBe(0);
});
