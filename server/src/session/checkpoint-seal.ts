/**
 * Seals checkpoints, so that a client can carry one to another server and can neither read nor change it: AES-256-GCM
 * (NIST SP 800-38D). Servers that share a key open one another's; the first key seals, all of them open, so keys can be
 * changed one server at a time.
 *
 * Bytes: version, key id (4), salt (16), nonce (12), ciphertext, tag (16). The key of a process is derived from the
 * shared one and its salt (HKDF, RFC 5869), so that random nonces of many servers do not add up under one key.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { UndertoneError } from '@undertone/core';
import { type CheckpointContent, decodeCheckpoint, encodeCheckpoint } from './checkpoint-content.ts';

const version = 1;
const keyBytes = 32;
const keyIdBytes = 4;
const saltBytes = 16;
const nonceBytes = 12;
const tagBytes = 16;
const saltAt = 1 + keyIdBytes;
const nonceAt = saltAt + saltBytes;
const headerBytes = nonceAt + nonceBytes;
/** Larger ones are refused unopened. */
const maxSealedBytes = 2_097_152;
/** Clocks of servers differ. */
const futureToleranceMs = 300_000;
const purpose = 'undertone.v1 checkpoint';

interface Key {
  readonly id: Buffer;
  readonly secret: Uint8Array;
}

/** @throws UndertoneError `bad_config` for a key that is not 32 bytes in base64url */
export function parseCheckpointKeys(texts: readonly string[]): readonly Uint8Array[] {
  return texts.map((text, i) => {
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length === keyBytes && bytes.toString('base64url') === text.replace(/=+$/, '')) return bytes;
    const message = `Expected checkpointKey to be ${keyBytes} bytes in base64url; number ${i + 1} is not.`;
    throw new UndertoneError('bad_config', message);
  });
}

export interface SealOptions {
  /** 32 bytes each; without any, one that nobody else has. */
  readonly keys: readonly Uint8Array[];
  readonly maxAgeSeconds: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export class CheckpointSeal {
  readonly #keys: readonly Key[];
  readonly #salt = randomBytes(saltBytes);
  readonly #sealingKey: Uint8Array;
  readonly #maxAgeMs: number;
  readonly #now: () => number;

  constructor({ keys, maxAgeSeconds, now = Date.now }: SealOptions) {
    this.#keys = (keys.length > 0 ? keys : [randomBytes(keyBytes)]).map((secret) => ({
      secret,
      id: createHash('sha256').update(purpose).update(secret).digest().subarray(0, keyIdBytes),
    }));
    this.#sealingKey = derive(this.#keys[0]!.secret, this.#salt);
    this.#maxAgeMs = maxAgeSeconds * 1000;
    this.#now = now;
  }

  /** base64url */
  seal(content: Omit<CheckpointContent, 'issuedAtMs'>): string {
    const nonce = randomBytes(nonceBytes);
    const header = Buffer.concat([Buffer.of(version), this.#keys[0]!.id, this.#salt, nonce]);
    const cipher = createCipheriv('aes-256-gcm', this.#sealingKey, nonce).setAAD(authenticated(header));
    const plain = encodeCheckpoint({ ...content, issuedAtMs: this.#now() });
    const sealed = Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return sealed.toString('base64url');
  }

  /** @throws UndertoneError `bad_checkpoint` for one that is damaged, expired, or sealed by others */
  open(text: string): CheckpointContent {
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length < headerBytes + tagBytes || bytes.length > maxSealedBytes) {
      throw refused(`Expected ${headerBytes + tagBytes} to ${maxSealedBytes} bytes; got ${bytes.length}.`);
    }
    if (bytes[0] !== version) throw refused(`Expected a checkpoint of version ${version}; got ${bytes[0]}.`);
    const id = bytes.subarray(1, saltAt);
    const key = this.#keys.find((candidate) => candidate.id.equals(id));
    if (!key) throw refused('Expected a checkpoint that was sealed with a key of this server; got another.');
    const content = decodeCheckpoint(decrypt(bytes, key));
    const ageMs = this.#now() - content.issuedAtMs;
    if (ageMs <= this.#maxAgeMs && ageMs >= -futureToleranceMs) return content;
    const limit = `${this.#maxAgeMs / 1000} s`;
    throw refused(
      `Expected a checkpoint of at most ${limit}; it was made ${Math.round(ageMs / 1000)} s ago.`,
    );
  }
}

function derive(secret: Uint8Array, salt: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, purpose, keyBytes));
}

function authenticated(header: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(purpose), header]);
}

function decrypt(bytes: Buffer, { secret }: Key): Uint8Array {
  const header = bytes.subarray(0, headerBytes);
  const key = derive(secret, bytes.subarray(saltAt, nonceAt));
  const nonce = bytes.subarray(nonceAt, headerBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(authenticated(header)).setAuthTag(bytes.subarray(bytes.length - tagBytes));
  try {
    return Buffer.concat([
      decipher.update(bytes.subarray(headerBytes, bytes.length - tagBytes)),
      decipher.final(),
    ]);
  } catch (cause) {
    throw refused('Expected a checkpoint as it was given; it was changed.', cause);
  }
}

function refused(message: string, cause?: unknown): UndertoneError {
  return new UndertoneError('bad_checkpoint', message, { cause });
}
