/** Colours of a replay's picture, in light and in dark. */
const colours = {
  light:
    'page:#ffffff;--panel:#f7f6f2;--grid:#e4e2dc;--text:#1d2026;--muted:#5a606b;--valence:#2f62d8;--arousal:#b25a00;--score:#1d2026;--info:#5a606b;--warn:#a15c00;--critical:#b3261e',
  dark: 'page:#1b1e24;--panel:#22262e;--grid:#343a44;--text:#e9eaee;--muted:#a3a9b5;--valence:#8ab0ff;--arousal:#f0a75a;--score:#e9eaee;--info:#a3a9b5;--warn:#f0b357;--critical:#ff8f84',
} as const;

export const replayStyle: string = [
  `svg{--${colours.light}}`,
  `@media (prefers-color-scheme:dark){svg{--${colours.dark}}}`,
  'text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;fill:var(--text)}',
  '.title{font-size:16px;font-weight:600}.name{font-weight:600}.muted{fill:var(--muted)}.small{font-size:10px}',
  '.page{fill:var(--page)}.panel{fill:var(--panel)}.grid{stroke:var(--grid);stroke-width:1}',
  '.valence,.arousal,.score{fill:none;stroke-width:1.6}',
  '.valence{stroke:var(--valence)}.arousal{stroke:var(--arousal);stroke-dasharray:5 3}.score{stroke:var(--score)}',
  '.on,.off{stroke:var(--muted);stroke-width:1.2}.off{stroke-dasharray:3 3}',
  '.info{fill:var(--info)}.warn{fill:var(--warn)}.critical{fill:var(--critical)}.alert{opacity:.3}',
].join('');
