/**
 * How a class of a model looks: a colour (a custom property of the style sheet, other in light and dark) and a shape, so
 * that colour is never the only difference. The colours follow Okabe and Ito's palette for colour-blind readers.
 */
export interface EmotionStyle {
  /** Custom property of the style sheet. */
  readonly colour: string;
  /** Path in a square of 16 by 16. */
  readonly shape: string;
}

const other: EmotionStyle = { colour: '--emotion-other', shape: 'M8 2.5 13.5 8 8 13.5 2.5 8Z' };

const styles = new Map<string, EmotionStyle>([
  ['angry', { colour: '--emotion-angry', shape: 'M8 2 15 14H1Z' }],
  ['disgust', { colour: '--emotion-disgust', shape: 'M5 2h6l4 6-4 6H5L1 8Z' }],
  ['fearful', { colour: '--emotion-fearful', shape: 'M8 1l2 5 5 2-5 2-2 5-2-5-5-2 5-2Z' }],
  ['happy', { colour: '--emotion-happy', shape: 'M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13Z' }],
  ['neutral', { colour: '--emotion-neutral', shape: 'M2 6h12v4H2Z' }],
  ['sad', { colour: '--emotion-sad', shape: 'M1 2h14L8 14Z' }],
  ['calm', { colour: '--emotion-calm', shape: 'M3 3h10v10H3Z' }],
  ['surprised', { colour: '--emotion-surprised', shape: 'M6 1h4v5h5v4h-5v5H6v-5H1V6h5Z' }],
]);

/** Shape and colour of a result without a label. */
export const unsureStyle: EmotionStyle = {
  colour: '--emotion-unsure',
  shape: 'M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13ZM8 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8Z',
};

export function emotionStyle(label: string | null): EmotionStyle {
  return label === null ? unsureStyle : (styles.get(label) ?? other);
}

/** What a result is called in the page: its label, or that there is none. */
export function emotionName(label: string | null): string {
  return label ?? 'unsure';
}
