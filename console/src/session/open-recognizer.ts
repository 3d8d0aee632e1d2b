/** A recogniser of the SDK, as the settings of the page ask for it. */
import { Recognizer } from '@undertone/client-sdk';
import type { AudioFormat } from '@undertone/client-sdk/browser';
import type { Place } from '../model/place.ts';
import type { Settings } from './settings.ts';

/** The server that serves the page, whatever path it is served at. */
export function streamUrl(base: string): string {
  const url = new URL('v1/stream', base);
  url.protocol = url.protocol.replace('http', 'ws');
  return url.href;
}

export function openRecognizer(
  place: Place,
  settings: Settings,
  format: AudioFormat,
  signal: AbortSignal,
): Recognizer {
  const { speaker, agentPurpose, secret, fallBack, deviceModel, intervalMs, windowMs, endpointingMs } =
    settings;
  const isCall = format.channels === 2;
  const analyze = isCall && agentPurpose !== '' ? (['customer', 'agent'] as const) : undefined;
  return new Recognizer({
    ...format,
    mode: place === 'device' ? 'local' : fallBack ? 'auto' : 'server',
    channelRoles: isCall ? ['customer', 'agent'] : [speaker],
    ...(analyze ? { analyze, purpose: agentPurpose || 'personal_training' } : {}),
    intervalMs,
    windowMs,
    endpointingMs,
    signal,
    ...(place === 'device' ? { model: deviceModel } : { localModel: deviceModel }),
    ...(place === 'server' ? { url: streamUrl(document.baseURI) } : {}),
    ...(place === 'server' && secret !== '' ? { token: secret } : {}),
  });
}
