/** Order of versions, by the precedence of Semantic Versioning 2.0.0 (section 11); parts that are no numbers as text. */

/** Below 0 when `a` comes before `b`. Build metadata (`+...`) does not count. */
export function compareVersions(a: string, b: string): number {
  const [mainA, tagsA] = parse(a);
  const [mainB, tagsB] = parse(b);
  const main = compareParts(mainA, mainB, '0');
  if (main !== 0) return main;
  // A version with a tag comes before the one without.
  if (tagsA.length === 0 || tagsB.length === 0) return tagsB.length - tagsA.length;
  return compareParts(tagsA, tagsB, null);
}

function parse(version: string): [main: string[], tags: string[]] {
  const [plain = ''] = version.split('+');
  const dash = plain.indexOf('-');
  if (dash < 0) return [plain.split('.'), []];
  return [plain.slice(0, dash).split('.'), plain.slice(dash + 1).split('.')];
}

/** @param missing stands for a part that only the other has; null: the shorter one comes first */
function compareParts(a: readonly string[], b: readonly string[], missing: string | null): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const left = a[i] ?? missing;
    const right = b[i] ?? missing;
    if (left === null || right === null) return left === null ? -1 : 1;
    const order = comparePart(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

function comparePart(a: string, b: string): number {
  const isNumber = [a, b].map((part) => /^\d+$/.test(part));
  if (isNumber[0] && isNumber[1]) return Number(a) - Number(b);
  if (isNumber[0] !== isNumber[1]) return isNumber[0] ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
