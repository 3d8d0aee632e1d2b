import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { type Certificate, makeCertificate } from '../../../../test/support/certificate.ts';
import { createServer, type UndertoneServer } from '../../app.ts';
import type { ServerConfig } from '../../config/fields.ts';
import { TlsFiles } from './tls-files.ts';

const authority = makeCertificate('authority');
const model = new URL('../../../../models/default', import.meta.url).pathname;
let folder: string;
let files: { tlsCertFile: string; tlsKeyFile: string };
let server: UndertoneServer | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undertone-tls-'));
  files = { tlsCertFile: join(folder, 'cert.pem'), tlsKeyFile: join(folder, 'key.pem') };
});
afterEach(async () => {
  await server?.close();
  server = null;
  rmSync(folder, { recursive: true });
});

function write({ cert, key }: Pick<Certificate, 'cert' | 'key'>): void {
  writeFileSync(files.tlsCertFile, cert);
  writeFileSync(files.tlsKeyFile, key);
}

async function start(config: Partial<ServerConfig> = {}): Promise<UndertoneServer> {
  const quiet = { port: 0, adminPort: 0, logLevel: 'silent', model: [model] } as const;
  server = await createServer({ ...quiet, ...files, ...config });
  return server;
}

const trusting = { ca: authority.cert, servername: 'localhost' };

/** Resolves with the open stream; rejects when there is none. */
function open(url: string, options: ClientOptions = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, { ...trusting, ...options });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Name on the certificate that a new connection is shown. */
function shownName(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', ...trusting }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

function answerTo(socket: WebSocket, message: object): Promise<{ type: string }> {
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data)) as { type: string };
      if (answer.type !== 'Begin') resolve(answer);
    });
    socket.send(JSON.stringify(message));
  });
}

const problem = (message: string) =>
  expect.objectContaining({ code: 'bad_config', message: expect.stringContaining(message) });

describe('a server with a certificate', () => {
  test('speaks wss and https, not in the clear, and nothing before TLS 1.2', async () => {
    write(makeCertificate('one', { issuer: authority }));
    const { url, port } = await start();
    expect(url).toBe(`wss://127.0.0.1:${port}/v1/stream`);
    (await open(url)).terminate();
    await expect(open(url.replace('wss:', 'ws:'))).rejects.toThrowError();
    await expect(open(url, { ca: makeCertificate('other').cert })).rejects.toThrowError();
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(open(url, old)).rejects.toThrowError();
  });

  test('takes a new one for new connections while a stream goes on', async () => {
    write(makeCertificate('one', { issuer: authority }));
    const running = await start();
    const stream = await open(running.url);
    expect(await shownName(running.port)).toBe('one');
    write(makeCertificate('two', { issuer: authority }));
    expect(await running.reload(() => ({ ...files, logLevel: 'silent' }))).toBe(true);
    expect(await shownName(running.port)).toBe('two');
    expect(await answerTo(stream, { type: 'CloseStream' })).toMatchObject({ type: 'Summary' });
  });

  test('keeps the old one when the new one is broken, does not fit its key, or has expired', async () => {
    const one = makeCertificate('one', { issuer: authority });
    const two = makeCertificate('two', { issuer: authority });
    write(one);
    const running = await start();
    const expired = makeCertificate('late', { issuer: authority, notAfter: new Date(Date.now() - 60_000) });
    for (const broken of [{ ...one, cert: 'x' }, { cert: one.cert, key: two.key }, expired]) {
      write(broken);
      expect(await running.reload(() => ({ ...files, logLevel: 'silent' }))).toBe(false);
      expect(await shownName(running.port)).toBe('one');
    }
  });

  test('notices by itself that the files were replaced', async () => {
    write(makeCertificate('one', { issuer: authority }));
    let told: (problem: unknown) => void = () => {};
    const tls = TlsFiles.open({ ...files, tlsClientCaFile: '' }, (_, problem) => told(problem), 20)!;
    const https = tls.createServer((_, response) => response.end());
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
    const { port } = https.address() as { port: number };
    const taken = new Promise<void>((resolve) => {
      told = (problem) => {
        if (problem === null) resolve();
      };
    });
    write(makeCertificate('two', { issuer: authority }));
    await taken;
    expect(await shownName(port)).toBe('two');
    tls.close();
    https.close();
  });
});

describe('certificates of clients', () => {
  test('are credentials: those of the authority enter from anywhere, others do not', async () => {
    write(makeCertificate('server', { issuer: authority }));
    const clients = makeCertificate('clients');
    const tlsClientCaFile = join(folder, 'clients.pem');
    writeFileSync(tlsClientCaFile, clients.cert);
    const { url } = await start({ tlsClientCaFile, host: '0.0.0.0' });
    const reachable = `${url.replace('0.0.0.0', '127.0.0.1')}?channel_roles=customer`;
    const [client, stranger] = [
      makeCertificate('client', { issuer: clients }),
      makeCertificate('stranger', { issuer: authority }),
    ];
    (await open(reachable, { cert: client.cert, key: client.key })).terminate();
    await expect(open(reachable)).rejects.toThrowError();
    await expect(open(reachable, { cert: stranger.cert, key: stranger.key })).rejects.toThrowError();
  });
});

describe('at start', () => {
  test('half a configuration, and files that do not fit, are refused', async () => {
    const one = makeCertificate('one', { issuer: authority });
    write({ cert: one.cert, key: makeCertificate('two').key });
    await expect(start()).rejects.toThrowError(problem('fit one another'));
    write({ ...one, key: 'x' });
    await expect(start()).rejects.toThrowError(problem('PEM'));
    await expect(start({ tlsKeyFile: '' })).rejects.toThrowError(problem('together'));
    await expect(
      start({ tlsCertFile: '', tlsKeyFile: '', tlsClientCaFile: files.tlsCertFile }),
    ).rejects.toThrowError(problem('beside tlsClientCaFile'));
    await expect(start({ tlsCertFile: join(folder, 'none') })).rejects.toThrowError(
      expect.objectContaining({ code: 'file_not_found' }),
    );
  });
});
