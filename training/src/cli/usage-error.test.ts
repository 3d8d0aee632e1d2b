import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const require = createRequire(import.meta.url);
const loader = new URL('./dist/loader.mjs', pathToFileURL(require.resolve('tsx/package.json'))).href;
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

function run(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const node = ['--conditions=@undertone/source', '--import', loader, main, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, node, { encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

describe('the command line of undertone-train', () => {
  it('prints its version', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(run('--version')).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it('says in whole sentences what it does not know, and what was probably meant', () => {
    expect(run('evaluate', 'm', 'c', '--sped', '1')).toEqual({
      code: 1,
      stdout: '',
      stderr: "bad_config: Unknown option '--sped'. Did you mean --seed? See --help.\n",
    });
    expect(run('verify', '--xyzzy').stderr).toBe("bad_config: Unknown option '--xyzzy'. See --help.\n");
    expect(run('verify').stderr).toBe("bad_config: Missing required argument 'model'. See --help.\n");
  });
});
