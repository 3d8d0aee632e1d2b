/** API keys of Genesys' integrations with their client secrets, as the configuration has them. */
import { UndertoneError } from '@undertone/core';

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * @param pairs `KEY:SECRET`, the secret in base64; an empty one lets requests in that are not signed
 * @returns secrets by key
 * @throws UndertoneError `bad_config`
 */
export function parseAudiohookKeys(pairs: readonly string[]): ReadonlyMap<string, Uint8Array> {
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf(':');
      const secret = pair.slice(at + 1);
      if (at < 1 || !base64.test(secret))
        throw new UndertoneError(
          'bad_config',
          'Expected audiohookKey to be KEY:SECRET with the client secret in base64; got something else.',
        );
      return [pair.slice(0, at), Buffer.from(secret, 'base64')];
    }),
  );
}
