/** What `docs/protocol.md` says is what the server does. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, errorSpecs } from '@undertone/core';
import { parseClientMessage, parseStreamQuery, type ServerMessage } from '@undertone/proto';
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
} from '@undertone/proto/protobuf';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get, startServer } from '../support/server.ts';
import { bytesOf, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}/docs/protocol.md`, 'utf8');

const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1]!);

/** Rows of the table whose header begins with `header`, as cells without back-quotes. */
function table(header: string): string[][] {
  const lines = page.split('\n');
  const at = lines.findIndex((line) => new RegExp(`^\\| ${header} +\\|`).test(line));
  const end = lines.findIndex((line, i) => i > at && !line.startsWith('|'));
  return lines.slice(at + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim().replace(/^`|`$/g, '')),
  );
}

const examples = blocks('json').map((text) => JSON.parse(text) as ServerMessage);

/** Names of fields, in depth; those below `scores`, `share` and `metadata` depend on the model or the client. */
function shape(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.slice(0, 1).flatMap((item) => shape(item, `${path}[]`));
  if (typeof value !== 'object' || value === null || /\b(scores|share)$/.test(path))
    return [`${path}:${typeof value}`];
  return Object.entries(value).flatMap(([name, field]) => shape(field, `${path}.${name}`));
}

describe('the page of the protocol', () => {
  let server: UndertoneServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  test('has a client that runs as it is', async () => {
    const [code] = blocks('js');
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code!], {
      cwd: root,
      env: { ...process.env, UNDERTONE_URL: server.url },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(bytesOf(speech('speech_happy_f')));
    let output = '';
    for await (const chunk of child.stdout) output += chunk;
    const lines = output.trim().split('\n');
    expect(lines.pop()).toBe('closed: 1000 ok');
    const types = lines.map((line) => (JSON.parse(line) as ServerMessage).type);
    expect(types[0]).toBe('Begin');
    expect(types).toContain('Emotion');
    expect(types.at(-1)).toBe('Summary');
  });

  test('shows each message with exactly the fields it has', async () => {
    const client = await StreamClient.open(server.url);
    client.sendAudio(bytesOf(speech('speech_happy_f')), 3200);
    await client.finish();
    for (const type of ['Begin', 'SpeechStarted', 'SpeechEnded', 'Summary'] as const) {
      const shown = examples.find((message) => message.type === type);
      expect(shape(client.of(type)[0]), type).toEqual(shape(shown));
    }
    const final = client.of('Emotion').find((message) => message.is_final);
    const { abstain: _, label, ...fields } = final!;
    const { label: __, ...shown } = examples.find((message) => message.type === 'Emotion') as typeof final &
      object;
    expect(shape(fields)).toEqual(shape(shown));
    expect([null, ...client.of('Begin')[0]!.model.labels]).toContain(label);
  });

  test('shows every message, and each fits the protocol in JSON and in protobuf', () => {
    const types = new Set<string>();
    for (const message of examples.filter((example) => 'type' in example)) {
      types.add('session_id' in message ? message.type : `client ${(message as { type: string }).type}`);
      if ('session_id' in message) {
        expect(decodeServerMessage(encodeServerMessage(message))).toEqual(message);
      } else if ((message as { type: string }).type !== 'Error') {
        const parsed = parseClientMessage(JSON.stringify(message));
        expect(parsed).toEqual(message);
        expect(decodeClientMessage(encodeClientMessage(parsed))).toEqual(message);
      }
    }
    const server =
      'Begin SpeechStarted SpeechEnded Emotion Trend Alert Gap Configured Warning Checkpoint Error Summary';
    const client = table('message').map(([type]) => `client ${type}`);
    expect(client).toHaveLength(9);
    expect([...types].filter((type) => type !== 'client Error').sort()).toEqual(
      [...server.split(' '), ...client].sort(),
    );
  });

  test('shows the errors that really come', async () => {
    const [refusal, fatal] = examples.filter((message) => message.type === 'Error');
    const response = await fetch(`${server.url.replace('ws:', 'http:')}?encoding=opus`);
    expect(response.status).toBe(426);
    const client = await StreamClient.open(server.url);
    client.sendMessage({ type: 'Dance' });
    await client.closed;
    const { code, message, fatal: isFatal } = client.of('Error')[0]!;
    expect({ code, message, fatal: isFatal }).toEqual({
      code: fatal!.code,
      message: fatal!.message,
      fatal: fatal!.fatal,
    });
    expect(() => parseStreamQuery(new URLSearchParams('encoding=opus'))).toThrowError(refusal!.message);
  });

  test('lists every parameter with its default', () => {
    const rows = table('parameter');
    const query = rows
      .filter(([, value]) => value)
      .map(([name, value]) => `${name}=${value}`)
      .join('&');
    expect(parseStreamQuery(new URLSearchParams(query))).toEqual(parseStreamQuery(new URLSearchParams()));
    const names = rows.map(([name]) => name);
    const optional = ['model', 'tag', 'metadata.KEY', 'consent', 'purpose', 'alerts', 'resume', 'features'];
    expect(names.sort()).toEqual(
      [...Object.keys(parseStreamQuery(new URLSearchParams())), ...optional].sort(),
    );
  });

  test('lists errors with the codes of the one error list', () => {
    const rows = table('code');
    expect(rows.length).toBeGreaterThan(10);
    for (const [code, close, http, retry] of rows) {
      const { closeCode, httpStatus, retryable } = errorSpecs[code as ErrorCode];
      expect([close, http, retry], code).toEqual([
        String(closeCode),
        String(httpStatus),
        retryable ? 'yes' : 'no',
      ]);
    }
  });

  test('shows the list of models as it is', async () => {
    const shown = blocks('json').find((text) => text.includes('"models"'));
    const found: unknown = await (await get(server, '/v1/models')).json();
    expect(shape(found)).toEqual(shape(JSON.parse(shown!)));
  });

  test('names paths that exist', async () => {
    for (const path of ['/v1/models', '/livez', '/readyz'])
      expect((await get(server, path)).status, path).toBe(200);
  });
});
