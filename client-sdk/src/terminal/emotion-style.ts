/** How emotions and sentiments look on a terminal. */
import type { Sentiment } from '@undertone/proto';
import type { Style } from './paint.ts';

interface EmotionStyle {
  readonly text: Style;
  readonly block: Style;
}

const styles: Readonly<Record<string, EmotionStyle>> = {
  angry: { text: 'redBright', block: ['bgRed', 'whiteBright'] },
  disgust: { text: 'green', block: ['bgGreen', 'black'] },
  fearful: { text: 'magenta', block: ['bgMagenta', 'whiteBright'] },
  happy: { text: 'yellowBright', block: ['bgYellowBright', 'black'] },
  neutral: { text: 'white', block: ['bgWhite', 'black'] },
  calm: { text: 'cyan', block: ['bgCyan', 'black'] },
  sad: { text: 'blueBright', block: ['bgBlue', 'whiteBright'] },
  surprised: { text: 'cyanBright', block: ['bgCyanBright', 'black'] },
};

const other: EmotionStyle = { text: 'cyan', block: ['bgCyan', 'black'] };
const abstained: EmotionStyle = { text: 'gray', block: ['bgBlackBright', 'white'] };

/** Of a class, or of a result that abstains. */
export function emotionStyle(label: string | null): EmotionStyle {
  if (label === null) return abstained;
  // Labels come from models and events of other people: `constructor` is one that every object has.
  return Object.hasOwn(styles, label) ? styles[label]! : other;
}

export function sentimentStyle(sentiment: Sentiment): Style {
  return sentiment === 'negative' ? 'red' : sentiment === 'positive' ? 'green' : 'gray';
}

/** What stands where a result abstains. */
export function labelText(label: string | null): string {
  return label ?? 'unsure';
}
