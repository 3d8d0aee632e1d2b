/** A replay as a picture (SVG), or as a page with its numbers (HTML). Each is one file that loads nothing. */
import type { AlertRule } from '@undertone/core';
import { element, escapeXml, label, short } from '../calls/svg/svg-text.ts';
import type { ReplayReport } from './alert-replay.ts';
import { callPicture } from './replay-call-picture.ts';
import { curveHeight, curvePicture } from './replay-curve-picture.ts';
import { replayStyle } from './replay-style.ts';
import { replayRows, replayTitle } from './replay-words.ts';

const width = 1000;

/** @returns an SVG document: the curves of the rules, then the calls that were kept */
export function replaySvg(rules: readonly AlertRule[], report: ReplayReport): string {
  const title = replayTitle(report);
  const parts = [label(16, 26, title, { class: 'title' })];
  let y = 44;
  const column = (width - 48) / 2;
  for (const [i, rule] of rules.entries()) {
    const points = report.curves.find((curve) => curve.rule === rule.name)?.points ?? [];
    if (points.length === 0) continue;
    parts.push(curvePicture(rule, points, i % 2 === 0 ? 16 : 32 + column, y, column));
    if (i % 2 === 1 || i === rules.length - 1) y += curveHeight;
  }
  for (const call of report.keptCalls) {
    for (const channel of call.channels) {
      if (channel.trace.points.length === 0) continue;
      const placed = callPicture(call, channel, rules, width, y);
      parts.push(placed.svg);
      y += placed.height;
    }
  }
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${short(y)}`,
      width,
      height: y,
      role: 'img',
      'aria-label': title,
    },
    element('style', {}, replayStyle),
    element('rect', { class: 'page', width, height: y }),
    ...parts,
  )}\n`;
}

/** @returns an HTML document */
export function replayHtml(rules: readonly AlertRule[], report: ReplayReport): string {
  const title = escapeXml(replayTitle(report));
  const [head, ...rows] = replayRows(report);
  const row = (cells: readonly string[], name: string): string =>
    `<tr>${cells.map((cell) => `<${name}>${escapeXml(cell)}</${name}>`).join('')}</tr>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>body{font:15px system-ui,sans-serif;margin:1.5rem auto;max-width:1000px;padding:0 1rem;background:#fff;color:#1d2026}
table{border-collapse:collapse;margin:1rem 0}th,td{text-align:right;padding:.3rem .8rem;border-bottom:1px solid #8884}
th:first-child,td:first-child{text-align:left}svg{max-width:100%;height:auto}
@media (prefers-color-scheme:dark){body{background:#1b1e24;color:#e9eaee}}</style></head>
<body><h1>${title}</h1>
<table><thead>${row(head!, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table>
<p>The calls with most alerts are shown. A rule's line is what stands against its levels: opening at the solid one, clearing beyond the dashed one; shaded is where its alert is open.</p>
${replaySvg(rules, report)}</body></html>
`;
}
