/** The card of a quantised model: that of the model it was made of, with what rounding the weights won and cost. */
import type { ComparedCondition } from '../evaluate/compare-models.ts';
import type { QuantisedModel } from '../export/quantise-model.ts';
import { percent } from './numbers.ts';
import { markdownTable, type Table } from './tables.ts';

/** @param card of the model before; null if it has none */
export function quantisedCard(
  card: string | null,
  before: string,
  { manifest, files, weights }: QuantisedModel,
  compared: readonly ComparedCondition[] | null,
): string {
  const bytes = (key: 'bytesBefore' | 'bytesAfter'): number =>
    files.reduce((sum, file) => sum + file[key], 0);
  const section = [
    '## Weights of 8 bits',
    `This is ${before} with ${weights} weights as 8-bit integers, each output channel with its own scale: ` +
      `${bytes('bytesAfter')} bytes instead of ${bytes('bytesBefore')}. They become floats when the file is loaded; the ` +
      'computation is the same. The measurements further down are those of the model before.',
    compared
      ? markdownTable(comparedTable(compared))
      : 'What rounding costs was not measured: `undertone-train quantise --evaluate`.',
  ].join('\n\n');
  const title = `# ${manifest.name} ${manifest.version}`;
  if (card === null) return `${title}\n\n${section}\n`;
  const renamed = card.replace(/^# .*$/m, title).replace(/^( {2}- name: ).*$/m, `$1${manifest.name}`);
  const at = renamed.indexOf('\n## ');
  return at < 0 ? `${renamed}\n${section}\n` : `${renamed.slice(0, at + 1)}${section}\n${renamed.slice(at)}`;
}

/** Before and after, by condition. */
export function comparedTable(compared: readonly ComparedCondition[]): Table {
  const signed = (value: number): string => {
    const text = percent(value);
    return value > 0 && text !== '0.0' ? `+${text}` : text;
  };
  return {
    title: 'UAR before and after',
    header: ['condition', 'clips', 'before', 'after', 'difference', '95 %', 'other label'],
    rows: compared.map(({ name, clips, uarBefore, uarAfter, difference, changed }) => [
      name,
      String(clips),
      percent(uarBefore),
      percent(uarAfter),
      signed(uarAfter - uarBefore),
      `[${signed(difference.low)}, ${signed(difference.high)}]`,
      percent(changed),
    ]),
  };
}
