/** A session as files: everything as JSON, its segments as CSV (RFC 4180). */
import type { LatencyFigures } from './latency-meter.ts';
import type { LoggedMessage } from './message-log.ts';
import type { Place } from './place.ts';
import type { Segment, StreamLog } from './stream-log.ts';

export interface ExportedStream {
  readonly place: Place;
  readonly log: StreamLog;
  readonly latency: LatencyFigures | null;
}

const columns = [
  'place',
  'channel',
  'role',
  'segment',
  'start_s',
  'end_s',
  'is_final',
  'label',
  'abstain',
  'confidence',
  'sentiment',
  'arousal',
  'valence',
  'latency_ms',
] as const;

/** One row a segment, with its newest result; the scores of the classes in columns `score_NAME` at the end. */
export function toCsv(streams: readonly ExportedStream[]): string {
  const labels = [...new Set(streams.flatMap(({ log }) => log.begin?.model.labels ?? []))];
  const rows = streams.flatMap(({ place, log }) =>
    log.segments.map((segment) => [
      ...cells(place, segment),
      ...labels.map((label) => segment.scores[label] ?? ''),
    ]),
  );
  const lines = [[...columns, ...labels.map((label) => `score_${label}`)], ...rows];
  return lines.map((line) => `${line.map(quoted).join(',')}\r\n`).join('');
}

/** Text of a file that holds, for each stream, its first and last message, segments, gaps and latency, and all messages. */
export function toJson(streams: readonly ExportedStream[], messages: readonly LoggedMessage[]): string {
  const content = {
    format: 'undertone.console/1',
    streams: streams.map(({ place, log, latency }) => ({
      place,
      begin: log.begin,
      segments: log.segments,
      gaps: log.gaps,
      summary: log.summary,
      latency,
    })),
    messages: messages.map(({ place, atMs, text }) => ({ place, at_ms: atMs, message: JSON.parse(text) })),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function cells(place: Place, segment: Segment): readonly (string | number | boolean)[] {
  return [
    place,
    segment.channel,
    segment.role,
    segment.segment,
    segment.startSeconds,
    segment.endSeconds,
    segment.isFinal,
    segment.label ?? '',
    segment.abstain ?? '',
    segment.confidence,
    segment.sentiment,
    segment.dimensions?.arousal ?? '',
    segment.dimensions?.valence ?? '',
    segment.latencyMs === null ? '' : Math.round(segment.latencyMs),
  ];
}

/** Text that a spreadsheet would take for a formula gets an apostrophe; labels come from models of other people. */
function quoted(value: string | number | boolean): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
