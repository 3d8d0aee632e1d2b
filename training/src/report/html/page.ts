/**
 * A report as one HTML file that needs nothing else: no script, no font, no address. It follows the reader's light or
 * dark setting, reads on a phone and prints. Titles, headings, captions and cells are escaped here; `html` is not.
 */
import type { Table } from '../tables.ts';
import { escapeHtml } from './escape-html.ts';
import { pageStyle } from './page-style.ts';

export interface PageSection {
  readonly heading: string;
  /** Markup from `htmlTable`, `figure`, `paragraph`, or other that is escaped already. */
  readonly html: string;
}

export interface Page {
  readonly title: string;
  /** One or two sentences under the title. */
  readonly summary?: string;
  readonly sections: readonly PageSection[];
}

export function renderPage({ title, summary, sections }: Page): string {
  const ids = anchorsOf(sections.map(({ heading }) => heading));
  const contents = sections.map(
    ({ heading }, i) => `<li><a href="#${ids[i]}">${escapeHtml(heading)}</a></li>`,
  );
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'; img-src data:">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${pageStyle}</style>`,
    '</head>',
    '<body>',
    `<header><h1>${escapeHtml(title)}</h1>${summary ? `<p class="summary">${escapeHtml(summary)}</p>` : ''}</header>`,
    sections.length > 1 ? `<nav aria-label="Contents"><ul>${contents.join('')}</ul></nav>` : '',
    '<main>',
    ...sections.map(
      ({ heading, html }, i) =>
        `<section id="${ids[i]}" aria-labelledby="${ids[i]}-h"><h2 id="${ids[i]}-h">${escapeHtml(heading)}</h2>\n${html}\n</section>`,
    ),
    '</main>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

export interface HtmlTableOptions {
  /** Cells set apart, for example where runs differ; row and column count from 0. */
  readonly marked?: (row: number, column: number) => boolean;
  /** Columns of text, set flush left as the first one is; others are numbers. */
  readonly textColumns?: readonly number[];
}

/** A table with its title as caption; the first column names the rows. */
export function htmlTable({ title, header, rows }: Table, options: HtmlTableOptions = {}): string {
  const { marked, textColumns = [] } = options;
  const kind = (column: number, row?: number): string => {
    const classes = [
      column === 0 || textColumns.includes(column) ? 'text' : '',
      row !== undefined && marked?.(row, column) ? 'marked' : '',
    ].filter(Boolean);
    return classes.length > 0 ? ` class="${classes.join(' ')}"` : '';
  };
  const head = header.map((cell, i) => `<th scope="col"${kind(i)}>${escapeHtml(cell)}</th>`).join('');
  const body = rows.map((row, r) => {
    const cells = row.map((cell, c) =>
      c === 0
        ? `<th scope="row"${kind(c, r)}>${escapeHtml(cell)}</th>`
        : `<td${kind(c, r)}>${escapeHtml(cell)}</td>`,
    );
    return `<tr>${cells.join('')}</tr>`;
  });
  const caption = title ? `<caption>${escapeHtml(title)}</caption>` : '';
  const name = escapeHtml(title || 'Table');
  return (
    `<div class="scroll" role="region" aria-label="${name}" tabindex="0"><table>${caption}` +
    `<thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`
  );
}

/** A plot with its caption. @param svg from `plotSvg` */
export function figure(svg: string, caption: string): string {
  return `<figure><div class="scroll">${svg}</div><figcaption>${escapeHtml(caption)}</figcaption></figure>`;
}

/** Figures and tables beside each other where there is room. */
export function columns(...html: readonly string[]): string {
  return `<div class="columns">${html.map((part) => `<div>${part}</div>`).join('\n')}</div>`;
}

export function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`;
}

/** Something long that is shown when asked for. @param html escaped already */
export function folded(summary: string, html: string): string {
  return `<details><summary>${escapeHtml(summary)}</summary>\n${html}\n</details>`;
}

/** Addresses inside the page: readable, and none twice. */
function anchorsOf(headings: readonly string[]): string[] {
  const used = new Map<string, number>();
  return headings.map((heading) => {
    const base =
      heading
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-|-$/g, '') || 'section';
    const count = (used.get(base) ?? 0) + 1;
    used.set(base, count);
    return count === 1 ? base : `${base}-${count}`;
  });
}
