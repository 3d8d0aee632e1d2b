/** How NATS is reached, and as whom. */
import { readFile } from 'node:fs/promises';
import { type ConnectionOptions, credsAuthenticator } from '@nats-io/transport-node';

/** Of texts an empty one means none. */
export interface NatsAccess {
  /** Servers of one cluster. */
  readonly urls: readonly string[];
  readonly credsFile: string;
  readonly token: string;
  readonly caFile: string;
}

/** @throws Error for credentials that cannot be read */
export async function natsConnectionOptions({
  urls,
  credsFile,
  token,
  caFile,
}: NatsAccess): Promise<ConnectionOptions> {
  const isEncrypted = caFile !== '' || urls.some((url) => url.startsWith('tls://'));
  return {
    servers: [...urls],
    name: 'undertone',
    ...(credsFile !== '' && { authenticator: credsAuthenticator(await readFile(credsFile)) }),
    ...(token !== '' && { token }),
    ...(isEncrypted && { tls: caFile === '' ? {} : { caFile } }),
  };
}
