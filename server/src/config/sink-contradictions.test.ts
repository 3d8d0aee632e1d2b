import { expect, test } from 'vitest';
import { resolveConfig } from './resolve-config.ts';
import type { ServerConfig } from './server-config.ts';

const webhookSecret = [`whsec_${Buffer.alloc(24, 1).toString('base64')}`];
const natsUrl = ['nats://127.0.0.1:4222'];

test.each<[Partial<ServerConfig>, string]>([
  [{ tenant: 'a.b' }, 'Expected tenant to be'],
  [{ natsUrl: ['localhost:4222'] }, 'Expected each natsUrl to be'],
  [{ natsUrl: ['http://localhost'] }, 'Expected each natsUrl to be'],
  [{ natsUrl: ['nats://user:hunter2@localhost'] }, 'Expected each natsUrl to be'],
  [{ natsUrl, natsStream: 'a b' }, 'Expected natsStream to be'],
  [{ natsUrl, natsToken: 'x', natsCredsFile: 'y' }, 'Expected either natsCredsFile or natsToken'],
  [{ natsToken: 'x' }, 'Expected natsUrl beside'],
  [{ redisUrl: 'redis://me:secret@127.0.0.1' }, 'Expected redisUrl to be redis://'],
  [{ redisPassword: 'x' }, 'Expected redisUrl beside'],
  [{ webhookUrl: ['http://example.com/hook'], webhookSecret }, 'Expected each webhookUrl to be https'],
  [{ webhookUrl: ['https://user:hunter2@example.com'], webhookSecret }, 'Expected each webhookUrl'],
  [{ webhookUrl: ['example.com'], webhookSecret }, 'Expected each webhookUrl'],
  [{ webhookUrl: ['https://example.com'] }, 'Expected webhookSecret beside webhookUrl'],
  [{ webhookUrl: ['https://example.com'], webhookSecret: ['hunter2'] }, 'Expected each webhookSecret'],
  [{ webhookSecret }, 'Expected webhookUrl beside'],
  [{ webhookUrl: ['https://example.com'], webhookSecret, webhookTypes: ['emotions'] }, 'webhookTypes'],
  [
    { webhookUrl: ['https://a.example'], webhookSecret, webhookDeadLetterFile: 'x', sinkFile: 'x' },
    'to be two files',
  ],
])('%j is refused, and nothing secret repeated', (settings, message) => {
  expect(() => resolveConfig(settings)).toThrow(message);
  try {
    resolveConfig(settings);
  } catch (error) {
    expect(String(error)).not.toContain('hunter2');
  }
});

test('addresses as they should be are taken', () => {
  const settings = {
    natsUrl: ['nats://127.0.0.1:4222', 'tls://nats.example.com:4222', 'nats://[::1]:4222'],
    webhookUrl: [
      'https://example.com/a?b=c',
      'http://127.0.0.1:8000/hook',
      'http://localhost/',
      'http://[::1]/',
    ],
    webhookSecret,
  };
  expect(resolveConfig(settings)).toMatchObject(settings);
});

test('webhooks may get alerts alone', () => {
  const settings = { webhookUrl: ['https://example.com'], webhookSecret, webhookTypes: ['alert'] };
  expect(resolveConfig(settings)).toMatchObject(settings);
});
