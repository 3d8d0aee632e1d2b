import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { configFields } from './fields.ts';
import { printableConfig } from './print-config.ts';
import { helpText, referenceMarkdown } from './reference.ts';
import { parseCommandLine, resolveConfig } from './resolve-config.ts';

const refusal = (message: string) =>
  expect.objectContaining({ code: 'bad_config', message: expect.stringContaining(message) });

const folder = mkdtempSync(join(tmpdir(), 'undertone-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
function file(content: string): string {
  const path = join(folder, `file-${files++}`);
  writeFileSync(path, content);
  return path;
}
const fromFile = (content: string, args: string[] = [], env = {}) =>
  parseCommandLine(['--config', file(content), ...args], env).config;

describe('configuration', () => {
  test('a flag wins over the environment, which wins over the file, which wins over the default', () => {
    const env = { UNDERTONE_PORT: '1', UNDERTONE_MAX_BATCH: '7', OTHER: 'x' };
    const config = fromFile('port: 3\nmaxBatch: 9\nworkers: 4', ['--port', '2'], env);
    expect(config).toMatchObject({ port: 2, maxBatch: 7, workers: 4, host: '127.0.0.1', allowRole: [] });
  });

  test('every default lies within its own range', () => {
    expect(Object.keys(resolveConfig({}))).toEqual(Object.keys(configFields));
  });

  test.each([
    [['--port', '65536'], 'Expected --port to be 0 to 65535; got "65536".'],
    [['--port', '1.5'], 'got "1.5"'],
    [['--port', ''], 'got ""'],
    [['--port'], 'Expected --port to have a value'],
    [['--admin-port', 'of'], 'Expected --admin-port to be 0 to 65535, or off; got "of".'],
    [['--log-level', 'loud'], 'silent, error, warn, info, debug'],
    [['--allow-role', 'boss'], 'got "boss"'],
    [['--prot', '1'], "Unknown flag '--prot'; did you mean --port?"],
    [['--insecure-no-auth=yes'], 'true or false; got "yes"'],
    [['extra'], "'extra'"],
  ])('%j is refused', (args, message) => {
    expect(() => parseCommandLine(args, {})).toThrowError(refusal(message));
  });

  test('everything that is wrong is said at once', () => {
    const path = file('idleTimeoutMs: soon\nmodle: x\n');
    const run = () => parseCommandLine(['--port', 'x', '--config', path], { UNDERTONE_WORKERS: '-1' });
    for (const part of [
      'Expected --port to be',
      'Expected UNDERTONE_WORKERS to be',
      `Expected idleTimeoutMs in ${path} to be 100 to 3600000; got "soon".`,
      `${path}: Expected a setting that exists; got "modle"; did you mean model?`,
    ])
      expect(run).toThrowError(refusal(part));
  });

  test('help is given even where something is wrong', () => {
    expect(parseCommandLine(['--help', '--prot'], {}).help).toBe(true);
  });

  test('a bad environment variable is named', () => {
    expect(() => parseCommandLine([], { UNDERTONE_PORT: 'x' })).toThrowError(refusal('UNDERTONE_PORT'));
  });

  test('a variable with a slip of the pen is a warning, one of something else is none', () => {
    const { warnings } = parseCommandLine([], { UNDERTONE_PROT: '1', UNDERTONE_URL: 'ws://x' });
    expect(warnings).toEqual(['UNDERTONE_PROT is no setting; UNDERTONE_PORT is.']);
  });

  test('what Kubernetes puts into the environment beside a service of that name is no setting', () => {
    const env = { UNDERTONE_PORT: 'tcp://10.0.0.1:80', UNDERTONE_PORT_80_TCP: 'tcp://10.0.0.1:80' };
    expect(parseCommandLine([], env).config.port).toBe(8080);
  });

  test('a library caller is held to the same ranges', () => {
    expect(() => resolveConfig({ maxBatch: 0 })).toThrowError(refusal('maxBatch'));
    expect(() => resolveConfig({ maxBach: 1 } as object)).toThrowError(refusal('did you mean maxBatch'));
  });

  test('roles are given as a comma list', () => {
    expect(parseCommandLine(['--allow-role', 'agent'], {}).config.allowRole).toEqual(['agent']);
    expect(parseCommandLine(['--allow-role', ''], {}).config.allowRole).toEqual([]);
  });

  test('a list that is none is refused, not a crash', () => {
    for (const model of [{}, 7, 'models/default'])
      expect(() => resolveConfig({ model: model as never })).toThrowError(refusal('Expected model to be'));
  });

  test('a comma that belongs to an item has a backslash before it', () => {
    const { config } = parseCommandLine(['--model', 'calls\\, noisy,clean', '--model', 'a\\,b\\,c'], {});
    expect(config.model).toEqual(['calls, noisy', 'clean', 'a,b,c']);
    expect(parseCommandLine([], { UNDERTONE_MODEL: 'a\\,b' }).config.model).toEqual(['a,b']);
  });

  test('folders of models are given as a comma list, as repeated flags, or both', () => {
    expect(resolveConfig({}).model).toEqual(['models/default']);
    expect(parseCommandLine(['--model', 'a,b', '--model', 'c'], {}).config.model).toEqual(['a', 'b', 'c']);
    expect(parseCommandLine([], { UNDERTONE_MODEL: 'a, b' }).config.model).toEqual(['a', 'b']);
    for (const args of [
      ['--model', ''],
      ['--model', 'a,,b'],
    ]) {
      expect(() => parseCommandLine(args, {})).toThrowError(refusal('Expected --model to be'));
    }
  });

  test('what listens can be turned off, and what is true or false is a flag alone', () => {
    const { config } = parseCommandLine(['--admin-port', 'off', '--insecure-no-auth'], {});
    expect(config).toMatchObject({ adminPort: 'off', insecureNoAuth: true });
    expect(parseCommandLine([], { UNDERTONE_INSECURE_NO_AUTH: 'false' }).config.insecureNoAuth).toBe(false);
  });

  test('the reference page is current: run npm run docs:config', () => {
    const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
    expect(page).toBe(referenceMarkdown());
  });

  test('help names every flag', () => {
    for (const line of ['--max-frame-bytes', '--allow-role', '--print-config', '--jwt-secret-file'])
      expect(helpText()).toContain(line);
  });
});

describe('the configuration file', () => {
  test('may be JSON, and its lists may be lists or comma texts', () => {
    expect(fromFile('{"port": 1, "model": ["a", "b"]}')).toMatchObject({ port: 1, model: ['a', 'b'] });
    expect(fromFile('model: a, b')).toMatchObject({ model: ['a', 'b'] });
    expect(fromFile('')).toEqual(resolveConfig({}));
    expect(parseCommandLine([], { UNDERTONE_CONFIG: file('port: 7') }).config.port).toBe(7);
  });

  test.each([
    ['port: "8080"', 'to be 0 to 65535; got "8080"'],
    ['port: 1\nport: 2', 'to be YAML or JSON; Map keys must be unique'],
    ['[1, 2]', 'to hold settings by name'],
    ['port: [', 'to be YAML or JSON'],
    ['port: &a [*a]', 'got'],
    ['__proto__: {}', 'got "__proto__"'],
    ['constructor: 1', 'got "constructor"'],
    ['adminToken: {a: 1}', 'secret text; got something else'],
  ])('%j is refused', (content, message) => {
    expect(() => fromFile(content)).toThrowError(refusal(message));
  });

  test('that does not exist is refused by its name', () => {
    expect(() => parseCommandLine(['--config', '/nowhere.yaml'], {})).toThrowError(
      refusal('Expected --config to name a readable file; /nowhere.yaml: ENOENT.'),
    );
  });

  test('of any bytes is either taken or refused with bad_config', () => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const parts = [
      'port',
      ': ',
      '8',
      '\n',
      '- ',
      '[',
      '{',
      '"',
      '&a ',
      '*a',
      '!!set ',
      '\t',
      '? ',
      '|',
      '\0',
      'é',
      '<<',
    ];
    for (let i = 0; i < 500; i++) {
      const content = Array.from({ length: random(12) }, () => parts[random(parts.length)]).join('');
      try {
        fromFile(content);
      } catch (error) {
        expect(error, JSON.stringify(content)).toMatchObject({ code: 'bad_config' });
      }
    }
  });
});

describe('a secret', () => {
  test('comes from its variable, from the file, or from a file of its own', () => {
    expect(parseCommandLine([], { UNDERTONE_JWT_SECRET: 'a,b' }).config.jwtSecret).toBe('a,b');
    expect(fromFile('jwtSecret: x').jwtSecret).toBe('x');
    expect(fromFile(`jwtSecretFile: ${file('x\n')}`).jwtSecret).toBe('x');
    const path = file('one\ntwo\n');
    expect(parseCommandLine(['--checkpoint-key-file', path], {}).config.checkpointKey).toEqual([
      'one',
      'two',
    ]);
    expect(parseCommandLine([], { UNDERTONE_CHECKPOINT_KEY: 'one, two' }).config.checkpointKey).toEqual([
      'one',
      'two',
    ]);
  });

  test('is no flag', () => {
    const run = () => parseCommandLine(['--jwt-secret', 'hush'], {});
    expect(run).toThrowError(refusal('Use --jwt-secret-file or the environment.'));
    expect(run).not.toThrowError(/hush/);
  });

  test('given twice, or in a file of several lines, is refused without being shown', () => {
    const env = { UNDERTONE_JWT_SECRET: 'hush', UNDERTONE_JWT_SECRET_FILE: file('hush') };
    expect(() => parseCommandLine([], env)).toThrowError(refusal('got both'));
    const several = () => parseCommandLine(['--jwt-secret-file', file('hush\nhush')], {});
    expect(several).toThrowError(refusal('one line'));
    expect(several).not.toThrowError(/hush/);
  });

  test('is not printed', () => {
    const config = resolveConfig({ jwtSecret: 'hush', checkpointKey: ['hush'] });
    const printed = printableConfig(config);
    expect(printed).not.toContain('hush');
    expect(JSON.parse(printed)).toMatchObject({
      jwtSecret: '(set)',
      checkpointKey: '(set)',
      tokenSecret: '(none)',
      port: 8080,
      model: ['models/default'],
    });
  });
});
