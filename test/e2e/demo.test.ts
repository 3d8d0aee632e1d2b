import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { testModelFolder } from '../support/model.ts';
import { demoMain, printedMessages, runCommand, startCommand } from './run-command.ts';

const model = ['--model', testModelFolder()];

interface CallIndex {
  readonly seconds: number;
  readonly turns: readonly { readonly clip: string }[];
}

const call = JSON.parse(readFileSync(new URL('../../demo/call.json', import.meta.url), 'utf8')) as CallIndex;

function childrenOf(pid: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
  const rows = table.map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row)!);
  return rows
    .filter(([, , parent, args]) => Number(parent) === pid && /server/.test(args!))
    .map(([, own]) => Number(own));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the demo', () => {
  it('streams the whole call through a server of its own and ends with 0', async () => {
    const { code, stdout, stderr } = await runCommand(demoMain, ['--fast', '--json', ...model]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const messages = printedMessages(stdout);
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, i) => i));
    const last = messages.at(-1);
    expect(last).toMatchObject({ type: 'Summary', reason: 'client_close', dropped_s: 0 });
    if (last?.type !== 'Summary') return;
    expect(last.audio_s).toBeCloseTo(call.seconds, 2);
    expect(last.per_channel.map(({ role }) => role)).toEqual(['customer', 'agent']);
  });

  it('shows people a timeline of both channels', async () => {
    const { code, stdout } = await runCommand(demoMain, ['--fast', ...model]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}Undertone {2}a call between a customer and an agent/m);
    expect(stdout).toMatch(/^ {2}customer {3}\S{20}/m);
    expect(stdout).toMatch(/^ {2}agent {6}\S{20}/m);
    expect(stdout).not.toContain('\x1b');
  });

  it('stops its server at Ctrl-C', async () => {
    const { child, result } = startCommand(demoMain, ['--json', ...model]);
    child.stdout!.once('data', () => child.kill('SIGINT'));
    const { code, stdout } = await result;
    expect(code).toBe(130);
    expect(printedMessages(stdout).some(({ type }) => type === 'Summary')).toBe(false);
  });

  it.each([
    ['interrupted', 'SIGINT', 130],
    ['left by its terminal', 'SIGHUP', 130],
    ['left by its reader', null, 0],
  ])('leaves no server behind when it is %s', async (_, signal, expectedCode) => {
    const { child, result } = startCommand(demoMain, ['--json', ...model]);
    await once(child.stdout!, 'data');
    const servers = childrenOf(child.pid!);
    expect(servers).toHaveLength(1);
    if (signal === null) child.stdout!.destroy();
    else child.kill(signal as NodeJS.Signals);
    expect((await result).code).toBe(expectedCode);
    await expect.poll(() => isRunning(servers[0]!), { timeout: 20_000 }).toBe(false);
  });

  it('ends quietly when it is interrupted before its server listens', async () => {
    const { child, result } = startCommand(demoMain, ['--json', ...model]);
    await expect.poll(() => childrenOf(child.pid!).length, { timeout: 20_000 }).toBe(1);
    child.kill('SIGINT');
    expect(await result).toEqual({ code: 130, stdout: '', stderr: '' });
  });

  it('says what is wrong with a model that is missing', async () => {
    const { code, stderr } = await runCommand(demoMain, ['--fast', '--model', '/nowhere']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/file_not_found: .*\/nowhere\/manifest\.json/);
  });

  it('credits every clip that the call is made of', () => {
    const attribution = readFileSync(new URL('../../demo/ATTRIBUTION.md', import.meta.url), 'utf8');
    for (const { clip } of call.turns) expect(attribution).toContain(clip);
  });
});
