/**
 * The certificate of the server, from files that may change while it runs: new connections get the new certificate, those
 * that are open go on with the one they began with.
 */
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { UndertoneError } from '@undertone/core';
import {
  defaultPollMs,
  type OnReload,
  readSettingFile,
  reload,
  WatchedFiles,
} from '../../auth/watched-file.ts';

/** Empty for none. */
export interface TlsSettings {
  readonly tlsCertFile: string;
  readonly tlsKeyFile: string;
  /** Asks clients for certificates that this authority has signed, and refuses those without. */
  readonly tlsClientCaFile: string;
}

/** What the files hold, in PEM. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

const minVersion = 'TLSv1.2';
const handshakeTimeoutMs = 10_000;

export class TlsFiles {
  readonly #settings: TlsSettings;
  readonly #watched: WatchedFiles;
  readonly #listeners = new Set<(material: TlsMaterial) => void>();
  #material: TlsMaterial;

  private constructor(settings: TlsSettings, onReload: OnReload | undefined, pollMs: number) {
    const { tlsCertFile, tlsKeyFile, tlsClientCaFile } = settings;
    this.#settings = settings;
    const files = [tlsCertFile, tlsKeyFile, tlsClientCaFile].filter(Boolean);
    // Certificate and key are replaced one after the other: between the two they do not fit, and the old ones stay.
    this.#watched = new WatchedFiles(files, pollMs, () =>
      reload('certificate', () => this.prepare(), onReload),
    );
    try {
      this.#material = readMaterial(settings);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * @returns null where no certificate is configured
   * @throws UndertoneError `bad_config`, `file_not_found`
   */
  static open(settings: TlsSettings, onReload?: OnReload, pollMs: number = defaultPollMs): TlsFiles | null {
    const { tlsCertFile, tlsKeyFile, tlsClientCaFile } = settings;
    if (Boolean(tlsCertFile) !== Boolean(tlsKeyFile))
      throw new UndertoneError(
        'bad_config',
        'Expected tlsCertFile and tlsKeyFile together; got one of them.',
      );
    if (tlsClientCaFile && !tlsCertFile)
      throw new UndertoneError('bad_config', 'Expected tlsCertFile and tlsKeyFile beside tlsClientCaFile.');
    return tlsCertFile ? new TlsFiles(settings, onReload, pollMs) : null;
  }

  /** Whether clients must show certificates. */
  get asksClients(): boolean {
    return this.#settings.tlsClientCaFile !== '';
  }

  /**
   * Tells what the files hold, now and whenever that changes.
   * @returns ends it
   */
  follow(take: (material: TlsMaterial) => void): () => void {
    this.#listeners.add(take);
    take(this.#material);
    return () => void this.#listeners.delete(take);
  }

  /** An HTTPS server with this certificate, now and later. */
  createServer(
    handler: (request: IncomingMessage, response: ServerResponse) => void,
    options: ServerOptions = {},
  ): Server {
    const server = createServer(
      {
        ...options,
        requestCert: this.asksClients,
        rejectUnauthorized: this.asksClients,
        handshakeTimeout: handshakeTimeoutMs,
      },
      handler,
    );
    server.once(
      'close',
      this.follow((material) => server.setSecureContext(contextOptions(material))),
    );
    return server;
  }

  /**
   * Reads the files again.
   * @returns takes what was read into effect
   * @throws UndertoneError `bad_config`, `file_not_found`
   */
  prepare(): () => void {
    const material = readMaterial(this.#settings);
    return () => {
      this.#material = material;
      for (const take of this.#listeners) take(material);
    };
  }

  /** Looks at the files no longer. */
  close(): void {
    this.#watched.close();
  }
}

function contextOptions(material: TlsMaterial): SecureContextOptions {
  return { ...material, minVersion };
}

function readMaterial({ tlsCertFile, tlsKeyFile, tlsClientCaFile }: TlsSettings): TlsMaterial {
  const cert = readSettingFile('tlsCertFile', tlsCertFile);
  const key = readSettingFile('tlsKeyFile', tlsKeyFile);
  const material = {
    cert,
    key,
    ...(tlsClientCaFile ? { ca: readSettingFile('tlsClientCaFile', tlsClientCaFile) } : {}),
  };
  let expiry: string;
  try {
    createSecureContext(contextOptions(material));
    expiry = new X509Certificate(cert).validTo;
    if (material.ca !== undefined) new X509Certificate(material.ca);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new UndertoneError(
      'bad_config',
      `Expected tlsCertFile, tlsKeyFile and tlsClientCaFile to be PEM and to fit one another; ${reason}.`,
      { cause },
    );
  }
  if (Date.parse(expiry) <= Date.now())
    throw new UndertoneError(
      'bad_config',
      `Expected tlsCertFile to be valid still; it expired at ${new Date(expiry).toISOString()}.`,
    );
  return material;
}
