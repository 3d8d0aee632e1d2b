import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { Client, credentials, Server } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Certificate, makeCertificate } from '../../../../test/support/certificate.ts';
import { grpcCredentials } from './grpc-credentials.ts';
import { TlsFiles } from './tls-files.ts';

const authority = makeCertificate('authority');
const path = '/test.Echo/Echo';
const bytes = (value: Buffer): Buffer => value;
const echo = {
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
} as const;

let folder: string;
let files: { tlsCertFile: string; tlsKeyFile: string; tlsClientCaFile: string };
let tls: TlsFiles | null = null;
let server: Server;
const clients: Client[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undertone-grpc-tls-'));
  files = {
    tlsCertFile: join(folder, 'cert.pem'),
    tlsKeyFile: join(folder, 'key.pem'),
    tlsClientCaFile: '',
  };
});
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  server.forceShutdown();
  tls?.close();
  rmSync(folder, { recursive: true });
});

function write({ cert, key }: Certificate): void {
  writeFileSync(files.tlsCertFile, cert);
  writeFileSync(files.tlsKeyFile, key);
}

async function start(): Promise<number> {
  tls = TlsFiles.open(files);
  server = new Server();
  server.addService({ echo }, {
    echo: (call: { request: Buffer }, answer: (error: null, value: Buffer) => void) =>
      answer(null, call.request),
  } as never);
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpcCredentials(tls), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}

function client(port: number, own?: Certificate): Client {
  const [key, cert] = own ? [Buffer.from(own.key), Buffer.from(own.cert)] : [null, null];
  const made = new Client(
    `localhost:${port}`,
    credentials.createSsl(Buffer.from(authority.cert), key, cert),
    { 'grpc.use_local_subchannel_pool': 1 },
  );
  clients.push(made);
  return made;
}

function call(through: Client): Promise<string> {
  return new Promise((resolve, reject) => {
    const deadline = Date.now() + 20_000;
    through.makeUnaryRequest(path, bytes, bytes, Buffer.from('hello'), { deadline }, (error, value) =>
      error ? reject(error) : resolve(String(value)),
    );
  });
}

function shownName(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', ca: authority.cert, servername: 'localhost' };
    const socket = connect({ ...options, ALPNProtocols: ['h2'] }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

test('gRPC shows the certificate, and a new one to new connections while the old ones go on', async () => {
  write(makeCertificate('one', { issuer: authority }));
  const port = await start();
  const first = client(port);
  expect(await call(first)).toBe('hello');
  expect(await shownName(port)).toBe('one');
  write(makeCertificate('two', { issuer: authority }));
  tls!.prepare()();
  // It hears of it a moment later.
  await new Promise((resolve) => setImmediate(resolve));
  expect(await shownName(port)).toBe('two');
  expect(await call(first)).toBe('hello');
  expect(await call(client(port))).toBe('hello');
});

test('where clients must show certificates, gRPC refuses those without', async () => {
  write(makeCertificate('one', { issuer: authority }));
  const issuer = makeCertificate('clients');
  files.tlsClientCaFile = join(folder, 'clients.pem');
  writeFileSync(files.tlsClientCaFile, issuer.cert);
  const port = await start();
  expect(await call(client(port, makeCertificate('client', { issuer })))).toBe('hello');
  await expect(call(client(port))).rejects.toThrowError(/UNAVAILABLE/);
  const stranger = makeCertificate('stranger', { issuer: authority });
  await expect(call(client(port, stranger))).rejects.toThrowError(/UNAVAILABLE/);
});

test('without a certificate gRPC speaks in the clear', async () => {
  files = { tlsCertFile: '', tlsKeyFile: '', tlsClientCaFile: '' };
  const port = await start();
  const plain = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  clients.push(plain);
  expect(await call(plain)).toBe('hello');
});
