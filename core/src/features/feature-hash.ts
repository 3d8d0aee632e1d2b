/** The identity of a feature configuration together with the code that computes it. */
import { UndertoneError } from '../errors.ts';
import { type FeatureConfig, featureCodeVersion } from './feature-config.ts';

/** The part of Web Crypto and of the Encoding standard that is used; browsers and Node have both. */
interface HashGlobals {
  readonly crypto?: {
    readonly subtle?: { digest(algorithm: string, data: Uint8Array): Promise<ArrayBuffer> };
  };
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
}

/** JSON with the keys of every object in code-point order, so that equal configurations give equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/**
 * SHA-256, 64 lower-case hex digits, of the configuration and `featureCodeVersion`. Throws `internal` where Web Crypto
 * is missing, as in a page that is not served from a secure origin.
 */
export async function featureHash(config: FeatureConfig): Promise<string> {
  const { crypto, TextEncoder } = globalThis as unknown as HashGlobals;
  if (crypto?.subtle === undefined) {
    throw new UndertoneError(
      'internal',
      'the feature hash needs Web Crypto (crypto.subtle), which this runtime lacks',
    );
  }
  const text = canonicalJson({ config, featureCodeVersion });
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
