/** A configuration as YAML that explains itself: groups, and each field's sentence as a comment. */
import { stringify } from 'yaml';
import { fileGroups } from './experiment-file.ts';

const options = { lineWidth: 0, collectionStyle: 'flow' } as const;

/**
 * Parses back to the same values.
 * @param values fields by name; those that are left out are not printed
 */
export function experimentYaml(values: Readonly<Record<string, unknown>>): string {
  const parts = fileGroups.map(({ title, fields }) => {
    const known = Object.entries(fields).filter(([name]) => Object.hasOwn(values, name));
    if (known.length === 0) return '';
    const lines = known.map(
      ([name, { sentence, expected }]) =>
        `# ${sentence} Expected: ${expected}.\n${name}: ${stringify(values[name], options)}`,
    );
    return `# ${title}\n\n${lines.join('\n')}`;
  });
  return parts.filter((part) => part !== '').join('\n');
}
