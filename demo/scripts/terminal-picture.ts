/**
 * Draws coloured terminal output as an SVG, for the README:
 *   FORCE_COLOR=1 node demo/dist/main.js --fast | npx tsx demo/scripts/terminal-picture.ts > docs/images/demo.svg
 * Understands the colours and styles of `node:util` styleText; everything else that controls a terminal is refused.
 */
import { readFileSync } from 'node:fs';

interface Look {
  readonly colour: string | null;
  readonly background: string | null;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
}

interface Run {
  readonly text: string;
  readonly look: Look;
}

const plain: Look = { colour: null, background: null, bold: false, dim: false, italic: false };
const paper = '#10151d';
const ink = '#d7dee8';
const dark = ['#10151d', '#c4414d', '#3f9a5a', '#c9a227', '#3f6fc4', '#9a55b5', '#2f9aa8', '#c3cad4'];
const bright = ['#5b6675', '#ff6b74', '#63d489', '#ffd75e', '#7aa5ff', '#d08bea', '#5fd5e3', '#ffffff'];
/** A control sequence that chooses colours and styles. */
const escapeCharacter = '\x1b';
const sequence = new RegExp(`${escapeCharacter}\\[([\\d;]*)m`);
const cellWidth = 8.4;
const lineHeight = 18;
const fontSize = 14;
const margin = 24;
const barHeight = 30;

function main(): void {
  const text = readFileSync(0, 'utf8').replace(/^\n+|\s+$/g, '');
  if (text === '') throw new Error('Expected terminal output on standard input; got none.');
  const lines = text.split('\n').map(parseLine);
  const columns = Math.max(...lines.map((runs) => runs.reduce((sum, { text }) => sum + text.length, 0)));
  const width = Math.ceil(columns * cellWidth + 2 * margin);
  const height = lines.length * lineHeight + 2 * margin + barHeight;
  const body = lines.flatMap((runs, row) => drawLine(runs, barHeight + margin + row * lineHeight));
  process.stdout.write(`${header(width, height)}\n${body.join('\n')}\n</svg>\n`);
}

function parseLine(line: string): Run[] {
  let look = plain;
  const runs: Run[] = [];
  // The text before each escape sequence, then its codes; the last text has none.
  const parts = line.split(sequence);
  for (const [i, part] of parts.entries()) {
    if (i % 2 === 1) look = part.split(';').reduce((current, code) => applyCode(current, Number(code)), look);
    else if (part.includes(escapeCharacter))
      throw new Error(`Expected colours and styles only; got ${JSON.stringify(part)}.`);
    else if (part !== '') runs.push({ text: part, look });
  }
  return runs;
}

/** Select graphic rendition (ECMA-48, 8.3.117). */
function applyCode(look: Look, code: number): Look {
  if (code === 0) return plain;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 3) return { ...look, italic: true };
  if (code === 22) return { ...look, bold: false, dim: false };
  if (code === 23) return { ...look, italic: false };
  if (code === 39) return { ...look, colour: null };
  if (code === 49) return { ...look, background: null };
  const tone = code % 10;
  const group = Math.floor(code / 10);
  if (tone < 8 && (group === 3 || group === 9))
    return { ...look, colour: (group === 3 ? dark : bright)[tone]! };
  if (tone < 8 && (group === 4 || group === 10)) {
    return { ...look, background: (group === 4 ? dark : bright)[tone]! };
  }
  throw new Error(`Expected a colour or style; got code ${code}.`);
}

function drawLine(runs: readonly Run[], top: number): string[] {
  const shapes: string[] = [];
  let column = 0;
  for (const { text, look } of runs) {
    if (look.background) shapes.push(rectangle(column, text.length, top, lineHeight, look.background, 1));
    // Meters are drawn as shapes: fonts disagree about their width.
    for (const { 0: piece, index } of text.matchAll(/█+|░+|[^█░]+/g)) {
      const at = column + index;
      const colour = look.colour ?? ink;
      if (piece[0] === '█') shapes.push(rectangle(at, piece.length, top + 4, lineHeight - 8, colour, 1));
      else if (piece[0] === '░')
        shapes.push(rectangle(at, piece.length, top + 4, lineHeight - 8, colour, 0.2));
      else if (piece.trim() !== '') shapes.push(words(piece, look, at, top));
    }
    column += text.length;
  }
  return shapes;
}

function rectangle(
  column: number,
  columns: number,
  top: number,
  height: number,
  colour: string,
  opacity: number,
): string {
  const box = `x="${round(margin + column * cellWidth)}" y="${top}" width="${round(columns * cellWidth)}" height="${height}"`;
  return `<rect ${box} fill="${colour}"${opacity === 1 ? '' : ` opacity="${opacity}"`}/>`;
}

function words(text: string, look: Look, column: number, top: number): string {
  const start = text.length - text.trimStart().length;
  const shown = text.trim();
  const x = round(margin + (column + start) * cellWidth);
  const styles = [
    `fill="${look.colour ?? ink}"`,
    look.bold ? 'font-weight="bold"' : '',
    look.italic ? 'font-style="italic"' : '',
    look.dim ? 'opacity="0.6"' : '',
  ].filter(Boolean);
  const length = `textLength="${round(shown.length * cellWidth)}" lengthAdjust="spacingAndGlyphs"`;
  return `<text x="${x}" y="${top + 13}" ${length} ${styles.join(' ')}>${escapeXml(shown)}</text>`;
}

function header(width: number, height: number): string {
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (colour, i) => `<circle cx="${margin + i * 20}" cy="20" r="6" fill="${colour}"/>`,
  );
  const font = `font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${font} font-size="${fontSize}" xml:space="preserve">`,
    '<title>The demo in a terminal: emotion of each segment of a call, with a timeline per channel</title>',
    `<rect width="${width}" height="${height}" rx="10" fill="${paper}"/>`,
    ...dots,
  ].join('\n');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

main();
