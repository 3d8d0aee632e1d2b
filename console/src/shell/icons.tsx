import type { JSX } from 'preact';
import { emotionStyle } from '../model/emotion-style.ts';

const paths = {
  microphone: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3ZM5 11a7 7 0 0 0 14 0M12 18v3',
  stop: 'M7 7h10v10H7Z',
  file: 'M12 15V4m0 0L8 8m4-4 4 4M5 15v4h14v-4',
  play: 'M8 5v14l11-7Z',
  settings: 'M4 7h9m4 0h3M4 17h3m4 0h9M15 5v4M9 15v4',
  download: 'M12 4v11m0 0 4-4m-4 4-4-4M5 19h14',
  copy: 'M9 9h10v10H9ZM5 15V5h10',
  sun: 'M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8ZM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5 19 19M5 19l1.5-1.5M17.5 6.5 19 5',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z',
  system: 'M3 5h18v11H3ZM9 20h6M12 16v4',
} as const;

export type IconName = keyof typeof paths;

/** Decoration: what it stands beside says the same. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

export function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path d="M5 16h2M10.500 11v10M16 6v20M21.500 12v8M26 15v2" />
    </svg>
  );
}

/** The shape and colour of a class; decoration as well. */
export function Glyph({ label }: { readonly label: string | null }): JSX.Element {
  const { shape, colour } = emotionStyle(label);
  return (
    <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true" style={{ fill: `var(${colour})` }}>
      <path d={shape} fill-rule="evenodd" />
    </svg>
  );
}
