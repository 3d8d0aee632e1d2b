import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { configFields } from './fields.ts';
import { helpText, referenceMarkdown } from './reference.ts';
import { parseCommandLine, resolveConfig } from './resolve-config.ts';

const refusal = (message: string) =>
  expect.objectContaining({ code: 'bad_config', message: expect.stringContaining(message) });

describe('configuration', () => {
  test('a flag wins over the environment, which wins over the default', () => {
    const env = { UNDERTONE_PORT: '1', UNDERTONE_MAX_BATCH: '7', OTHER: 'x' };
    const { config } = parseCommandLine(['--port', '2'], env);
    expect(config).toMatchObject({ port: 2, maxBatch: 7, host: '127.0.0.1', rateLimit: 0, allowRole: [] });
  });

  test('every default lies within its own range', () => {
    expect(Object.keys(resolveConfig({}))).toEqual(Object.keys(configFields));
  });

  test.each([
    [['--port', '65536'], 'Expected --port to be 0 to 65535; got "65536".'],
    [['--port', '1.5'], 'got "1.5"'],
    [['--port', ''], 'got ""'],
    [['--log-level', 'loud'], 'silent, error, warn, info, debug'],
    [['--allow-role', 'boss'], 'got "boss"'],
    [['--prot', '1'], "'--prot'"],
    [['extra'], "'extra'"],
  ])('%j is refused', (args, message) => {
    expect(() => parseCommandLine(args, {})).toThrowError(refusal(message));
  });

  test('a bad environment variable is named', () => {
    expect(() => parseCommandLine([], { UNDERTONE_PORT: 'x' })).toThrowError(refusal('UNDERTONE_PORT'));
  });

  test('a library caller is held to the same ranges', () => {
    expect(() => resolveConfig({ maxBatch: 0 })).toThrowError(refusal('maxBatch'));
    expect(() => resolveConfig({ maxBach: 1 } as object)).toThrowError(refusal('maxBach'));
  });

  test('roles are given as a comma list', () => {
    expect(parseCommandLine(['--allow-role', 'agent'], {}).config.allowRole).toEqual(['agent']);
    expect(parseCommandLine(['--allow-role', ''], {}).config.allowRole).toEqual([]);
  });

  test('a list that is none is refused, not a crash', () => {
    for (const model of [{}, 7, 'models/default'])
      expect(() => resolveConfig({ model: model as never })).toThrowError(refusal('Expected model to be'));
  });

  test('folders of models are given as a comma list, as repeated flags, or both', () => {
    expect(resolveConfig({}).model).toEqual(['models/default']);
    expect(parseCommandLine(['--model', 'a,b', '--model', 'c'], {}).config.model).toEqual(['a', 'b', 'c']);
    expect(parseCommandLine([], { UNDERTONE_MODEL: 'a, b' }).config.model).toEqual(['a', 'b']);
    for (const args of [
      ['--model', ''],
      ['--model', 'a,,b'],
    ]) {
      expect(() => parseCommandLine(args, {})).toThrowError(refusal('Expected model to be'));
    }
  });

  test('the reference page is current: run npm run docs:config', () => {
    const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
    expect(page).toBe(referenceMarkdown());
  });

  test('help names every flag', () => {
    for (const line of ['--max-frame-bytes', '--allow-role', '--print-config'])
      expect(helpText()).toContain(line);
  });
});
