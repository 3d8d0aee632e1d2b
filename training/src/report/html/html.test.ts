import { describe, expect, it } from 'vitest';
import { figure, htmlTable, renderPage } from './page.ts';
import { pageStyle } from './page-style.ts';
import { type PlotOption, plotSvg } from './plot.ts';

const size = { width: 400, height: 200 };
const bars = (names: string[]): PlotOption => ({
  xAxis: { type: 'category', data: names },
  yAxis: {},
  // A line is clipped to its axes, by a path with a name.
  series: (['bar', 'line'] as const).map((type) => ({ type, data: names.map((_, i) => i + 1) })),
});

/** Every element closed in the order it was opened: enough to catch text that became markup. */
function unbalanced(html: string): string[] {
  const open: string[] = [];
  const voids = ['meta', 'br', 'img', '!doctype'];
  for (const [, close, name, rest] of html.matchAll(/<(\/?)([a-zA-Z!][\w-]*)((?:"[^"]*"|[^>"])*)>/g)) {
    if (voids.includes(name!) || rest!.endsWith('/')) continue;
    if (!close) open.push(name!);
    else if (open.pop() !== name) return [`${name} closed out of turn`];
  }
  return open;
}

describe('renderPage', () => {
  const hostile = `<script>alert("x")</script> & 'y'`;
  const page = renderPage({
    title: hostile,
    summary: hostile,
    sections: [
      {
        heading: hostile,
        html: htmlTable({ title: hostile, header: ['a', hostile], rows: [[hostile, '1']] }),
      },
      { heading: 'Plots', html: figure(plotSvg(bars([hostile, 'b']), size, hostile), hostile) },
      { heading: 'Plots', html: '' },
    ],
  });

  it('lets no text become markup', () => {
    expect(page).not.toContain('<script');
    expect(page).toContain('&lt;script&gt;');
    expect(unbalanced(page)).toEqual([]);
  });

  it('needs nothing from anywhere else', () => {
    const addresses = [...page.matchAll(/(?:https?:)?\/\/[^\s"'<)]+/g)].map(([address]) => address);
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([]);
    expect(page).not.toMatch(/<(link|img|iframe|object)\b|@import|url\((?!#)/);
  });

  it('gives every section an address of its own', () => {
    const ids = [...page.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids.slice(1)).toEqual(['plots', 'plots-2']);
    for (const id of ids) expect(page).toContain(`href="#${id}"`);
  });
});

describe('htmlTable', () => {
  it('names columns and rows, and marks what is asked', () => {
    const table = { title: 'T', header: ['class', 'recall'], rows: [['sad', '9.5']] };
    const html = htmlTable(table, { marked: (row, column) => row === 0 && column === 1 });
    expect(html).toContain('<caption>T</caption>');
    expect(html).toContain('<th scope="col">recall</th>');
    expect(html).toContain('<th scope="row" class="text">sad</th><td class="marked">9.5</td>');
  });
});

it('what is wider than the page scrolls in a box of its own, as configurations and tables do', () => {
  expect(pageStyle).toMatch(/\npre\{overflow-x:auto/);
  expect(pageStyle).toMatch(/\n\.scroll\{overflow-x:auto/);
  const wide = htmlTable({ title: 'T', header: ['a'], rows: [['b']] });
  for (const html of [wide, figure('<svg></svg>', 'c')]) expect(html).toMatch(/<div class="scroll"/);
});

describe('plotSvg', () => {
  it('draws the same text every time, with names that two plots do not share', () => {
    const first = plotSvg(bars(['a', 'b']), size);
    expect(plotSvg(bars(['a', 'b']), size)).toBe(first);
    const names = (svg: string): Set<string> =>
      new Set([...svg.matchAll(/ id="([^"]+)"/g)].map(([, name]) => name!));
    const other = names(plotSvg(bars(['a', 'b', 'c']), size));
    expect(names(first).size).toBeGreaterThan(0);
    expect([...names(first)].filter((name) => other.has(name))).toEqual([]);
  });

  it('draws in colours that a dark page can change', () => {
    const svg = plotSvg(bars(['a']), size);
    expect(svg).toContain('fill="var(--s0,#0072b2)"');
    const fixed = svg.replaceAll(/var\(--\w+,#[0-9a-f]{6}\)/g, '');
    expect(fixed.match(/#[0-9a-f]{6}/gi)).toBeNull();
  });

  it('tells those who cannot see it what it shows', () => {
    expect(plotSvg(bars(['a']), size, 'Recall by class')).toContain(
      'role="img" aria-label="Recall by class"',
    );
  });
});
