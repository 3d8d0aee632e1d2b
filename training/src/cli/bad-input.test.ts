/** What undertone-train says of input that is wrong: which file, which field, before hours are spent. */
import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UndertoneError } from '@undertone/core';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { syntheticVoice, writeSyntheticCremaD, writeWav } from '../../../test/support/synthetic-corpus.ts';
import { ProgressLine } from '../report/progress-line.ts';
import { addTrainCommand } from './train-command.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'undertone-bad-input-'));
const corpus = join(root, 'corpus');
const cache = join(root, 'cache');

/** A network and a number of epochs so small that a whole run takes seconds. */
const tiny = [
  ...['threads=0', 'epochs=2', 'validateEvery=1', 'batchRows=8', 'frameBuckets=128', 'nonSpeechClips=2'],
  ...['channels=4,4,4,4', 'convFeatureSize=8', 'pitchSize=4', 'gruSize=8', 'variants=clean'],
].flatMap((field) => ['--set', field]);

let folders = 0;
const newFolder = (): string => {
  const folder = join(root, `case-${folders++}`);
  mkdirSync(folder);
  return folder;
};

const trainArgs = (path: string, out: string, ...more: string[]): string[] => [
  ...['train', path, '--out', join(out, 'model'), '--run', join(out, 'run'), '--cache', cache],
  ...tiny,
  ...more,
];

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as `main.ts` runs it, in this process. */
async function run(args: readonly string[]): Promise<Result> {
  let stdout = '';
  let stderr = '';
  const program = new Command();
  addTrainCommand(program, {
    print: (text) => {
      stdout += text;
    },
    progress: new ProgressLine({
      write: (text) => {
        stderr += text;
      },
    }),
    signal: new AbortController().signal,
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return { code: 0, stdout, stderr };
  } catch (error) {
    if (!(error instanceof UndertoneError)) throw error;
    return { code: 1, stdout, stderr: `${stderr}${error.code}: ${error.message}` };
  }
}

const train = (path: string, ...more: string[]): Promise<Result> =>
  run(trainArgs(path, newFolder(), ...more));

type Row = Readonly<Record<'path' | 'speaker' | 'label', string>>;

/** A manifest of four speakers and all classes, with rows of its own first. */
function manifest(...first: readonly Row[]): string {
  const folder = newFolder();
  const rows: Row[] = [...first];
  for (const speaker of ['ann', 'bob', 'cem', 'dea']) {
    for (const [i, label] of ['angry', 'disgust', 'fearful', 'happy', 'neutral', 'sad'].entries()) {
      const path = `${speaker}-${label}.wav`;
      writeWav(join(folder, path), syntheticVoice(120 + 30 * i, 0.6, rows.length + 1));
      rows.push({ path, speaker, label });
    }
  }
  const lines = rows.map(({ path, speaker, label }) => `${path},${speaker},${label}`);
  const file = join(folder, 'voices.csv');
  writeFileSync(file, `path,speaker,label\n${lines.join('\n')}\n`);
  return file;
}

/** In the folder of a manifest. */
const beside = (file: string, name: string): string => join(file, '..', name);

const refused = (message: string | RegExp) => ({
  code: 1,
  stdout: '',
  stderr: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
});

/** A WAV file of 32-bit floats, which can hold what integers cannot. */
function writeFloatWav(path: string, samples: Float32Array): void {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + 4 * samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(3, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(16000, 24);
  header.writeUInt32LE(64000, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt16LE(32, 34);
  header.write('data', 36);
  header.writeUInt32LE(4 * samples.length, 40);
  writeFileSync(path, Buffer.concat([header, Buffer.from(samples.buffer)]));
}

// Whole runs, beside whatever else the machine does.
vi.setConfig({ testTimeout: 300_000 });

beforeAll(() => writeSyntheticCremaD(corpus, 5));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('recordings', () => {
  it('a corpus that is not there', async () => {
    expect(await train(join(root, 'nowhere'))).toEqual(
      refused(`file_not_found: There is no corpus at ${join(root, 'nowhere')}.`),
    );
  });

  it('a file that a manifest names and that is not there', async () => {
    const file = manifest({ path: 'gone.wav', speaker: 'ann', label: 'sad' });
    expect(await train(file)).toEqual(refused(beside(file, 'gone.wav')));
  });

  it('a label without a map, with what to do about it', async () => {
    const file = manifest({ path: 'ann-sad.wav', speaker: 'ann', label: 'bored' });
    const { code, stderr } = await train(file);
    expect(code).toBe(1);
    expect(stderr).toContain('ann-sad.wav');
    expect(stderr).toContain('"bored"');
    expect(stderr).toContain('labelMap');
  });

  it('a clip without samples, a silent one and one with NaN are named and left out, or end the run', async () => {
    const empty = manifest({ path: 'empty.wav', speaker: 'ann', label: 'sad' });
    writeWav(beside(empty, 'empty.wav'), new Float32Array(0));
    const silent = manifest({ path: 'silent.wav', speaker: 'ann', label: 'sad' });
    writeWav(beside(silent, 'silent.wav'), new Float32Array(16000));
    const broken = manifest({ path: 'nan.wav', speaker: 'ann', label: 'sad' });
    writeFloatWav(beside(broken, 'nan.wav'), syntheticVoice(150, 0.6).fill(Number.NaN, 3000, 3001));
    for (const file of [empty, silent, broken]) {
      const name = /\/(\w+\.wav),?/.exec(`/${readFileSync(file, 'utf8').split('\n')[1]}`)![1]!;
      const { code, stderr } = await train(file);
      expect({ name, code, stderr }).toEqual({
        name,
        code: 0,
        stderr: expect.stringContaining('Left out: '),
      });
      expect(stderr).toMatch(new RegExp(`Left out: .*${name}`));
    }
  });

  it('more than a few clips that cannot be used', async () => {
    const file = manifest();
    for (const name of readdirSync(join(file, '..')).filter((entry) => entry.startsWith('ann'))) {
      writeFileSync(beside(file, name), 'no audio');
    }
    expect(await train(file, '--val-speakers', 'dea')).toEqual(
      refused(/bad_corpus: Expected at most 1 % unusable clips; found 6 of 18, the first: .*ann-angry\.wav/),
    );
  });
});

describe('speakers', () => {
  it('one on two sides of the split', async () => {
    expect(await train(corpus, '--val-speakers', '1001,1002', '--test-speakers', '1002')).toEqual(
      refused(/bad_split: .*crema-d\/1002/),
    );
  });

  it('one that is not there', async () => {
    expect(await train(corpus, '--val-speakers', '7777')).toEqual(
      refused('bad_split: Expected "7777" to name one speaker of the corpus; found none.'),
    );
  });

  it('a class with too few of them', async () => {
    const file = manifest({ path: 'ann-sad.wav', speaker: 'ann', label: 'bored' });
    const labels = 'labels=angry,disgust,fearful,happy,neutral,sad,bored';
    const { code, stderr } = await train(file, '--set', labels, '--set', 'sentiment=bored=negative');
    expect(code).toBe(1);
    expect(stderr).toMatch(/bad_split: .*bored/);
  });
});

describe('configuration', () => {
  it('a field that is misspelt, with its line and which was meant', async () => {
    const config = join(newFolder(), 'experiment.yaml');
    writeFileSync(config, 'epochs: 3\nlerningRate: 0.001\n');
    expect(await train(corpus, '--config', config)).toEqual(
      refused(`bad_config: ${config}:2: There is no field "lerningRate"; did you mean "learningRate"?`),
    );
  });

  it('a value out of range, with the range', async () => {
    expect(await train(corpus, '--set', 'dropout=1.5')).toEqual(
      refused('bad_config: Field dropout: expected a number from 0 to 0.95, found "1.5".'),
    );
  });
});

describe('what was computed before', () => {
  it('a corrupt cache is made again, with the same result', async () => {
    const own = join(newFolder(), 'cache');
    const folder = newFolder();
    const first = await run(trainArgs(corpus, folder, '--cache', own));
    expect(first.code).toBe(0);
    const files = readdirSync(own).filter((name) => name.includes('train'));
    for (const name of files) {
      const bytes = readFileSync(join(own, name));
      bytes[1000]! ^= 1;
      writeFileSync(join(own, name), bytes);
    }
    const again = newFolder();
    const second = await run(trainArgs(corpus, again, '--cache', own));
    expect(second.code).toBe(0);
    expect(second.stderr).toContain(`Made again: `);
    expect(second.stderr).toContain(files[0]!);
    const network = (where: string): Buffer => readFileSync(join(where, 'model', 'step.onnx'));
    expect(network(again).equals(network(folder))).toBe(true);
  });

  it('a resumed run whose recordings changed, and a run that would be overwritten', async () => {
    const own = join(newFolder(), 'corpus');
    cpSync(corpus, own, { recursive: true });
    const folder = newFolder();
    const args = trainArgs(own, folder);
    expect((await run(args)).code).toBe(0);
    expect(await run(args)).toEqual(refused('go on with --resume'));
    const checkpoint = readFileSync(join(folder, 'run', 'checkpoint.bin'));
    for (const name of readdirSync(join(own, 'AudioWAV'))) {
      utimesSync(join(own, 'AudioWAV', name), new Date(), new Date(Date.now() + 5000));
    }
    expect(await run([...args, '--resume'])).toEqual(
      refused(/bad_config: The run in .* can only be resumed as it was started: .*(data|recordings|clips)/),
    );
    expect(readFileSync(join(folder, 'run', 'checkpoint.bin')).equals(checkpoint)).toBe(true);
  });

  it('a checkpoint that is damaged', async () => {
    const folder = newFolder();
    const args = trainArgs(corpus, folder);
    expect((await run(args)).code).toBe(0);
    const path = join(folder, 'run', 'checkpoint.bin');
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
    expect(await run([...args, '--resume'])).toEqual(refused(`bad_checkpoint: `));
  });

  // A file system of its own that is really full; needs the namespaces of Linux.
  it.skipIf(process.platform !== 'linux')(
    'a full disk ends the run with the file that did not fit',
    async () => {
      const disk = join(newFolder(), 'disk');
      mkdirSync(disk);
      const loader = import.meta.resolve('tsx');
      const command = [
        process.execPath,
        '--conditions=@undertone/source',
        '--import',
        loader,
        'training/src/cli/main.ts',
      ];
      const args = trainArgs(corpus, newFolder(), '--cache', join(disk, 'cache'));
      const quoted = [...command, ...args].map((arg) => `'${arg}'`).join(' ');
      const child = spawn(
        'unshare',
        ['--map-root-user', '--mount', 'sh', '-c', `mount -t tmpfs -o size=256k none '${disk}' && ${quoted}`],
        { cwd: repository, stdio: ['ignore', 'ignore', 'pipe'] },
      );
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('the disk is full') });
      expect(stderr).toContain(join(disk, 'cache'));
    },
  );
});
