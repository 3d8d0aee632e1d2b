/** Colours of a picture, in light and in dark. */
import type { CallTimeline } from '../call-timeline.ts';
import { emotionLook } from '../emotion-look.ts';
import { labelsOf } from './legend.ts';

export type Theme = 'auto' | 'light' | 'dark';

const plain = {
  light: {
    page: '#ffffff',
    lane: '#f1f0ec',
    grid: '#e4e2dc',
    text: '#1d2026',
    muted: '#5a606b',
    valence: '#2f62d8',
    arousal: '#b25a00',
    stroke: 'rgb(255 255 255 / 45%)',
    onBlock: '#ffffff',
    halo: 'rgb(0 0 0 / 60%)',
    info: '#5a606b',
    warn: '#a15c00',
    critical: '#b3261e',
  },
  dark: {
    page: '#1b1e24',
    lane: '#262b33',
    grid: '#343a44',
    text: '#e9eaee',
    muted: '#a3a9b5',
    valence: '#8ab0ff',
    arousal: '#f0a75a',
    stroke: 'rgb(0 0 0 / 40%)',
    onBlock: '#101216',
    halo: 'rgb(255 255 255 / 55%)',
    info: '#a3a9b5',
    warn: '#f0b357',
    critical: '#ff8f84',
  },
} as const;

/** Holds nothing that comes from events: classes are numbers. */
export function pictureStyle(call: CallTimeline, theme: Theme): string {
  const colours = (which: 'light' | 'dark'): string => {
    const names = Object.entries(plain[which]).map(([name, colour]) => `--${name}:${colour}`);
    const labels = labelsOf(call).map((name, index) => `--e${index}:${emotionLook(name)[which]}`);
    return `svg{${[...names, ...labels].join(';')}}`;
  };
  const first = colours(theme === 'dark' ? 'dark' : 'light');
  const other = theme === 'auto' ? `@media (prefers-color-scheme:dark){${colours('dark')}}` : '';
  const labels = labelsOf(call).map((_, index) => `.e${index}{fill:var(--e${index})}`);
  return [first, other, rules, ...labels].join('');
}

const rules = [
  'text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;fill:var(--text)}',
  '.title{font-size:16px;font-weight:600}',
  '.name{font-weight:600}',
  '.muted{fill:var(--muted)}',
  '.small{font-size:10px}',
  '.page{fill:var(--page)}',
  '.lane{fill:var(--lane)}',
  '.grid{stroke:var(--grid);stroke-width:1}',
  '.zero{stroke:var(--muted);stroke-width:1;stroke-dasharray:1 3}',
  '.stroke{stroke:var(--stroke);stroke-width:1.5;fill:none;stroke-linecap:round}',
  '.gapline{stroke:var(--muted);stroke-width:1;fill:none}',
  '.gap{stroke:var(--muted);stroke-width:.5}',
  '.on{fill:var(--onBlock);stroke:var(--halo);stroke-width:2.5;paint-order:stroke;font-size:11px;font-weight:600}',
  '.valence{stroke:var(--valence);stroke-width:2;fill:none}',
  '.arousal{stroke:var(--arousal);stroke-width:2;stroke-dasharray:5 3;fill:none}',
  '.turn{fill:var(--page);stroke:var(--text);stroke-width:1.5}',
  '.turnline{stroke:var(--text);stroke-width:1;stroke-dasharray:2 3}',
  '.info{fill:var(--info)}.warn{fill:var(--warn)}.critical{fill:var(--critical)}',
].join('');
