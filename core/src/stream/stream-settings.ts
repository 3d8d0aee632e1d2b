/** How a stream is reported: what its caller chooses, and may change while it runs. */
import { UndertoneError } from '../errors.ts';
import type { StateReader } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';

export interface StreamSettings {
  /** Audio between interim results, 250 to 10000. */
  readonly intervalMs: number;
  /** The newest part of a segment that an interim result covers, 1000 to 30000. */
  readonly windowMs: number;
  /** Pause that ends a segment, 100 to 5000. */
  readonly endpointingMs: number;
  readonly interimResults: boolean;
  /** Audio between `Trend` events; 0 for none. */
  readonly trendMs: number;
  /** Which channels are recognised; the samples of the others are dropped before any feature. */
  readonly analysed: readonly boolean[];
}

/** What changes; the rest stays. */
export type StreamChange = Partial<StreamSettings>;

export type StreamDefaults = Omit<StreamSettings, 'analysed'>;

export const streamDefaults: StreamDefaults = {
  intervalMs: 1000,
  windowMs: 5000,
  endpointingMs: 500,
  interimResults: true,
  trendMs: 0,
};

const durations = ['intervalMs', 'windowMs', 'endpointingMs'] as const;
/** Sessions and recognisers have narrower ranges; this one keeps memory and arithmetic sound. */
const longestMs = 3_600_000;

/**
 * @param channels channels of the stream; those of which `change` says nothing stay as they are in `settings`
 * @throws UndertoneError `bad_parameter` for a duration that is none, or more channels than there are
 */
export function changedSettings(
  settings: StreamSettings,
  change: StreamChange,
  channels: number,
): StreamSettings {
  const changed: StreamSettings = {
    intervalMs: change.intervalMs ?? settings.intervalMs,
    windowMs: change.windowMs ?? settings.windowMs,
    endpointingMs: change.endpointingMs ?? settings.endpointingMs,
    interimResults: change.interimResults ?? settings.interimResults,
    trendMs: change.trendMs ?? settings.trendMs,
    analysed: change.analysed ?? settings.analysed,
  };
  for (const name of durations) {
    if (changed[name] > 0 && changed[name] <= longestMs) continue;
    throw new UndertoneError('bad_parameter', `Expected ${name} in (0, ${longestMs}]; got ${changed[name]}.`);
  }
  if (!(changed.trendMs >= 0 && changed.trendMs <= longestMs)) {
    throw new UndertoneError(
      'bad_parameter',
      `Expected trendMs in [0, ${longestMs}]; got ${changed.trendMs}.`,
    );
  }
  if (changed.analysed.length > channels) {
    throw new UndertoneError(
      'bad_parameter',
      `Expected analysed for at most ${channels} channels; got ${changed.analysed.length}.`,
    );
  }
  const analysed = Array.from(
    { length: channels },
    (_, i) => changed.analysed[i] ?? settings.analysed[i] ?? true,
  );
  return { ...changed, analysed };
}

export function writeSettings(settings: StreamSettings, writer: StateWriter): void {
  for (const name of durations) writer.number(settings[name]);
  writer.flag(settings.interimResults);
  writer.number(settings.trendMs);
  for (const analysed of settings.analysed) writer.flag(analysed);
}

export function readSettings(reader: StateReader, channels: number): StreamSettings {
  const [intervalMs, windowMs, endpointingMs] = durations.map(() => reader.number(1e-3, longestMs));
  return {
    intervalMs: intervalMs!,
    windowMs: windowMs!,
    endpointingMs: endpointingMs!,
    interimResults: reader.flag(),
    trendMs: reader.number(0, longestMs),
    analysed: Array.from({ length: channels }, () => reader.flag()),
  };
}
