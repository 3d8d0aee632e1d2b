/**
 * How a class looks in a picture: a colour for light and for dark, after Okabe and Ito's palette for colour-blind readers,
 * and a pattern, so that colour is never the only difference.
 */
export interface EmotionLook {
  readonly light: string;
  readonly dark: string;
  /** Lines of a tile of 8 by 8, as the data of a path; empty for none. */
  readonly pattern: string;
}

const other: EmotionLook = { light: '#6b5b95', dark: '#a795d6', pattern: 'M0 4H8M4 0V8' };

const looks = new Map<string, EmotionLook>([
  ['angry', { light: '#d0481a', dark: '#f0764a', pattern: 'M-2 2 2-2M0 8 8 0M6 10 10 6' }],
  ['disgust', { light: '#0b8a68', dark: '#35b892', pattern: 'M2 0V8M6 0V8' }],
  ['fearful', { light: '#a9579d', dark: '#d08ac6', pattern: 'M0 0 4 4 8 0M0 4 4 8 8 4' }],
  ['happy', { light: '#d99a00', dark: '#f2bd3c', pattern: 'M3.5 4h1M-0.5 0h1M7.5 0h1M-0.5 8h1M7.5 8h1' }],
  ['neutral', { light: '#858c98', dark: '#99a1ad', pattern: '' }],
  ['calm', { light: '#3aa0c9', dark: '#6cc5e8', pattern: 'M0 4H8' }],
  ['sad', { light: '#1f6fb2', dark: '#62a8e5', pattern: 'M-2 6 2 10M0 0 8 8M6-2 10 2' }],
  ['surprised', { light: '#a08c00', dark: '#d6c437', pattern: 'M0 0 8 8M8 0 0 8' }],
]);

const unsure: EmotionLook = { light: '#c3c7cd', dark: '#4b515c', pattern: 'M2 2h1M6 6h1' };

export function emotionLook(label: string | null): EmotionLook {
  return label === null ? unsure : (looks.get(label) ?? other);
}

/** What a result is called: its label, or that there is none. */
export function emotionName(label: string | null): string {
  return label ?? 'unsure';
}
