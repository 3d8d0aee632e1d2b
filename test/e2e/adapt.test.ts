import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testModelFolder } from '../support/model.ts';
import { type Sentence, speech } from '../support/speech.ts';
import { cliMain, printedMessages, runCommand, summaryOf } from './run-command.ts';
import { FileFolder } from './speech-file.ts';

const folder = new FileFolder();
const model = ['--model', testModelFolder()];
const out = join(folder.path, 'voice.bin');
let list = '';
let calm = '';

/** One sentence at several levels, under a label that the model does not give it. */
function addClips(sentence: Sentence, label: string): string[] {
  return [0.4, 0.7, 1].map((gain, i) => {
    const name = `${label}-${i}.wav`;
    folder.writeWav(
      name,
      speech(sentence).map((x) => gain * x),
    );
    return `${name},${label}`;
  });
}

beforeAll(() => {
  const rows = [...addClips('speech_calm_m', 'happy'), ...addClips('speech_angry_f', 'sad')];
  list = folder.write('clips.csv', `path,label\n${rows.join('\n')}\n`);
  calm = folder.writeWav('calm.wav', speech('speech_calm_m'));
});
afterAll(() => folder.remove());

describe('undertone adapt', () => {
  it('writes what analyze --adaptation hears a voice with', async () => {
    const adapted = await runCommand(cliMain, ['adapt', list, '--out', out, ...model]);
    expect(adapted).toMatchObject({ code: 0, stderr: '' });
    expect(adapted.stdout).toContain('adapted to 3 happy, 3 sad.');
    expect(adapted.stdout).toContain(`undertone analyze --adaptation ${out} FILE`);
    const happy = async (...more: string[]): Promise<number> => {
      const { code, stdout } = await runCommand(cliMain, ['analyze', '--json', ...model, ...more, calm]);
      expect(code).toBe(0);
      return summaryOf(printedMessages(stdout), calm).per_channel[0]!.scores!.happy!;
    };
    expect(await happy('--adaptation', out)).toBeGreaterThan((await happy()) + 0.1);
  });

  it('prints its report as JSON', async () => {
    const { code, stdout } = await runCommand(cliMain, ['adapt', list, '--out', out, '--json', ...model]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ clips: { happy: 3, sad: 3 }, isApplied: true });
  });

  it('names the row that it cannot learn from, and writes nothing', async () => {
    const never = join(folder.path, 'never.bin');
    const run = async (text: string): Promise<string> => {
      const csv = folder.write('bad.csv', text);
      const { code, stderr } = await runCommand(cliMain, ['adapt', csv, '--out', never, ...model]);
      expect(code).toBe(1);
      expect(() => readFileSync(never)).toThrow('ENOENT');
      return stderr;
    };
    expect(await run('path,label\nmissing.wav,sad\n')).toMatch(/^file_not_found: .*bad\.csv, row 1: /);
    expect(await run('file,label\nhappy-0.wav,happy\n')).toMatch(
      /^bad_corpus: .*row 1: expected a path and a label/,
    );
    expect(await run('path,label\nhappy-0.wav,happy,1\n')).toMatch(/^bad_corpus: .*expected CSV/);
    expect(await run('path,label\nhappy-0.wav,happy\n')).toMatch(/^bad_parameter: .*got 1 of happy/);
  });
});

describe('undertone analyze --adaptation', () => {
  it('refuses what is no adaptation, one that is not there, and a server', async () => {
    const run = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await runCommand(cliMain, ['analyze', ...args, calm]);
      expect(code).toBe(1);
      return stderr;
    };
    expect(await run(...model, '--adaptation', calm)).toContain('UTVA');
    expect(await run(...model, '--adaptation', 'nowhere.bin')).toContain(
      'Expected an adaptation at nowhere.bin; got ENOENT',
    );
    expect(await run('--server', 'ws://127.0.0.1:1', '--adaptation', out)).toContain('without --server');
  });
});
