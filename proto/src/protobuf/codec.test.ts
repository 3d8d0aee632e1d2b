import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import type {
  Affect,
  ChannelSummaryMessage,
  ClientMessage,
  Consent,
  Encoding,
  Judged,
  MoodMessage,
  Purpose,
  Role,
  ServerMessage,
  ServerMessageBody,
  StreamConfig,
  TalkMessage,
  TurningPointMessage,
} from '../messages.ts';
import { ProtocolError } from '../protocol-error.ts';
import { buildStreamQuery, parseStreamQuery, type StreamQuery } from '../stream-query.ts';
import { toBase64Url } from './base64url.ts';
import type { ClientRequest } from './index.ts';
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
} from './index.ts';

/** Values of every kind, the same in every run. */
class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
  double = (): number => this.pick([0, 1, -1, 0.1, 1e-9, 1 / 3, this.below(1e9) / 7, -0.25]);
  count = (): number => this.pick([0, 1, 127, 128, 70_000, 2 ** 31, 2 ** 32 - 1]);
  long = (): number => this.pick([0, 1, 300, 2 ** 32, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER]);
  bool = (): boolean => this.below(2) === 1;
  text = (): string => this.pick(['', 'a', 'angry', 'ärger \u{1f600}', 'x'.repeat(300), '"\\\n']);
  bytes = (least = 0): string =>
    toBase64Url(Uint8Array.from({ length: least + this.below(40) }, () => this.below(256)));
  role = (): Role => this.pick<Role>(['customer', 'agent', 'unknown']);
  list<T>(make: () => T, least = 0): T[] {
    return Array.from({ length: least + this.below(3) }, make);
  }
  map<T>(make: () => T, least = 0): Record<string, T> {
    return Object.fromEntries(this.list(() => [`key ${this.below(1000)}`, make()], least));
  }
  /** Leaves out some of the named fields. */
  without<T extends object, K extends keyof T>(value: T, ...names: K[]): Omit<T, K> & Partial<Pick<T, K>> {
    const copy = { ...value };
    for (const name of names) if (this.bool()) delete copy[name];
    return copy;
  }
}

const optionalOfConfig = ['alerts', 'consent', 'purpose', 'tag', 'metadata'] as const;

function config(random: Random): StreamConfig {
  const full: Required<StreamConfig> = {
    encoding: random.pick<Encoding>(['linear16', 'float32', 'mulaw', 'alaw']),
    sample_rate: random.count(),
    channels: random.count(),
    channel_roles: random.list(random.role, 1),
    analyze: random.list(random.role, 1),
    model: random.text(),
    interval_ms: random.count(),
    window_ms: random.count(),
    endpointing_ms: random.count(),
    interim_results: random.bool(),
    vad_events: random.bool(),
    labels: random.bool(),
    dimensions: random.bool(),
    trend_interval_ms: random.count(),
    consent: random.pick<Consent>(['given', 'pending', 'denied']),
    purpose: random.pick<Purpose>(['medical', 'safety', 'personal_training']),
    checkpoints: random.bool(),
    ack: random.bool(),
    alerts: random.bool(),
    tag: random.text(),
    metadata: random.map(random.text, 1),
  };
  return random.without(full, ...optionalOfConfig);
}

function judged(random: Random): Judged {
  const sentiment = random.pick(['negative', 'neutral', 'positive'] as const);
  const full: Required<Judged> = {
    label: random.pick([null, 'angry', '']),
    abstain: random.pick(['no_speech', 'low_confidence'] as const),
    confidence: random.double(),
    scores: random.map(random.double, 1),
    sentiment: {
      label: sentiment,
      scores: { negative: random.double(), neutral: 0, positive: random.double() },
    },
    dimensions: { arousal: random.double(), valence: random.double() },
  };
  return random.without(full, 'abstain');
}

function affect(random: Random): Affect {
  return { arousal: random.double(), valence: random.double() };
}

function turningPoint(random: Random): TurningPointMessage {
  return { time: random.double(), before: affect(random), after: affect(random) };
}

function talk(random: Random): TalkMessage {
  const full: Required<TalkMessage> = {
    talk_ratio: random.double(),
    silence_ratio: random.double(),
    longest_silence_s: random.double(),
    turns: random.long(),
    interruptions: random.long(),
  };
  return random.without(full, 'turns', 'interruptions');
}

function mood(random: Random): MoodMessage {
  const full: Required<MoodMessage> = {
    ...affect(random),
    baseline: { ...affect(random), speech_s: random.double() },
    relative: affect(random),
    share: random.map(random.double),
    opening: affect(random),
    closing: affect(random),
    course: random.list(() => ({ time: random.double(), ...affect(random) })),
    turning_points: random.list(() => turningPoint(random)),
  };
  return random.without(full, 'opening', 'closing');
}

function channelSummary(random: Random): ChannelSummaryMessage {
  const full: Required<Omit<ChannelSummaryMessage, keyof Judged>> = {
    channel: random.count(),
    role: random.role(),
    audio_s: random.double(),
    speech_s: random.double(),
    segments: random.long(),
    share: random.map(random.double),
    talk: talk(random),
    mood: mood(random),
  };
  return { ...random.without(full, 'talk', 'mood'), ...judged(random) };
}

type Of<T extends ServerMessageBody['type']> = Extract<ServerMessageBody, { type: T }>;
type Bodies = { readonly [T in ServerMessageBody['type']]: (random: Random) => Of<T> };

/** One of each type with every field, so that a field that the .proto lacks is lost and noticed. */
const bodies: Bodies = {
  Begin: (random) => {
    const full: Required<Of<'Begin'>> = {
      type: 'Begin',
      protocol: 'undertone.v1',
      model: {
        name: random.text(),
        version: random.text(),
        labels: random.list(random.text),
        dimensions: random.list(random.text),
      },
      config: config(random),
      limits: {
        max_frame_bytes: random.long(),
        idle_timeout_ms: random.long(),
        max_session_s: random.long(),
      },
      notice: random.text(),
      resumed: random.bool(),
      sample: random.long(),
      trace_id: random.text(),
    };
    return random.without(full, 'resumed', 'sample', 'trace_id');
  },
  SpeechStarted: (random) => ({
    type: 'SpeechStarted',
    channel: random.count(),
    ordinal: random.long(),
    time: random.double(),
  }),
  SpeechEnded: (random) => ({
    type: 'SpeechEnded',
    channel: random.count(),
    ordinal: random.long(),
    time: random.double(),
  }),
  Emotion: (random) => {
    const full: Required<Of<'Emotion'>> = {
      type: 'Emotion',
      id: random.text(),
      channel: random.count(),
      ordinal: random.long(),
      role: random.role(),
      segment: random.long(),
      revision: random.long(),
      start: random.double(),
      end: random.double(),
      is_final: random.bool(),
      from_finalize: random.bool(),
      speech_ratio: random.double(),
      latency_ms: random.double(),
      ...(judged(random) as Required<Judged>),
    };
    return random.without(full, 'from_finalize', 'latency_ms', 'scores', 'dimensions');
  },
  Trend: (random) => {
    const full: Required<Of<'Trend'>> = {
      type: 'Trend',
      channel: random.count(),
      ordinal: random.long(),
      time: random.double(),
      window_s: random.double(),
      valence: { mean: random.double(), slope: random.double() },
      arousal: { mean: random.double(), slope: random.double() },
      share: random.map(random.double),
      relative: affect(random),
      turning_point: turningPoint(random),
    };
    return random.without(full, 'relative', 'turning_point');
  },
  Alert: (random) => ({
    type: 'Alert',
    id: random.text(),
    channel: random.count(),
    role: random.role(),
    rule: random.text(),
    level: random.pick(['info', 'warn', 'critical'] as const),
    state: random.pick(['opened', 'cleared'] as const),
    since: random.double(),
    time: random.double(),
    score: random.double(),
    speech_s: random.double(),
  }),
  Gap: (random) => ({
    type: 'Gap',
    start: random.double(),
    duration: random.double(),
    reason: random.pick(['client', 'paused', 'consent'] as const),
  }),
  Warning: (random) => ({
    type: 'Warning',
    code: random.pick(['slow_client', 'behind', 'low_quality', 'clock_drift', 'draining'] as const),
    message: random.text(),
  }),
  Configured: (random) => ({ type: 'Configured', config: config(random) }),
  Checkpoint: (random) => ({
    type: 'Checkpoint',
    time: random.double(),
    sample: random.long(),
    checkpoint: random.bytes(),
  }),
  Error: (random) => {
    const full: Required<Of<'Error'>> = {
      type: 'Error',
      code: random.text(),
      message: random.text(),
      fatal: random.bool(),
      retry_after_ms: random.double(),
    };
    return random.without(full, 'retry_after_ms');
  },
  Summary: (random) => {
    const full: Required<Of<'Summary'>> = {
      type: 'Summary',
      audio_s: random.double(),
      speech_s: random.list(random.double),
      per_channel: random.list(() => channelSummary(random)),
      dropped_s: random.double(),
      reason: random.pick(['client_close', 'going_away', 'session_limit', 'idle_timeout', 'error'] as const),
      conversation: {
        overlap_s: random.double(),
        overlap_ratio: random.double(),
        silence_ratio: random.double(),
        longest_silence_s: random.double(),
      },
    };
    return random.without(full, 'conversation');
  },
};

function serverMessage(type: ServerMessageBody['type'], random: Random): ServerMessage {
  return { session_id: random.text(), seq: random.long(), ...bodies[type](random) };
}

type ClientTypes = { readonly [T in ClientRequest['type']]: (random: Random) => ClientRequest };

const requests: ClientTypes = {
  Config: (random) => {
    const full: Required<StreamQuery> = { ...(config(random) as Required<StreamConfig>), resume: true };
    const query = random.without(full, ...(Object.keys(full) as (keyof StreamQuery)[]));
    return random.bool()
      ? { type: 'Config', config: query }
      : {
          type: 'Config',
          config: query,
          restore: { type: 'Restore', checkpoint: random.bytes(1), ordinals: [random.long()] },
        };
  },
  Audio: (random) => ({
    type: 'Audio',
    audio: Uint8Array.from({ length: random.pick([0, 1, 127, 128, 3200]) }, () => random.below(256)),
  }),
  KeepAlive: () => ({ type: 'KeepAlive' }),
  Finalize: () => ({ type: 'Finalize' }),
  CloseStream: () => ({ type: 'CloseStream' }),
  Pause: () => ({ type: 'Pause' }),
  Resume: () => ({ type: 'Resume' }),
  Configure: (random) => {
    const full: Required<Extract<ClientMessage, { type: 'Configure' }>> = {
      type: 'Configure',
      interval_ms: 250 + random.below(9000),
      window_ms: 1000 + random.below(20_000),
      endpointing_ms: 100 + random.below(4000),
      interim_results: random.bool(),
      vad_events: random.bool(),
      labels: random.bool(),
      dimensions: random.bool(),
      analyze: random.list(random.role, 1),
      trend_interval_ms: random.pick([0, 1000, 60_000]),
      consent: random.pick<Consent>(['given', 'pending', 'denied']),
    };
    const { type, ...rest } = full;
    return { type, ...random.without(rest, ...(Object.keys(rest) as (keyof typeof rest)[])) };
  },
  Gap: (random) =>
    random.bool()
      ? { type: 'Gap', samples: 1 + random.below(1e9) }
      : { type: 'Gap', duration: 0.001 + random.below(80_000) },
  Ack: (random) => ({ type: 'Ack', id: `ut_1:0:${random.below(100)}:2` }),
  Restore: (random) => ({
    type: 'Restore',
    checkpoint: random.bytes(1),
    ordinals: random.pick([[], [random.long()], [random.long(), random.long()]]),
  }),
};

const serverTypes = Object.keys(bodies) as ServerMessageBody['type'][];
const clientTypes = Object.keys(requests) as ClientRequest['type'][];

describe('a message as protobuf', () => {
  test.each(serverTypes)('%s comes back as it was', (type) => {
    const random = new Random(1);
    for (let i = 0; i < 300; i++) {
      const message = serverMessage(type, random);
      expect(decodeServerMessage(encodeServerMessage(message))).toEqual(message);
    }
  });

  test.each(clientTypes)('%s of a client comes back as it was', (type) => {
    const random = new Random(2);
    for (let i = 0; i < 100; i++) {
      const message = requests[type](random);
      expect(decodeClientMessage(Uint8Array.from(encodeClientMessage(message)))).toEqual(message);
    }
  });

  test('scores keep the order of the labels', () => {
    const message = {
      ...bodies.Emotion(new Random(3)),
      session_id: 's',
      seq: 0,
      scores: { c: 0.1, a: 0.2, b: 0.7 },
    };
    const found = decodeServerMessage(encodeServerMessage(message));
    expect(Object.keys((found as typeof message).scores)).toEqual(['c', 'a', 'b']);
  });

  test('a configuration is checked as the same parameters in an address are', () => {
    const { config: query } = decodeClientMessage(
      encodeClientMessage({
        type: 'Config',
        config: { encoding: 'mulaw', channels: 2, metadata: { a: 'b' } },
      }),
    ) as Extract<ClientRequest, { type: 'Config' }>;
    const checked = parseStreamQuery(new URLSearchParams(buildStreamQuery(query)));
    expect(checked).toMatchObject({
      sample_rate: 8000,
      channel_roles: ['customer', 'agent'],
      metadata: { a: 'b' },
    });
  });
});

describe('the .proto that is shipped', () => {
  const text = readFileSync(new URL('../../undertone/v1/undertone.proto', import.meta.url), 'utf8');
  const { root } = protobuf.parse(text, { keepCase: true });

  test.each([
    [
      'StreamAnalyzeResponse',
      serverTypes,
      (i: number, r: Random) => encodeServerMessage(serverMessage(serverTypes[i]!, r)),
    ],
    [
      'StreamAnalyzeRequest',
      clientTypes,
      (i: number, r: Random) => encodeClientMessage(requests[clientTypes[i]!](r)),
    ],
  ] as const)('%s is read and written by another implementation', (name, types, make) => {
    const type = root.lookupType(`undertone.v1.${name}`);
    const decode = name === 'StreamAnalyzeRequest' ? decodeClientMessage : decodeServerMessage;
    const random = new Random(4);
    for (let i = 0; i < types.length * 40; i++) {
      const bytes = make(i % types.length, random);
      const known = type.decode(bytes);
      const rewritten = type
        .encode(type.fromObject(type.toObject(known, { longs: String, bytes: Buffer })))
        .finish();
      expect(decode(rewritten)).toEqual(decode(bytes));
      // Nothing was left over that the other did not know.
      expect(rewritten.length).toBe(bytes.length);
    }
  });
});

describe('hostile bytes', () => {
  test.each(['client', 'server'])(
    'random and damaged %s messages are refused as bad_message or read',
    (side) => {
      const random = new Random(5);
      const decode = side === 'client' ? decodeClientMessage : decodeServerMessage;
      let refused = 0;
      for (let i = 0; i < 8000; i++) {
        const whole =
          side === 'client'
            ? encodeClientMessage(requests[random.pick(clientTypes)](random))
            : encodeServerMessage(serverMessage(random.pick(serverTypes), random));
        let bytes = Uint8Array.from(whole);
        for (let n = 1 + random.below(4); n > 0; n--) bytes[random.below(bytes.length)] = random.below(256);
        if (random.below(4) === 0) bytes = bytes.subarray(0, random.below(bytes.length));
        if (random.below(8) === 0)
          bytes = Uint8Array.from({ length: random.below(60) }, () => random.below(256));
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(400);
    },
  );

  test('few bytes do not become many objects', () => {
    // Summary with a million empty per_channel entries, two bytes each.
    const body = new Uint8Array(2 * 8000);
    for (let i = 0; i < body.length; i += 2) body[i] = (3 << 3) | 2;
    const bytes = Uint8Array.from([0xa2, 0x01, 0x80, 0x7d, ...body]);
    expect(() => decodeServerMessage(bytes)).toThrowError(expect.objectContaining({ code: 'bad_message' }));
  });

  test('names of a map cannot reach a prototype', () => {
    const message: ClientRequest = { type: 'Config', config: { metadata: { xxproto__: 'x' } } };
    const bytes = encodeClientMessage(message);
    const at = bytes.indexOf('x'.charCodeAt(0));
    bytes.set([0x5f, 0x5f], at);
    expect(() => decodeClientMessage(bytes)).toThrowError(/__proto__/);
  });

  test('an empty message says what was expected', () => {
    expect(() => decodeClientMessage(new Uint8Array())).toThrowError('Expected config, audio or control');
  });

  test('a value that has no protobuf form is refused', () => {
    const message: ClientRequest = { type: 'Restore', checkpoint: 'not base64!', ordinals: [] };
    expect(() => encodeClientMessage(message)).toThrowError(/base64url/);
    expect(() => encodeClientMessage({ type: 'Gap', samples: 0.5 })).toThrowError(/samples/);
  });
});

test('a message of a type that a newer server adds is no error', () => {
  // Field 99, length 0.
  expect(decodeServerMessage(Uint8Array.from([0x9a, 0x06, 0x00]))).toBeNull();
});
