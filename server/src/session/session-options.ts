/** What a stream is made of. */
import type { StreamConfig } from '@undertone/proto';
import type { ServedModel } from '../inference/served-models.ts';
import type { StreamTrace } from '../observability/trace-context.ts';
import type { CheckpointContent } from './checkpoint-content.ts';
import type { CheckpointSeal } from './checkpoint-seal.ts';
import type { SessionServices, SessionTransport } from './session-services.ts';
import type { StreamView } from './stream-view.ts';

/** A stream that was elsewhere before. */
export interface RestoredStream {
  readonly content: CheckpointContent;
  /** Events that the client has, by channel. */
  readonly ordinals: readonly number[];
}

export interface SessionOptions {
  readonly id: string;
  readonly config: StreamConfig;
  readonly model: ServedModel;
  /** Hears the stream too and is compared; null for none. */
  readonly shadow: ServedModel | null;
  /** Whose stream it is; goes into its checkpoints and nowhere else. */
  readonly principalId: string;
  readonly trace: StreamTrace;
  readonly services: SessionServices;
  readonly transport: SessionTransport;
  /** Learns what those see that watch the server. */
  readonly view: StreamView;
  readonly seal: CheckpointSeal;
  readonly restored?: RestoredStream;
  readonly loadRatio: () => number;
  /** @throws UndertoneError for roles that may not be heard */
  readonly checkRoles: (config: StreamConfig) => void;
  /** Called once, when nothing more happens. */
  readonly onClosed: () => void;
}
