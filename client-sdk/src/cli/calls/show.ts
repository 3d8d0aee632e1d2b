/** `undertone calls show` and `undertone calls timeline`: one call, on the terminal or as files. */
import { writeFile } from 'node:fs/promises';
import { UndertoneError } from '@undertone/core';
import type { CallTimeline } from '../../calls/call-timeline.ts';
import { clockText, signedText } from '../../calls/clock-text.ts';
import { printable } from '../../calls/printable.ts';
import { timelineSvg } from '../../calls/svg/timeline-svg.ts';
import { timelineCsv } from '../../calls/timeline-csv.ts';
import { timelineJson } from '../../calls/timeline-json.ts';
import { labelShares, timelineWords } from '../../calls/timeline-words.ts';
import { withoutAgents } from '../../calls/without-agents.ts';
import { asUndertoneError } from '../../client/as-undertone-error.ts';
import { emotionStyle, labelText } from '../../terminal/emotion-style.ts';
import { createPaint, hasColours, type Paint } from '../../terminal/paint.ts';
import { speakerText, speakerWidth } from '../../terminal/speaker.ts';
import { timelineLine, timelineScale } from '../../terminal/timeline.ts';
import { alertStyle } from './board-text.ts';
import { type CallChoice, loadCall } from './load-call.ts';

export interface ShowOptions extends CallChoice {
  readonly agents?: boolean;
  readonly json?: boolean;
}

export interface TimelineOptions extends CallChoice {
  readonly agents?: boolean;
  /** Files; true for standard output. */
  readonly svg?: string | true;
  readonly csv?: string | true;
  readonly json?: string | true;
  readonly theme?: 'auto' | 'light' | 'dark';
  readonly width?: number;
}

/** @returns whether it could be shown */
export async function showCall(session: string | undefined, options: ShowOptions): Promise<boolean> {
  return await told(async () => {
    const call = await load(session, options);
    if (options.json) {
      process.stdout.write(`${timelineJson(call, 0)}\n`);
      return;
    }
    const colours = hasColours(process.stdout);
    const width = Math.min(process.stdout.columns ?? 80, 120);
    for (const line of callText(call, width, colours, createPaint(colours)))
      process.stdout.write(`${line}\n`);
  });
}

/** @returns whether all was written */
export async function writeTimeline(session: string | undefined, options: TimelineOptions): Promise<boolean> {
  return await told(async () => {
    const wanted = [options.svg, options.csv, options.json].filter((file) => file !== undefined);
    if (wanted.length === 0)
      throw new UndertoneError('bad_parameter', 'Expected --svg, --csv or --json; got none of them.');
    if (wanted.filter((file) => file === true).length > 1)
      throw new UndertoneError(
        'bad_parameter',
        'Expected files for all but one of --svg, --csv and --json; got fewer.',
      );
    const call = await load(session, options);
    const { theme = 'auto', width = 1000 } = options;
    await put(options.svg, () => timelineSvg(call, { theme, width }));
    await put(options.csv, () => timelineCsv(call));
    await put(options.json, () => `${timelineJson(call, 2)}\n`);
  });
}

async function told(run: () => Promise<void>): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (cause) {
    const { code, message } = asUndertoneError(cause);
    process.stderr.write(`${code}: ${printable(message)}\n`);
    return false;
  }
}

async function load(
  session: string | undefined,
  options: CallChoice & { readonly agents?: boolean },
): Promise<CallTimeline> {
  const { call, malformed, firstProblem } = await loadCall(session, options);
  if (malformed > 0)
    process.stderr.write(
      `${malformed} malformed events are left out, the first: ${printable(firstProblem)}\n`,
    );
  return options.agents ? call : withoutAgents(call);
}

async function put(file: string | true | undefined, content: () => string): Promise<void> {
  if (file === undefined) return;
  if (file === true) {
    process.stdout.write(content());
    return;
  }
  try {
    await writeFile(file, content());
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Expected to write ${file}; ${(cause as Error).message}.`, {
      cause,
    });
  }
}

function callText(call: CallTimeline, width: number, colours: boolean, paint: Paint): string[] {
  const { title, facts } = timelineWords(call);
  const lines = [`${paint('bold', title)}  ${paint('dim', facts)}`, ''];
  const seconds = Math.max(call.seconds, 0.1);
  const lineWidth = Math.max(20, width - speakerWidth - 4);
  for (const channel of call.channels) {
    const { role, segments, isAnalysed } = channel;
    const name = paint('bold', speakerText(role, channel.channel));
    if (!isAnalysed) {
      lines.push(`  ${name}  ${paint('dim', role === 'agent' ? 'not shown' : 'not analysed')}`);
      continue;
    }
    const line = { seconds, width: lineWidth, heardSeconds: call.seconds, colours, paint };
    lines.push(`  ${name}  ${timelineLine(segments, line)}`);
  }
  lines.push(`  ${' '.repeat(speakerWidth)}  ${paint('dim', timelineScale(seconds, lineWidth))}`, '');
  for (const channel of call.channels.filter(({ isAnalysed }) => isAnalysed)) {
    const shares = labelShares(channel).map(([label, share]) => `${label} ${Math.round(share * 100)} %`);
    const share = `speaks ${Math.round((100 * Math.min(channel.speechSeconds, seconds)) / seconds)} %`;
    lines.push(`  ${speakerText(channel.role, channel.channel)}  ${[share, ...shares].join(', ')}`);
  }
  lines.push('', ...happenings(call, paint).map((line) => `  ${line}`));
  return lines;
}

/** Segments, alerts, turning points and gaps in the order of time. */
function happenings(call: CallTimeline, paint: Paint): string[] {
  const at = (seconds: number, text: string): { seconds: number; text: string } => ({
    seconds,
    text: `${paint('dim', clockText(seconds).padStart(7))}  ${text}`,
  });
  const found = [
    ...call.channels.flatMap(({ channel, role, segments }) =>
      segments.map(({ start, end, label, confidence, valence, arousal }) => {
        const name = paint(emotionStyle(label).text, `${labelText(label)} ${confidence.toFixed(2)}`);
        const mood = paint(
          'dim',
          `valence ${signedText(valence)}, arousal ${signedText(arousal)}, ${(end - start).toFixed(1)} s`,
        );
        return at(start, `${speakerText(role, channel)}  ${name}  ${mood}`);
      }),
    ),
    ...call.alerts.map(({ channel, role, rule, level, since, clearedAt }) => {
      const until = clearedAt === null ? 'still open' : `until ${clockText(clearedAt)}`;
      return at(
        since,
        `${speakerText(role, channel)}  ${paint(alertStyle(level), `alert ${rule.replaceAll('_', ' ')} (${level})`)}, ${until}`,
      );
    }),
    ...call.turningPoints.map(({ channel, time, before, after }) => {
      const role = call.channels.find((each) => each.channel === channel)?.role ?? 'unknown';
      return at(
        time,
        `${speakerText(role, channel)}  turning point: valence ${signedText(before)} before, ${signedText(after)} after`,
      );
    }),
    ...call.gaps.map(({ start, duration, reason }) =>
      at(start, paint('dim', `not heard for ${duration.toFixed(1)} s (${reason})`)),
    ),
  ];
  return found.sort((a, b) => a.seconds - b.seconds).map(({ text }) => text);
}
