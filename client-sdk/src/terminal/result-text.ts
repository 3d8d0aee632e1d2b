/** Results as lines of text. */
import type { ChannelSummaryMessage, EmotionMessage, SummaryMessage } from '@undertone/proto';
import { conversationText, moodLines } from './call-text.ts';
import { emotionStyle, labelText, sentimentStyle } from './emotion-style.ts';
import { clock, meter, signed } from './format.ts';
import type { Paint } from './paint.ts';
import { speakerText, speakerWidth } from './speaker.ts';

const meterWidth = 10;
const labelWidth = 9;
const sentimentWidth = 8;
/** Characters of `judgementText`. */
export const judgementWidth: number = labelWidth + 1 + meterWidth + 1 + 4 + 2 + sentimentWidth;
/** Characters of `segmentLine`, in a call of less than 100 minutes. */
export const segmentLineWidth: number = 17 + 2 + speakerWidth + 2 + judgementWidth;

type Result = Pick<EmotionMessage, 'label' | 'confidence' | 'sentiment' | 'dimensions'>;

/** `angry     ███████░░░ 0.71  negative` */
export function judgementText({ label, confidence, sentiment }: Result, paint: Paint): string {
  const style = emotionStyle(label).text;
  const name = paint(style, labelText(label).padEnd(labelWidth));
  const mood = paint(sentimentStyle(sentiment.label), sentiment.label.padEnd(sentimentWidth));
  return `${name} ${paint(style, meter(confidence, meterWidth))} ${confidence.toFixed(2)}  ${mood}`;
}

/** `0:01.2 - 0:03.4  customer  angry     ███████░░░ 0.71  negative` */
export function segmentLine(message: EmotionMessage, paint: Paint): string {
  const time = paint('dim', `${clock(message.start).padStart(7)} - ${clock(message.end).padEnd(7)}`);
  return `${time}  ${speakerText(message.role, message.channel)}  ${judgementText(message, paint)}`;
}

/**
 * A few lines per channel: the judgement over the whole channel, the score of every class, how the mood went; and one for
 * what both channels did.
 */
export function summaryLines(summary: SummaryMessage, paint: Paint): string[] {
  const indent = ' '.repeat(speakerWidth + 2);
  const channels = summary.per_channel.flatMap((channel) => [
    `${paint('bold', speakerText(channel.role, channel.channel))}  ${judgementText(channel, paint)}`,
    `${indent}${paint('dim', factsText(channel))}`,
    `${indent}${scoresText(channel, paint)}`,
    ...moodLines(channel).map((line) => indent + paint('dim', line)),
  ]);
  const { conversation } = summary;
  return conversation ? [...channels, paint('dim', conversationText(conversation))] : channels;
}

function factsText({ speech_s, audio_s, segments, dimensions, abstain }: ChannelSummaryMessage): string {
  const parts = [
    `${speech_s.toFixed(1)} s of speech in ${audio_s.toFixed(1)} s`,
    `${segments} ${segments === 1 ? 'segment' : 'segments'}`,
    `arousal ${signed(dimensions.arousal)}`,
    `valence ${signed(dimensions.valence)}`,
  ];
  if (abstain) parts.push(abstain === 'no_speech' ? 'too little speech' : 'no class is likely enough');
  return parts.join(', ');
}

function scoresText({ scores }: ChannelSummaryMessage, paint: Paint): string {
  return Object.entries(scores)
    .sort(([, a], [, b]) => b - a)
    .map(([label, score]) => paint(emotionStyle(label).text, `${label} ${score.toFixed(2)}`))
    .join('  ');
}
