/** What is wrong with a command line, said as every other error is. */

/**
 * @param text as commander says it: `error: unknown option '--prot'`, with a line `(Did you mean --port?)` or not
 * @returns for example `bad_config: Unknown option '--prot'. Did you mean --port? See --help.`, with a line's end
 */
export function usageError(text: string): string {
  const [first = '', ...more] = text.trim().split('\n');
  const reason = first.replace(/^error: /, '').replace(/\.$/, '');
  const hints = more.map((line) => `${line.replace(/^\((.*)\)$/, '$1')} `).join('');
  return `bad_config: ${reason.charAt(0).toUpperCase()}${reason.slice(1)}. ${hints}See --help.\n`;
}
