/** How a call went, as lines of text. */
import type { Affect, ChannelSummaryMessage, ConversationMessage } from '@undertone/proto';
import { clock, signed } from './format.ts';

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Up to three lines: what is relative to the voice, where it turned, how much of the channel is talk. */
export function moodLines({ mood, talk }: Pick<ChannelSummaryMessage, 'mood' | 'talk'>): string[] {
  const lines: string[] = [];
  if (mood) {
    const { relative, opening, closing } = mood;
    const parts = [`arousal ${signed(relative.arousal)}`, `valence ${signed(relative.valence)}`];
    const quarters =
      opening && closing
        ? `; opening to closing quarter: valence ${signed(opening.valence)} to ${signed(closing.valence)}`
        : '';
    lines.push(`to this voice's baseline: ${parts.join(', ')}${quarters}`);
    for (const { time, before, after } of mood.turning_points) {
      lines.push(
        `${turnText(before, after)} at ${clock(time)}: valence ${signed(before.valence)} to ${signed(after.valence)}, ` +
          `arousal ${signed(before.arousal)} to ${signed(after.arousal)}`,
      );
    }
  }
  if (talk) {
    const { talk_ratio, longest_silence_s, turns, interruptions } = talk;
    const parts = [`talks ${percent(talk_ratio)}`, `longest silence ${longest_silence_s.toFixed(1)} s`];
    if (turns !== undefined) parts.push(counted(turns, 'turn'));
    if (interruptions !== undefined) parts.push(counted(interruptions, 'interruption'));
    lines.push(parts.join(', '));
  }
  return lines;
}

/** `both talk 3 % (1.4 s), nobody 21 %, longest silence 2.1 s` */
export function conversationText(conversation: ConversationMessage): string {
  const { overlap_s, overlap_ratio, silence_ratio, longest_silence_s } = conversation;
  const both = `both talk ${percent(overlap_ratio)} (${overlap_s.toFixed(1)} s)`;
  return `${both}, nobody ${percent(silence_ratio)}, longest silence ${longest_silence_s.toFixed(1)} s`;
}

/** By what changed most. */
function turnText(before: Affect, after: Affect): string {
  const valence = after.valence - before.valence;
  const arousal = after.arousal - before.arousal;
  if (Math.abs(valence) >= Math.abs(arousal)) return valence < 0 ? 'turned worse' : 'turned better';
  return arousal > 0 ? 'turned more excited' : 'turned calmer';
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
