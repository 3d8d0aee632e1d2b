/** A call's timeline in words: for who does not see the picture. */
import type { CallTimeline, TimelineChannel } from './call-timeline.ts';
import { clockText } from './clock-text.ts';
import { emotionName } from './emotion-look.ts';
import { printable } from './printable.ts';
import { speakerName } from './speaker-name.ts';

export interface TimelineWords {
  readonly title: string;
  /** One line. */
  readonly facts: string;
  /** Some sentences. */
  readonly description: string;
}

const namedAlerts = 10;

export function timelineWords(call: CallTimeline): TimelineWords {
  const { session, startedAtMs, model, seconds, isOver, endReason } = call;
  const facts = [
    ...(startedAtMs === null ? [] : [dateText(startedAtMs)]),
    clockText(seconds),
    ...(model === null ? [] : [model]),
    isOver ? `over (${(endReason ?? 'unknown').replaceAll('_', ' ')})` : 'goes on',
    ...(call.leftOut > 0 ? [`${call.leftOut} left out`] : []),
  ];
  const sentences = [
    `${isOver ? 'A call' : 'A call that goes on'}, ${clockText(seconds)} long.`,
    ...call.channels.map(channelSentence),
    alertSentence(call),
    ...(call.turningPoints.length > 0
      ? [`It turned at ${call.turningPoints.map(({ time }) => clockText(time)).join(', ')}.`]
      : []),
    ...(call.gaps.length > 0 ? [`${call.gaps.length} parts were not heard.`] : []),
  ];
  return { title: `Call ${printable(session)}`, facts: facts.join(' · '), description: sentences.join(' ') };
}

/** Share of each label in the time of speech, most first. */
export function labelShares({ segments }: TimelineChannel): readonly (readonly [string, number])[] {
  const seconds = new Map<string, number>();
  let total = 0;
  for (const { label, start, end } of segments) {
    const name = emotionName(label);
    seconds.set(name, (seconds.get(name) ?? 0) + end - start);
    total += end - start;
  }
  return [...seconds]
    .map(([name, part]) => [name, total > 0 ? part / total : 0] as const)
    .sort(([, a], [, b]) => b - a);
}

function channelSentence(channel: TimelineChannel): string {
  const name = speakerName(channel);
  if (!channel.isAnalysed) return `The ${name} is not ${channel.role === 'agent' ? 'shown' : 'analysed'}.`;
  if (channel.segments.length === 0) return `The ${name} said nothing.`;
  const shares = labelShares(channel).map(([label, share]) => `${label} ${Math.round(share * 100)} %`);
  return `The ${name} spoke for ${clockText(channel.speechSeconds)} in ${channel.segments.length} segments: ${shares.join(', ')}.`;
}

function alertSentence({ alerts }: CallTimeline): string {
  if (alerts.length === 0) return 'No alerts.';
  const named = alerts.slice(0, namedAlerts).map(({ rule, level, since, clearedAt }) => {
    const until = clearedAt === null ? 'still open' : `until ${clockText(clearedAt)}`;
    return `${rule.replaceAll('_', ' ')} (${level}) from ${clockText(since)}, ${until}`;
  });
  const more = alerts.length > namedAlerts ? `, and ${alerts.length - namedAlerts} more` : '';
  return `Alerts: ${named.join('; ')}${more}.`;
}

function dateText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime())
    ? 'at an unknown time'
    : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
