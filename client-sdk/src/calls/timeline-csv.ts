/** A call's timeline as CSV (RFC 4180): a row for each segment, alert, gap and turning point, by time. */
import type { CallTimeline } from './call-timeline.ts';

const columns = [
  'kind',
  'start_s',
  'end_s',
  'channel',
  'role',
  'name',
  'confidence',
  'is_final',
  'sentiment',
  'valence',
  'arousal',
  'level',
] as const;

type Row = Partial<Readonly<Record<(typeof columns)[number], string | number | boolean | null>>>;

export function timelineCsv(call: CallTimeline): string {
  const rows: Row[] = [
    ...call.channels.flatMap(({ channel, role, segments }) =>
      segments.map(({ start, end, label, confidence, isFinal, sentiment, valence, arousal }) => ({
        kind: 'segment',
        start_s: start,
        end_s: end,
        channel,
        role,
        name: label,
        confidence,
        is_final: isFinal,
        sentiment,
        valence,
        arousal,
      })),
    ),
    ...call.alerts.map(({ rule, level, since, clearedAt, channel, role, score }) => ({
      kind: 'alert',
      start_s: since,
      end_s: clearedAt,
      channel,
      role,
      name: rule,
      confidence: score,
      level,
    })),
    ...call.gaps.map(({ start, duration, reason }) => ({
      kind: 'gap',
      start_s: start,
      end_s: start + duration,
      name: reason,
    })),
    ...call.turningPoints.map(({ time, channel, after }) => ({
      kind: 'turning_point',
      start_s: time,
      end_s: time,
      channel,
      name: 'valence',
      valence: after,
    })),
  ];
  const lines = rows
    .sort((a, b) => Number(a.start_s) - Number(b.start_s))
    .map((row) => columns.map((name) => quoted(row[name] ?? '')));
  return [columns.join(','), ...lines.map((cells) => cells.join(','))].map((line) => `${line}\r\n`).join('');
}

/** Text that a spreadsheet would take for a formula gets an apostrophe; labels come from models of other people. */
function quoted(value: string | number | boolean): string {
  const rounded = typeof value === 'number' ? Number(value.toFixed(4)) : value;
  const text = typeof rounded === 'string' && /^[=+\-@\t\r]/.test(rounded) ? `'${rounded}` : String(rounded);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
