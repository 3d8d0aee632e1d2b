/**
 * Whether a connection was signed by whoever has the secret: HTTP Message Signatures (RFC 9421, HMAC-SHA256) over the request
 * target, the host and the headers of AudioHook.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type InnerList, parseDictionary, serializeInnerList } from 'structured-headers';

export interface SignedRequest {
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** Names by which this server is known; the client signed one of them. */
  readonly authorities: readonly string[];
}

export interface SignatureRules {
  /** The secret of an API key; empty where its requests need no signature. */
  readonly secretOf: (apiKey: string) => Uint8Array | undefined;
  /** Seconds since 1970. */
  readonly nowSeconds: number;
  /** Whether this nonce was not seen before. */
  readonly isNew: (nonce: string, untilSeconds: number) => boolean;
}

const covered = [
  '@request-target',
  '@authority',
  'audiohook-organization-id',
  'audiohook-session-id',
  'audiohook-correlation-id',
  'x-api-key',
];
const maxAgeSeconds = 10;
const maxSkewSeconds = 3;
const minNonceCharacters = 22;

/** @returns null for a request that is genuine, else what is wrong with it, for the log */
export function whyNotGenuine(request: SignedRequest, rules: SignatureRules): string | null {
  const { headers } = request;
  const apiKey = text(headers['x-api-key']);
  if (apiKey === null) return 'no X-API-KEY';
  const secret = rules.secretOf(apiKey);
  const input = text(headers['signature-input']);
  const signature = text(headers.signature);
  if (input === null && signature === null && secret?.length === 0) return null;
  if (input === null || signature === null) return 'not signed';
  let list: InnerList;
  let bytes: ArrayBuffer;
  try {
    [list, bytes] = readFields(input, signature);
  } catch (error) {
    return error instanceof Error ? error.message : 'malformed signature';
  }
  const [components, parameters] = list;
  const names = components.map(([name]) => name);
  const missing = covered.find((name) => !names.includes(name));
  if (missing !== undefined) return `${missing} is not signed`;
  const values = new Map<string, string>([['@request-target', request.target]]);
  for (const name of names) {
    if (typeof name !== 'string') return 'malformed component';
    if (name.startsWith('@')) continue;
    const value = text(headers[name]);
    if (value === null) return `${name} is missing`;
    values.set(name, value);
  }
  // An unknown key takes as long as a known one.
  const key = secret ?? randomBytes(32);
  const isSigned = request.authorities.some((authority) => {
    const expected = createHmac('sha256', key)
      .update(signatureBase(list, values.set('@authority', authority)))
      .digest();
    return expected.length === bytes.byteLength && timingSafeEqual(expected, new Uint8Array(bytes));
  });
  if (!isSigned || secret === undefined || secret.length === 0) return 'another signature or key';
  return whyNotNow(apiKey, parameters, rules);
}

/** The parameters are written anew rather than copied: what a parser passes over must not pass unsigned. */
function signatureBase(list: InnerList, values: ReadonlyMap<string, string>): string {
  const lines = list[0].map(([name]) => `"${String(name)}": ${values.get(String(name)) ?? ''}`);
  return [...lines, `"@signature-params": ${serializeInnerList(list)}`].join('\n');
}

function whyNotNow(apiKey: string, parameters: InnerList[1], rules: SignatureRules): string | null {
  const [alg, keyid, nonce, created, expires] = ['alg', 'keyid', 'nonce', 'created', 'expires'].map((name) =>
    parameters.get(name),
  );
  const { nowSeconds } = rules;
  if (alg !== undefined && alg !== 'hmac-sha256') return 'another algorithm than hmac-sha256';
  if (keyid !== apiKey) return 'keyid is not X-API-KEY';
  if (typeof created !== 'number' || created > nowSeconds + maxSkewSeconds) return 'created in the future';
  const until = Math.min(
    created + maxAgeSeconds,
    typeof expires === 'number' ? expires : Number.POSITIVE_INFINITY,
  );
  if (until < nowSeconds) return 'expired';
  if (typeof nonce !== 'string' || nonce.length < minNonceCharacters) return 'nonce too short';
  return rules.isNew(nonce, until + maxSkewSeconds) ? null : 'signature used before';
}

/** @throws Error */
function readFields(input: string, signature: string): [InnerList, ArrayBuffer] {
  const [entry] = parseDictionary(input);
  if (!entry) throw new Error('no signature in Signature-Input');
  const [label, list] = entry;
  const [value] = parseDictionary(signature).get(label) ?? [];
  if (!Array.isArray(list[0])) throw new Error('Signature-Input is no list');
  if (!(value instanceof ArrayBuffer)) throw new Error(`Signature has no bytes for ${label}`);
  return [list as InnerList, value];
}

function text(value: string | readonly string[] | undefined): string | null {
  return typeof value === 'string' ? value.trim() : null;
}
