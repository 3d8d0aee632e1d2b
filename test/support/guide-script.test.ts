import { expect, it } from 'vitest';
import { guideBlocks, guideScript, missingLines, splitOutput } from './guide-script.ts';

const page = `# Page
## One
\`\`\`sh
echo a
\`\`\`
prints
\`\`\`text
a
\`\`\`
## Two
\`\`\`yaml
x: 1
\`\`\`
\`\`\`sh
echo b
\`\`\`
`;

it('finds commands with what they print and where they stand', () => {
  expect(guideBlocks(page)).toEqual([
    { commands: 'echo a\n', prints: ['a'], heading: 'One' },
    { commands: 'echo b\n', prints: [], heading: 'Two' },
  ]);
});

it('parts what the script printed into blocks', () => {
  const script = guideScript(guideBlocks(page), '@@');
  expect(script).toContain('echo "@@ 1"\necho b');
  expect(splitOutput('@@ 0\na\nb\n@@ 1\n@@ end\n', '@@')).toEqual(['a\nb\n', '', '']);
});

it('names the lines that were not printed, whatever the numbers', () => {
  const output = 'trial 3: UAR 41.2 (x=0.1)\nangry   5  -\nUAR 40.1 [38.0, 44.1]\n';
  expect(
    missingLines(['trial 0: UAR 55.0 (...', '...', 'angry 12 33.1', 'UAR 1.0 [2.0, 3.0]'], output),
  ).toEqual([]);
  expect(missingLines(['trial 0: UAR 55.0', 'angry 1 2', 'happy 1 2'], output)).toEqual([
    'trial 0: UAR 55.0',
    'happy 1 2',
  ]);
  // In order.
  expect(missingLines(['UAR 1 [2, 3]', 'angry 1 2'], output)).toEqual(['angry 1 2']);
});
