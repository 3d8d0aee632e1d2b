/** Settings of sinks that are texts of their kind and still cannot work. */
import { webhookKey } from '../sink/webhook/webhook-signature.ts';
import { isLoopback } from './loopback.ts';
import type { Problems } from './problems.ts';
import type { ServerConfig } from './server-config.ts';

/** What can stand in a subject of NATS. */
const subjectToken = /^[\w-]{1,64}$/;

export function addSinkContradictions(config: ServerConfig, problems: Problems): void {
  addNats(config, problems);
  addRedis(config, problems);
  addWebhooks(config, problems);
}

function addNats(config: ServerConfig, problems: Problems): void {
  const { tenant, natsUrl, natsCredsFile, natsToken, natsTlsCaFile, natsStream } = config;
  if (!subjectToken.test(tenant))
    problems.add(`Expected tenant to be 1 to 64 letters, digits, _ and -; got "${tenant.slice(0, 100)}".`);
  if (natsStream !== '' && !subjectToken.test(natsStream))
    problems.add(
      `Expected natsStream to be 1 to 64 letters, digits, _ and -; got "${natsStream.slice(0, 100)}".`,
    );
  // Addresses are not repeated: they could hold a password.
  if (!natsUrl.every(isNatsAddress))
    problems.add(
      'Expected each natsUrl to be nats://HOST:PORT or tls://HOST:PORT without user and password, which natsCredsFile or natsToken have.',
    );
  if (natsCredsFile !== '' && natsToken !== '')
    problems.add('Expected either natsCredsFile or natsToken; got both.');
  if (natsUrl.length === 0 && (natsCredsFile || natsToken || natsTlsCaFile || natsStream))
    problems.add('Expected natsUrl beside other settings of NATS; got none.');
}

function isNatsAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(text);
  const rest = username + password + search + hash;
  return /^(nats|tls):$/.test(protocol) && hostname !== '' && rest === '' && /^\/?$/.test(pathname);
}

function addRedis(
  { redisUrl, redisUser, redisPassword, redisTlsCaFile }: ServerConfig,
  problems: Problems,
): void {
  if (redisUrl !== '' && !isRedisAddress(redisUrl))
    problems.add(
      'Expected redisUrl to be redis://HOST:PORT/DATABASE or rediss://HOST:PORT/DATABASE without user and password, which redisUser and redisPassword have.',
    );
  if (redisUrl === '' && (redisUser || redisPassword || redisTlsCaFile))
    problems.add('Expected redisUrl beside other settings of Redis; got none.');
}

function isRedisAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(text);
  const rest = username + password + search + hash;
  return /^rediss?:$/.test(protocol) && hostname !== '' && rest === '' && /^(\/\d*)?$/.test(pathname);
}

function addWebhooks(config: ServerConfig, problems: Problems): void {
  const { webhookUrl, webhookSecret, webhookDeadLetterFile, sinkFile } = config;
  // Paths and queries often hold something secret.
  if (!webhookUrl.every(isWebhookAddress))
    problems.add(
      'Expected each webhookUrl to be https://HOST/PATH, or http:// on this machine, without user and password.',
    );
  if (webhookUrl.length > 0 && webhookSecret.length === 0)
    problems.add('Expected webhookSecret beside webhookUrl, by which receivers know the server; got none.');
  if (!webhookSecret.every((secret) => webhookKey(secret) !== null))
    problems.add(
      'Expected each webhookSecret to be whsec_ and 24 to 64 bytes in base64; got something else.',
    );
  if (webhookUrl.length === 0 && (webhookSecret.length > 0 || webhookDeadLetterFile !== ''))
    problems.add('Expected webhookUrl beside other settings of webhooks; got none.');
  if (webhookDeadLetterFile !== '' && webhookDeadLetterFile === sinkFile)
    problems.add('Expected webhookDeadLetterFile and sinkFile to be two files; got one.');
}

function isWebhookAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username + password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}
