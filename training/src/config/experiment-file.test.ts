import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resolveExperiment } from './experiment.ts';
import { fileFields, parseExperiment, readExperimentFile, resolveExperimentFile } from './experiment-file.ts';
import { experimentSchema, experimentSchemaText } from './experiment-schema.ts';
import { experimentYaml } from './experiment-yaml.ts';

const file = (text: string): ReturnType<typeof parseExperiment> => parseExperiment(text, 'x.yaml');

describe('parseExperiment', () => {
  it('reads YAML: comments, lists, numbers that are names, a search', () => {
    const text = `# a comment
corpora: [data/CREMA-D]
validationSpeakers:
  - 1007 # text, though YAML sees a number
  - "1018"
  - 01
epochs: 3
channels: [8, 16, 16, 32]
search: { learningRate: { low: 0.0001, high: 0.01, scale: log } }
`;
    expect(file(text)).toEqual({
      corpora: ['data/CREMA-D'],
      validationSpeakers: ['1007', '1018', '01'],
      epochs: 3,
      channels: [8, 16, 16, 32],
      search: { learningRate: { low: 0.0001, high: 0.01, scale: 'log' } },
    });
  });

  it('reads JSON, and an empty file as no field', () => {
    expect(file('{"epochs": 3, "variants": ["clean"], "out": null}')).toEqual({
      epochs: 3,
      variants: ['clean'],
      out: null,
    });
    expect(file('# nothing yet\n')).toEqual({});
  });

  it('follows aliases', () => {
    expect(file('channels: &c [16, 32]\nframeBuckets: *c\n')).toEqual({
      channels: [16, 32],
      frameBuckets: [16, 32],
    });
  });

  it.each([
    [
      'epochs: 3\n\nlearningrate: 1\n',
      'x.yaml:3: There is no field "learningrate"; did you mean "learningRate"?',
    ],
    [
      'epochs: 3\ndropout: much\n',
      'x.yaml:2: Field dropout: expected a number from 0 to 0.95, found "much".',
    ],
    ['epochs: 3\nepochs: 4\n', 'x.yaml:2: expected YAML or JSON: Map keys must be unique'],
    ['a: [1\nb: 2', 'x.yaml:2: expected YAML or JSON'],
    ['- epochs', 'x.yaml: expected a map of fields'],
    ['epochs:\n', 'x.yaml:1: Field epochs: expected a whole number from 1 to 10000, found null.'],
    [
      'epochs: 3\nvalidationspeakers: [1]',
      'x.yaml:2: There is no field "validationspeakers"; did you mean "validationSpeakers"?',
    ],
  ])('refuses %j and names the line', (text, message) => {
    expect(() => file(text)).toThrow(message);
  });

  it('says which file cannot be read', () => {
    expect(() => readExperimentFile('/nowhere/x.yaml')).toThrow(
      'Cannot read the configuration /nowhere/x.yaml.',
    );
  });
});

describe('experimentYaml', () => {
  it('parses back to the same values, each field with its sentence', () => {
    const { experiment, places } = resolveExperimentFile(
      { epochs: 7, corpora: ['a: b', '# c', 'd, e'], search: { gruSize: { values: [64, 128] } } },
      { modelName: 'true', modelVersion: '1.2.3' },
    );
    const text = experimentYaml({ ...places, ...experiment });
    expect(resolveExperimentFile(file(text))).toEqual({ experiment, places });
    expect(text).toContain('\n# Highest learning rate');
    expect(text.split('\n').filter((line) => /^\w+: /.test(line))).toHaveLength(
      Object.keys(fileFields).length,
    );
  });

  it('prints the fields that it is given', () => {
    expect(experimentYaml({ seed: 4 }).split('\n')).toEqual([
      expect.stringMatching(/^# Training/),
      '',
      expect.stringMatching(/^# Seed of /),
      'seed: 4',
      '',
    ]);
  });
});

describe('the JSON schema', () => {
  it('is the one in the repository', () => {
    const committed = readFileSync(new URL('../../experiment.schema.json', import.meta.url), 'utf8');
    // To renew it: npx undertone-train schema > training/experiment.schema.json && npx biome check --write training
    expect(JSON.parse(committed)).toEqual(JSON.parse(experimentSchemaText()));
  });

  it('has every field with its default, range and sentence', () => {
    const { properties } = experimentSchema() as { properties: Record<string, Record<string, unknown>> };
    for (const [name, value] of Object.entries(resolveExperiment())) {
      expect(properties[name], name).toMatchObject({
        default: value,
        description: expect.stringMatching(/\.$/),
      });
    }
    expect(properties.dropout).toMatchObject({ type: 'number', minimum: 0, maximum: 0.95 });
  });
});
