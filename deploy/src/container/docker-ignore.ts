/** What `.dockerignore` keeps out of a build: names from the root, and with a leading double star in every folder. */

/** @param text of the file; patterns have `*` within a name, and no exceptions (`!`) */
export function ignoredBy(text: string): (path: string) => boolean {
  const patterns = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(expression);
  return (path) => patterns.some((pattern) => pattern.test(path));
}

function expression(pattern: string): RegExp {
  if (pattern.startsWith('!')) throw new Error(`Expected a pattern without exception; got ${pattern}.`);
  const isAnywhere = pattern.startsWith('**/');
  const name = (isAnywhere ? pattern.slice(3) : pattern)
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*');
  return new RegExp(`^${isAnywhere ? '(.*/)?' : ''}${name}(/|$)`);
}
