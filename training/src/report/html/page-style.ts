/** The style of every report, and the colours that plots are drawn in: by name, so that they follow light and dark. */

export interface ThemeColour {
  /** CSS custom property. */
  readonly name: string;
  readonly light: string;
  readonly dark: string;
}

/**
 * Colours of plots. `plotSvg` replaces the light value, written in lower case, by the property. Series colours are
 * those of Okabe and Ito 2008, "Color universal design", lightened for dark pages: told apart by colour-blind readers.
 */
export const themeColours: Readonly<Record<'ink' | 'faint' | 'line' | 'paper', ThemeColour>> = {
  ink: { name: '--ink', light: '#1c2024', dark: '#e6e8ea' },
  faint: { name: '--faint', light: '#60656c', dark: '#a3a9b1' },
  line: { name: '--line', light: '#d8dbdf', dark: '#3a4047' },
  paper: { name: '--paper', light: '#fefefe', dark: '#16181b' },
};

export const seriesColours: readonly ThemeColour[] = [
  { name: '--s0', light: '#0072b2', dark: '#4aa8e0' },
  { name: '--s1', light: '#d55e00', dark: '#f0843c' },
  { name: '--s2', light: '#009e73', dark: '#2fc99b' },
  { name: '--s3', light: '#b3508a', dark: '#e08cbe' },
  { name: '--s4', light: '#b8860b', dark: '#e6b93c' },
  { name: '--s5', light: '#5b4fc4', dark: '#9d94f2' },
  { name: '--s6', light: '#3a8fb7', dark: '#7cc6e6' },
  { name: '--s7', light: '#6b6f76', dark: '#b0b5bc' },
];

const allColours: readonly ThemeColour[] = [...Object.values(themeColours), ...seriesColours];
const properties = (theme: 'light' | 'dark'): string =>
  allColours.map((colour) => `${colour.name}:${colour[theme]}`).join(';');

export const pageStyle: string = `
:root{${properties('light')};--mark:#fff3c4}
@media (prefers-color-scheme:dark){:root{${properties('dark')};--mark:#4a3f14}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:72rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.25rem;margin:2.5rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--line)}
h3{font-size:1.05rem;margin:1.75rem 0 .5rem}
p{max-width:46rem;margin:.5rem 0}
.summary{font-size:1.05rem;color:var(--faint)}
a{color:var(--s0)}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;margin:1rem 0 0;font-size:.9rem}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;min-width:min(20rem,100%);margin:.75rem 0;font-size:.875rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{padding:.3rem .7rem;border-bottom:1px solid var(--line);text-align:right;font-weight:400;white-space:nowrap}
thead th{color:var(--faint);font-weight:600;vertical-align:bottom}
th.text,td.text{text-align:left}
tbody th{font-weight:500}
.marked{background:var(--mark)}
figure{margin:1rem 0}
figure svg{display:block;max-width:100%;height:auto;min-width:min(30rem,100%)}
figcaption{font-size:.875rem;color:var(--faint);max-width:46rem;margin-top:.25rem}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:0 2rem;align-items:start}
.columns>div{min-width:0}
pre{overflow-x:auto;max-width:100%;font-size:.8125rem}
details{margin:.75rem 0}summary{cursor:pointer;color:var(--faint)}
@media (max-width:40rem){figure svg{min-width:30rem;max-width:none}body{padding:1rem .75rem 3rem}}
@media print{nav{display:none}section{break-inside:avoid}}
`;
