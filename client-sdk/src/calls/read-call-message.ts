/** Messages of a call, checked field by field: numbers are finite, texts short and printable, channels few. */
import type { Role } from '@undertone/proto';
import type { CallMessage, SpeechSaid, TurningPoint } from './call-message.ts';
import { printable } from './printable.ts';

type Fields = Readonly<Record<string, unknown>>;

const mostChannels = 8;
const mostTurningPoints = 100;
/** Seconds: a stream ends long before. */
const latestSeconds = 1_000_000;
const maxNameChars = 64;

class Malformed extends Error {}

/** @returns null for a type that is not known, a text that says what is wrong with one that is */
export function readCallMessage(data: Fields): CallMessage | null | string {
  const { type } = data;
  if (typeof type !== 'string') return 'type is not a text';
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined;
  if (!read) return null;
  try {
    return read(data);
  } catch (cause) {
    if (cause instanceof Malformed) return `${type}: ${cause.message}`;
    throw cause;
  }
}

const readers: Readonly<Record<string, (data: Fields) => CallMessage>> = {
  Begin: ({ model, config }) => {
    const { name, version } = record(model, 'model');
    const { channel_roles, analyze } = record(config, 'config');
    const roles = list(channel_roles, 'config.channel_roles', mostChannels).map(roleOf);
    const analysed = list(analyze ?? roles, 'config.analyze', mostChannels).map(roleOf);
    return {
      type: 'Begin',
      model: `${text(name, 'model.name')}@${text(version, 'model.version')}`,
      roles,
      analyze: analysed,
    };
  },
  Emotion: (data) => {
    const start = seconds(data.start, 'start');
    const dimensions = isRecord(data.dimensions) ? data.dimensions : {};
    const sentiment = isRecord(data.sentiment) ? data.sentiment.label : null;
    return {
      type: 'Emotion',
      channel: channelOf(data.channel),
      role: roleOf(data.role ?? 'unknown'),
      segment: whole(data.segment, 'segment'),
      revision: typeof data.revision === 'number' ? whole(data.revision, 'revision') : 0,
      start,
      end: Math.max(start, seconds(data.end, 'end')),
      isFinal: data.is_final === true,
      label: data.label === null || data.label === undefined ? null : text(data.label, 'label'),
      confidence: within(data.confidence, 0, 1, 'confidence'),
      sentiment: typeof sentiment === 'string' ? text(sentiment, 'sentiment.label') : null,
      valence: dimension(dimensions.valence),
      arousal: dimension(dimensions.arousal),
    };
  },
  SpeechStarted: (data) => speech('SpeechStarted', data),
  SpeechEnded: (data) => speech('SpeechEnded', data),
  Alert: (data) => {
    const level = (['info', 'warn', 'critical'] as const).find((each) => each === data.level);
    if (!level) throw new Malformed('level is none of info, warn, critical');
    if (data.state !== 'opened' && data.state !== 'cleared')
      throw new Malformed('state is neither opened nor cleared');
    return {
      type: 'Alert',
      id: text(data.id, 'id', 512),
      channel: channelOf(data.channel),
      role: roleOf(data.role ?? 'unknown'),
      rule: text(data.rule, 'rule'),
      level,
      isOpened: data.state === 'opened',
      since: seconds(data.since, 'since'),
      time: seconds(data.time, 'time'),
      score: finite(data.score),
    };
  },
  Gap: (data) => ({
    type: 'Gap',
    start: seconds(data.start, 'start'),
    duration: seconds(data.duration, 'duration'),
    reason: text(data.reason, 'reason'),
  }),
  Trend: (data) => ({
    type: 'Trend',
    channel: channelOf(data.channel),
    time: seconds(data.time, 'time'),
    valence: isRecord(data.valence) ? dimension(data.valence.mean) : null,
    arousal: isRecord(data.arousal) ? dimension(data.arousal.mean) : null,
    turningPoint:
      data.turning_point === undefined ? null : turningPoint(data.turning_point, channelOf(data.channel)),
  }),
  Summary: (data) => {
    const channels = list(data.per_channel ?? [], 'per_channel', mostChannels).map((each, index) =>
      record(each, `per_channel.${index}`),
    );
    return {
      type: 'Summary',
      seconds: seconds(data.audio_s, 'audio_s'),
      reason: text(data.reason ?? 'unknown', 'reason'),
      speechSeconds: list(data.speech_s ?? [], 'speech_s', mostChannels).map((each) =>
        seconds(each, 'speech_s'),
      ),
      roles: new Map(channels.map((each) => [channelOf(each.channel), roleOf(each.role ?? 'unknown')])),
      turningPoints: channels.flatMap(turningPointsOf),
    };
  },
  Error: (data) => ({
    type: 'Error',
    code: text(data.code, 'code'),
    message: text(data.message, 'message', 1000),
  }),
};

function turningPointsOf({ channel, mood }: Fields): TurningPoint[] {
  if (!isRecord(mood) || mood.turning_points === undefined) return [];
  const points = list(mood.turning_points, 'mood.turning_points', mostTurningPoints);
  return points.map((point) => turningPoint(point, channelOf(channel)));
}

function turningPoint(value: unknown, channel: number): TurningPoint {
  const { time, before, after } = record(value, 'turning point');
  return {
    channel,
    time: seconds(time, 'turning point.time'),
    before: isRecord(before) ? dimension(before.valence) : null,
    after: isRecord(after) ? dimension(after.valence) : null,
  };
}

function speech(type: SpeechSaid['type'], data: Fields): SpeechSaid {
  return { type, channel: channelOf(data.channel), time: seconds(data.time, 'time') };
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(value: unknown, name: string): Fields {
  if (isRecord(value)) return value;
  throw new Malformed(`${name} is not an object`);
}

function list(value: unknown, name: string, most: number): readonly unknown[] {
  if (Array.isArray(value) && value.length <= most) return value;
  throw new Malformed(`${name} is not a list of at most ${most}`);
}

function text(value: unknown, name: string, most: number = maxNameChars): string {
  if (typeof value === 'string' && value.length > 0) return printable(value.slice(0, most));
  throw new Malformed(`${name} is not a text`);
}

function within(value: unknown, least: number, most: number, name: string): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new Malformed(`${name} is not a number from ${least} to ${most}`);
}

function whole(value: unknown, name: string): number {
  const number = within(value, 0, 1_000_000_000, name);
  if (Number.isInteger(number)) return number;
  throw new Malformed(`${name} is not a whole number`);
}

const seconds = (value: unknown, name: string): number => within(value, 0, latestSeconds, name);
const channelOf = (value: unknown): number => {
  const channel = whole(value, 'channel');
  if (channel < mostChannels) return channel;
  throw new Malformed(`channel is not below ${mostChannels}`);
};

function roleOf(value: unknown): Role {
  if (value === 'customer' || value === 'agent' || value === 'unknown') return value;
  throw new Malformed('role is none of customer, agent, unknown');
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** Beyond the range is at its end. */
function dimension(value: unknown): number | null {
  const number = finite(value);
  return number === null ? null : Math.max(-1, Math.min(1, number));
}
