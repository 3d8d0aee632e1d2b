/** Reads the text formats of metrics strictly enough to find what a scraper would refuse. */
export interface Exposition {
  /** Kind by family. */
  readonly kinds: ReadonlyMap<string, string>;
  /** Names of samples with their labels, each once. */
  readonly samples: ReadonlyMap<string, number>;
}

const helpLine = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) .+$/;
const typeLine = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|unknown)$/;
const labels = String.raw`\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\}`;
const number = String.raw`(?:[+-]?Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)`;
const sampleLine = new RegExp(
  `^([a-zA-Z_:][a-zA-Z0-9_:]*)(${labels})? (${number})( # ${labels} ${number} \\d+(?:\\.\\d+)?)?$`,
);

/** @throws Error naming the first line that is none of the format, comes twice, or belongs to no family */
export function parseExposition(text: string): Exposition {
  const kinds = new Map<string, string>();
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line === '# EOF' || helpLine.test(line)) continue;
    const [, family, kind] = typeLine.exec(line) ?? [];
    if (family && kind) {
      if (kinds.has(family)) throw new Error(`Family ${family} comes twice.`);
      kinds.set(family, kind);
      continue;
    }
    const [, name, set = '', value, exemplar] = sampleLine.exec(line) ?? [];
    if (!name || !value) throw new Error(`Not a line of the format: ${line}`);
    if (exemplar && !name.endsWith('_bucket')) throw new Error(`An exemplar where none may be: ${line}`);
    const owner = [name, name.replace(/_(bucket|sum|count|total|info)$/, '')].find((each) => kinds.has(each));
    if (!owner) throw new Error(`No family for ${line}`);
    if (samples.has(name + set)) throw new Error(`Sample ${name}${set} comes twice.`);
    samples.set(name + set, Number(value.replace('Inf', 'Infinity')));
  }
  return { kinds, samples };
}
