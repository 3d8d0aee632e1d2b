/** The recogniser of a browser. To be replaced by the one in a Web Worker. */
import { UndertoneError } from '@undertone/core';
import type { EmotionEngine, EngineHandlers } from '../../client/emotion-engine.ts';
import type { LocalOptions } from '../../client/local-options.ts';

export function openLocal(_options: LocalOptions, handlers: EngineHandlers): EmotionEngine {
  const error = new UndertoneError(
    'internal',
    'Expected the recogniser of browsers; this build has none yet.',
  );
  queueMicrotask(() => handlers.onEnd(error));
  return { sendAudio: async () => {}, sendMessage: async () => {}, terminate: () => {} };
}
