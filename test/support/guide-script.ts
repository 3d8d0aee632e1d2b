/** A page whose commands are one script: takes the commands and what they print out of it, and compares. */

export interface GuideBlock {
  /** Commands, as they stand on the page. */
  readonly commands: string;
  /** Lines that the page shows as printed; empty when it shows none. */
  readonly prints: readonly string[];
  /** Heading that the block stands under. */
  readonly heading: string;
}

/** Blocks marked `sh`, each with the block marked `text` that follows it before the next. */
export function guideBlocks(page: string): GuideBlock[] {
  const blocks: { commands: string; prints: string[]; heading: string }[] = [];
  let heading = '';
  for (const [, title, kind, body] of page.matchAll(/^## (.+)$|^```(sh|text)\n([\s\S]*?)^```$/gm)) {
    if (title) heading = title;
    else if (kind === 'sh') blocks.push({ commands: body!, prints: [], heading });
    else blocks.at(-1)!.prints.push(...body!.trimEnd().split('\n'));
  }
  return blocks;
}

/** One script, in which a line with `marker` and the number of the block stands before what each prints. */
export function guideScript(blocks: readonly GuideBlock[], marker: string): string {
  const parts = blocks.map(({ commands }, i) => `echo "${marker} ${i}"\n${commands}`);
  return ['set -euo pipefail', 'exec 2>&1', ...parts, `echo "${marker} end"`].join('\n');
}

/** What each block printed. */
export function splitOutput(output: string, marker: string): string[] {
  return output
    .split(new RegExp(`^${marker} .*\\n`, 'm'))
    .slice(1)
    .map((part) => part.replace(new RegExp(`^${marker} end\\n`, 'm'), ''));
}

/**
 * Lines of the page that were not printed, in this order. Numbers may differ, blanks too; `...` stands for anything.
 */
export function missingLines(prints: readonly string[], output: string): string[] {
  const lines = output.split('\n');
  let from = 0;
  return prints.filter((line) => {
    if (line.trim() === '...') return false;
    const pattern = linePattern(line);
    const found = lines.findIndex((candidate, i) => i >= from && pattern.test(candidate.trim()));
    if (found >= 0) from = found + 1;
    return found < 0;
  });
}

function linePattern(line: string): RegExp {
  const tokens = line
    .trim()
    .split(/\s+/)
    .map((token) =>
      token
        .split('...')
        .map((part) =>
          part
            .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
            .replace(/-?\d+(\\?[.:,]\d+)*|(?<=^|\[)-(?=$|,)/g, '\\S*?'),
        )
        .join('.*'),
    );
  return new RegExp(`^${tokens.join('\\s+')}$`);
}
