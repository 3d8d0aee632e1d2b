/** Many calls at a time: the newest of each, the ones worth looking at first. */
import type { Role } from '@undertone/proto';
import type { CallEvent } from '../../calls/call-event.ts';
import type { AlertSaid, CallMessage, ResultSaid } from '../../calls/call-message.ts';

export interface BoardChannel {
  readonly channel: number;
  readonly role: Role;
  /** The newest result, interim or final. */
  readonly result: ResultSaid;
  /** Of final results, oldest first; at most `keptPoints`. */
  readonly valence: readonly number[];
  readonly arousal: readonly number[];
  readonly speechSeconds: number;
}

export interface BoardCall {
  readonly session: string;
  readonly seconds: number;
  readonly isOver: boolean;
  /** Of a call that is over. */
  readonly reason: string;
  readonly channels: readonly BoardChannel[];
  /** That are open, gravest first. */
  readonly alerts: readonly AlertSaid[];
}

const keptPoints = 8;
/** Calls that are remembered: beyond it, those go first that are over, then those of which nothing was heard for longest. */
const mostCalls = 2000;
const mostAlerts = 64;
const mostChannels = 8;
const alertWeight = { critical: 100, warn: 10, info: 1 } as const;

interface Channel {
  role: Role;
  result: ResultSaid;
  readonly valence: number[];
  readonly arousal: number[];
  speechSeconds: number;
}

interface Call {
  seconds: number;
  isOver: boolean;
  reason: string;
  readonly channels: Map<number, Channel>;
  readonly alerts: Map<string, AlertSaid>;
}

export class CallBoard {
  /** Longest without an event first. */
  readonly #calls = new Map<string, Call>();

  get size(): number {
    return this.#calls.size;
  }

  accept({ session, message }: Pick<CallEvent, 'session' | 'message'>): void {
    if (!message) return;
    const call = this.#calls.get(session) ?? {
      seconds: 0,
      isOver: false,
      reason: '',
      channels: new Map(),
      alerts: new Map(),
    };
    this.#calls.delete(session);
    this.#calls.set(session, call);
    if (this.#calls.size > mostCalls) this.#forget();
    apply(call, message);
  }

  /**
   * First what is open and by how grave its alerts are (critical 100, warn 10, info 1), then how negative the voices of
   * late are; what is over comes last.
   */
  calls(): BoardCall[] {
    return [...this.#calls]
      .map(([session, call], index) => ({ board: toBoard(session, call), worth: worth(call), index }))
      .sort((a, b) => b.worth - a.worth || b.index - a.index)
      .map(({ board }) => board);
  }

  #forget(): void {
    for (const [session, { isOver }] of this.#calls) {
      if (!isOver) continue;
      this.#calls.delete(session);
      return;
    }
    for (const session of this.#calls.keys()) {
      this.#calls.delete(session);
      return;
    }
  }
}

function apply(call: Call, message: CallMessage): void {
  const seen = (seconds: number): void => {
    call.seconds = Math.max(call.seconds, seconds);
  };
  switch (message.type) {
    case 'Emotion':
      seen(message.end);
      result(call, message);
      break;
    case 'Alert':
      seen(message.time);
      if (!message.isOpened) call.alerts.delete(message.id);
      else if (call.alerts.size < mostAlerts) call.alerts.set(message.id, message);
      break;
    case 'Summary':
      seen(message.seconds);
      call.isOver = true;
      call.reason = message.reason;
      for (const [index, seconds] of message.speechSeconds.entries()) {
        const channel = call.channels.get(index);
        if (channel) channel.speechSeconds = seconds;
      }
      break;
    case 'Error':
      call.isOver = true;
      call.reason ||= message.code;
      break;
    case 'Gap':
      seen(message.start + message.duration);
      break;
    case 'Trend':
    case 'SpeechStarted':
    case 'SpeechEnded':
      seen(message.time);
      break;
    case 'Begin':
      // A stream that moved to another server begins again.
      call.isOver = false;
      break;
  }
}

function result(call: Call, message: ResultSaid): void {
  const { channel: index, role, isFinal, segment, revision, start, end, valence, arousal } = message;
  let channel = call.channels.get(index);
  if (!channel) {
    if (call.channels.size >= mostChannels) return;
    channel = { role, result: message, valence: [], arousal: [], speechSeconds: 0 };
    call.channels.set(index, channel);
  }
  const { result: newest } = channel;
  // Of the moment, and late.
  const isLate =
    newest.segment > segment ||
    (newest.segment === segment && (newest.isFinal || newest.revision > revision));
  if (isFinal || !isLate) channel.result = message;
  if (!isFinal) return;
  channel.speechSeconds += end - start;
  if (valence === null || arousal === null) return;
  for (const [points, value] of [
    [channel.valence, valence],
    [channel.arousal, arousal],
  ] as const) {
    points.push(value);
    if (points.length > keptPoints) points.shift();
  }
}

function worth({ isOver, alerts, channels }: Call): number {
  if (isOver) return -1;
  const grave = [...alerts.values()].reduce((sum, { level }) => sum + alertWeight[level], 0);
  const moods = [...channels.values()]
    .filter(({ role }) => role !== 'agent')
    .flatMap(({ valence }) => valence.slice(-3));
  const mean = moods.length === 0 ? 0 : moods.reduce((sum, value) => sum + value, 0) / moods.length;
  return grave + Math.max(0, -mean);
}

function toBoard(session: string, { seconds, isOver, reason, channels, alerts }: Call): BoardCall {
  return {
    session,
    seconds,
    isOver,
    reason,
    channels: [...channels].sort(([a], [b]) => a - b).map(([channel, each]) => ({ channel, ...each })),
    alerts: [...alerts.values()].sort((a, b) => alertWeight[b.level] - alertWeight[a.level]),
  };
}
