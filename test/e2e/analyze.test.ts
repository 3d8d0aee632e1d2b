import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences } from '../support/differences.ts';
import { testModelFolder } from '../support/model.ts';
import { startServer } from '../support/server.ts';
import { interleave, speech } from '../support/speech.ts';
import { cliMain, comparable, printedMessages, runCommand, startCommand, summaryOf } from './run-command.ts';
import { FileFolder } from './speech-file.ts';

const tolerance = 1e-4;
const model = ['--model', testModelFolder()];
const folder = new FileFolder();
let server: UndertoneServer;
let mono: string;
let stereo: string;
const phone = 'test/golden/wav/phone_8k.wav';

beforeAll(async () => {
  server = await startServer({ allowRole: ['agent'] });
  mono = folder.writeWav('mono.wav', speech('speech_angry_f', 'speech_calm_m'));
  const both = interleave(
    speech('speech_angry_f', 'speech_happy_f'),
    speech('speech_calm_m', 'speech_sad_m'),
  );
  stereo = folder.writeWav('stereo.wav', both, 2);
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

describe('undertone analyze', () => {
  it('gives the same messages locally and through a server, in packets of 20 ms and of 1 s', async () => {
    const files = [mono, stereo, phone];
    const ways = [
      model,
      [...model, '--packet-ms', '1000'],
      ['--server', server.url, '--purpose', 'safety', '--packet-ms', '20'],
      ['--server', server.url, '--purpose', 'safety', '--packet-ms', '1000'],
    ];
    const [local, ...others] = await Promise.all(
      ways.map((way) => runCommand(cliMain, ['analyze', '--json', ...way, ...files])),
    );
    expect(local!.stderr).toBe('');
    const expected = printedMessages(local!.stdout);
    expect(expected.filter(({ type }) => type === 'Summary').map(({ file }) => file)).toEqual(files);
    for (const other of others) {
      expect(other).toMatchObject({ code: 0, stderr: '' });
      const messages = printedMessages(other.stdout);
      // The order of two channels is not fixed, that within a channel is.
      for (const file of files) {
        expect(differences(byChannel(expected, file), byChannel(messages, file), tolerance)).toEqual([]);
      }
    }
  });

  it('ends each file with a Summary that has all scores of the whole of each channel', async () => {
    const { code, stdout } = await runCommand(cliMain, ['analyze', '--json', ...model, stereo, mono]);
    expect(code).toBe(0);
    const messages = printedMessages(stdout);
    expect(
      messages.map(({ file, type }) => `${file} ${type}`).filter((line) => line.endsWith('Summary')),
    ).toEqual([`${stereo} Summary`, `${mono} Summary`]);
    expect(messages.at(-1)).toMatchObject({ type: 'Summary', file: mono });
    const begin = messages.find(({ type }) => type === 'Begin');
    const labels = begin?.type === 'Begin' ? begin.model.labels : [];
    for (const [file, roles] of [
      [stereo, ['customer', 'agent']],
      [mono, ['unknown']],
    ] as const) {
      const { per_channel } = summaryOf(messages, file);
      expect(per_channel.map(({ role }) => role)).toEqual(roles);
      for (const { scores, label, confidence, speech_s, dimensions } of per_channel) {
        expect(Object.keys(scores)).toEqual(labels);
        expect(Object.values(scores).reduce((sum, score) => sum + score)).toBeCloseTo(1, 5);
        expect(label === null || labels.includes(label)).toBe(true);
        expect(confidence).toBeCloseTo(Math.max(...Object.values(scores)), 6);
        expect(speech_s).toBeGreaterThanOrEqual(0);
        expect(Object.keys(dimensions).sort()).toEqual(['arousal', 'valence']);
      }
    }
  });

  it('keeps to the real time of the audio when asked, with the same result', async () => {
    const short = 'test/golden/wav/speech_angry_f.wav';
    const args = ['analyze', '--json', ...model, short];
    const [fast, paced] = await Promise.all([
      runCommand(cliMain, args),
      runCommand(cliMain, [...args, '--realtime', '--packet-ms', '40']),
    ]);
    const [a, b] = [fast, paced].map(({ stdout }) => comparable(printedMessages(stdout)));
    expect(differences(a, b, tolerance)).toEqual([]);
  });

  it('names channels and chooses roles as told', async () => {
    const args = [
      'analyze',
      '--json',
      ...model,
      '--channels',
      'agent,customer',
      '--analyze',
      'customer',
      stereo,
    ];
    const { code, stdout } = await runCommand(cliMain, args);
    expect(code).toBe(0);
    const { per_channel } = summaryOf(printedMessages(stdout), stereo);
    expect(per_channel.map(({ channel, role }) => ({ channel, role }))).toEqual([
      { channel: 1, role: 'customer' },
    ]);
  });

  it('shows people a timeline and a summary', async () => {
    const { code, stdout, stderr } = await runCommand(cliMain, ['analyze', ...model, stereo]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/stereo\.wav {2}\d+\.\d s, 2 channels, 16000 Hz 16-bit/);
    expect(stdout).toMatch(/^ {2}customer {3}\S/m);
    expect(stdout).toMatch(/^ {2}agent {6}\S/m);
    expect(stdout).toMatch(/s of speech in/);
    expect(stdout).not.toContain('\x1b');
  });

  it('does not take what a server heard before it went away for the whole file', async () => {
    const leaving = await startServer();
    const args = ['analyze', '--json', '--server', leaving.url, '--realtime', mono];
    const { child, result } = startCommand(cliMain, args);
    let closing: Promise<void> | undefined;
    child.stdout!.once('data', () => {
      closing = leaving.close();
    });
    const { code, stdout } = await result;
    await closing;
    expect(code).toBe(1);
    const messages = printedMessages(stdout);
    // It was sent to another server, and there is none.
    expect(messages.filter(({ type }) => type === 'Summary')).toEqual([]);
    expect(messages.at(-1)).toMatchObject({ type: 'Error', code: 'connection_failed', file: mono });
  });

  it('says who may not be analysed when a server refuses the agent', async () => {
    const strict = await startServer();
    try {
      const [all, customer] = await Promise.all([
        runCommand(cliMain, ['analyze', '--server', strict.url, stereo]),
        runCommand(cliMain, ['analyze', '--server', strict.url, '--analyze', 'customer', stereo]),
      ]);
      expect(all.code).toBe(1);
      expect(all.stderr).toMatch(/stereo\.wav: role_not_allowed: .*agent/);
      expect(customer.code).toBe(0);
    } finally {
      await strict.close();
    }
  });
});

function byChannel(messages: readonly ReturnType<typeof printedMessages>[number][], file: string): unknown {
  const own = messages.filter((message) => message.file === file);
  const parts: Record<string, unknown[]> = {};
  for (const message of own) {
    const name = 'channel' in message ? String(message.channel) : message.type;
    const { seq, ...rest } = message;
    parts[name] = [...(parts[name] ?? []), ...comparable([rest as typeof message])];
  }
  return parts;
}
