/** From the options of a `Recognizer` to the engine that recognises. */
import { UndertoneError } from '@undertone/core';
import { buildStreamQuery, type StreamQuery } from '@undertone/proto';
import type { EmotionEngine, EngineHandlers } from './emotion-engine.ts';
import { modeOf, type RecognizerOptions, serverUrls } from './recognizer-options.ts';
import { frameBytes, maxKeptBytesOf, toReconnectSettings } from './reconnect-options.ts';
import { ServerEngine, type ServerEngineHandlers } from './server-engine.ts';
import { toStreamQuery } from './stream-query.ts';
import { toStreamUrl } from './stream-url.ts';

/** Twice the audio between two checkpoints. */
const silentSeconds = 10;

/**
 * @param query the configuration in full
 * @throws UndertoneError `bad_parameter`
 */
export function openServer(
  options: RecognizerOptions,
  query: StreamQuery,
  handlers: ServerEngineHandlers,
): EmotionEngine {
  const bytesPerSample = frameBytes(query.encoding, query.channels);
  const bytesPerSecond = bytesPerSample * query.sample_rate;
  const { model, reconnect = true } = options;
  const parameters = buildStreamQuery({
    ...toStreamQuery(options),
    ...(typeof model === 'string' ? { model } : {}),
    ...(reconnect === false ? {} : { checkpoints: true }),
  });
  return new ServerEngine(
    {
      ...options,
      urls: serverUrls(options).map((url) => toStreamUrl(url, parameters)),
      reconnect: toReconnectSettings(reconnect),
      bytesPerSample,
      maxKeptBytes: maxKeptBytesOf(reconnect, bytesPerSecond),
      silentBytes: silentSeconds * bytesPerSecond,
    },
    handlers,
  );
}

/**
 * The recogniser of this device is fetched when it is needed: who streams to a server never loads it.
 * @throws UndertoneError `file_not_found` when it cannot be
 */
export async function openLocalEngine(
  options: RecognizerOptions,
  query: StreamQuery,
  handlers: EngineHandlers,
): Promise<EmotionEngine> {
  const model = options.localModel ?? (modeOf(options) === 'local' ? options.model : undefined);
  const { openLocal } = await localModule();
  const { assetBase, adaptation } = options;
  return openLocal(
    {
      query,
      ...(model === undefined ? {} : { model }),
      ...(assetBase === undefined ? {} : { assetBase }),
      ...(adaptation === undefined ? {} : { adaptation }),
    },
    handlers,
  );
}

async function localModule(): Promise<typeof import('#local')> {
  try {
    return await import('#local');
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    const message = `Expected the module of the local recogniser to load; got: ${found}`;
    throw new UndertoneError('file_not_found', message, { cause });
  }
}
