/** The story of the demo call: who says which CREMA-D clip, and the pause before it. */

export interface Turn {
  readonly channel: 0 | 1;
  /** File name without `.wav`: actor, sentence, intended emotion, intensity. */
  readonly clip: string;
  readonly label: string;
  /** Silence since the last turn. */
  readonly pauseSeconds: number;
}

const customer = (name: string, label: string, pauseSeconds: number): Turn => ({
  channel: 0,
  clip: `1079_${name}`,
  label,
  pauseSeconds,
});

const agent = (name: string, label: string, pauseSeconds: number): Turn => ({
  channel: 1,
  clip: `1086_${name}`,
  label,
  pauseSeconds,
});

export const turns: readonly Turn[] = [
  agent('TAI_NEU_XX', 'neutral', 0.5),
  customer('IWW_NEU_XX', 'neutral', 0.6),
  agent('WSI_NEU_XX', 'neutral', 0.6),
  customer('TIE_NEU_XX', 'neutral', 0.8),
  agent('ITS_NEU_XX', 'neutral', 0.6),
  customer('IEO_ANG_HI', 'angry', 0.5),
  customer('TIE_ANG_XX', 'angry', 0.7),
  agent('IOM_NEU_XX', 'neutral', 0.5),
  customer('WSI_ANG_XX', 'angry', 0.4),
  agent('ITH_NEU_XX', 'neutral', 0.8),
  customer('ITH_SAD_XX', 'sad', 0.9),
  agent('IEO_HAP_HI', 'happy', 0.7),
  customer('MTI_HAP_XX', 'happy', 0.7),
  agent('DFA_NEU_XX', 'neutral', 0.6),
  customer('DFA_HAP_XX', 'happy', 0.6),
];

export const sentences: Readonly<Record<string, string>> = {
  DFA: "Don't forget a jacket.",
  IEO: "It's eleven o'clock.",
  IOM: "I'm on my way to the meeting.",
  ITH: "I think I have a doctor's appointment.",
  ITS: "I think I've seen this before.",
  IWW: 'I wonder what this is about.',
  MTI: 'Maybe tomorrow it will be cold.',
  TAI: 'The airplane is almost full.',
  TIE: 'That is exactly what happened.',
  WSI: "We'll stop in a couple of minutes.",
};
