/** What `docs/adaptation.md` says is what there is: its example runs as it stands there. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type LabelledClip, LocalModel } from '@undertone/client-sdk/local';
import { type ErrorCode, errorSpecs } from '@undertone/core';
import { describe, expect, it } from 'vitest';
import { type Sentence, speech } from '../support/speech.ts';
import { cliMain, runCommand } from './run-command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(join(root, 'docs/adaptation.md'), 'utf8');

const samples = (sentence: Sentence, gain: number): Float32Array =>
  Float32Array.from(speech(sentence), (x) => (gain * x) / 32_768);
const clips: LabelledClip[] = [0.5, 0.7, 1].flatMap((gain) => [
  { audio: samples('speech_calm_m', gain), label: 'happy' },
  { audio: samples('speech_angry_f', gain), label: 'sad' },
]);

describe('docs/adaptation.md', () => {
  it('has an example that does what it says', async () => {
    const code = /```ts\n([\s\S]+?)```/.exec(page)![1]!;
    const folder = mkdtempSync(join(root, 'test', 'e2e', '.adaptation-doc-'));
    try {
      const file = join(folder, 'example.ts');
      writeFileSync(file, code);
      const { compare } = (await import(pathToFileURL(file).href)) as {
        compare(clips: readonly LabelledClip[], audio: Float32Array): Promise<number[]>;
      };
      const [before, after] = await compare(clips, samples('speech_calm_m', 1));
      expect(after).toBeGreaterThan(before! + 0.1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names errors and options that exist', async () => {
    const codes = [...page.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]!);
    expect(codes).toHaveLength(5);
    for (const code of codes) expect(errorSpecs[code as ErrorCode], code).toBeDefined();
    const { stdout } = await runCommand(cliMain, ['adapt', '--help']);
    for (const word of ['<clips>', '--out <file>', 'path', 'label']) expect(stdout).toContain(word);
  });

  it('tells the size of what ships', async () => {
    const bytes = readFileSync(join(root, 'models/default/adapt.onnx')).length;
    expect(page).toContain(`has ${(bytes / 1000).toFixed(1)} KB`);
    const model = await LocalModel.load();
    const { manifest } = model;
    await model.close();
    expect(manifest.kind === 'streaming' && manifest.files.adapt?.path).toBe('adapt.onnx');
  });
});
