/** From what a client asks for to what it may have. */
import { analysedChannels, type StreamConfig, type StreamQuery } from '@undertone/proto';
import type { Lease } from '../admission/capacity-gate.ts';
import type { Principal } from '../auth/principal.ts';
import type { ServedModel } from '../inference/served-models.ts';
import type { StreamTrace } from '../observability/trace-context.ts';
import type { TransportName } from './session-services.ts';

/** What a client asked for. */
export interface StreamRequest {
  readonly transport: TransportName;
  readonly query: StreamQuery;
  readonly principal: Principal;
  /** The header of W3C Trace Context, as it came. */
  readonly traceparent?: string | readonly string[] | undefined;
}

/** A stream that may be opened. */
export interface Admission {
  /** Of the session, unless what is heard has one already. */
  readonly id: string;
  readonly config: StreamConfig;
  readonly model: ServedModel;
  readonly principal: Principal;
  readonly trace: StreamTrace;
  /** Whether the stream continues another, from the checkpoint in its first message. */
  readonly isResumed: boolean;
  /** Its place; whoever does not open it gives it back. */
  readonly lease: Lease;
}

/** Places that a stream takes: one for each channel that is analysed, at least one. */
export function placesOf(config: Pick<StreamConfig, 'channel_roles' | 'analyze'>): number {
  return Math.max(1, analysedChannels(config).filter(Boolean).length);
}
