/** What is read, from where, and who is told what befalls it. */
import { UndertoneError } from '@undertone/core';

/** How NATS is reached; the settings of a server have the same names. */
export interface FeedConnection {
  /** Servers of one cluster, such as `nats://127.0.0.1:4222`. */
  readonly natsUrl: readonly string[];
  /** Credentials of a NATS user, as `nsc` writes them. */
  readonly natsCredsFile?: string;
  readonly natsToken?: string;
  /** Certificates (PEM) of the authority that signs that of NATS. */
  readonly natsTlsCaFile?: string;
  /** Stream of JetStream; found by its subjects where it is absent. */
  readonly natsStream?: string;
  /** Whose calls; `default` if absent. */
  readonly tenant?: string;
}

export interface FeedOptions extends FeedConnection {
  /**
   * `now` for what comes from here on, `all` for all that is kept, or a time from which on. With the last two, what is kept
   * comes first and in order. `now` if absent.
   */
  readonly from?: 'now' | 'all' | Date;
  /** Whether it goes on after what is kept; true if absent. */
  readonly follow?: boolean;
  /** Whether interim results and the like come as well, which nothing keeps; true if absent, and false without `follow`. */
  readonly interim?: boolean;
  /** Of one call. */
  readonly session?: string;
  /** Messages of these types, such as `Emotion`; all if absent. */
  readonly types?: readonly string[];
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** An event is left out because it is malformed. */
  readonly onMalformed?: (problem: string, subject: string) => void;
  /** NATS is gone, or back: nothing that is kept is lost. */
  readonly onState?: (state: FeedState) => void;
}

export type FeedState = 'connected' | 'lost';

export interface FeedCounts {
  /** Events that came. */
  readonly events: number;
  /** Left out because they came before. */
  readonly doubles: number;
  /** Left out because they are no events. */
  readonly malformed: number;
  /** Of the moment, left out because the reader is behind. */
  readonly dropped: number;
}

/** @throws UndertoneError `bad_parameter` */
export function checkFeedOptions({ natsUrl, tenant, from, follow, natsStream }: FeedOptions): void {
  const refuse = (expected: string, got: string): never => {
    throw new UndertoneError('bad_parameter', `Expected ${expected}; got ${got}.`);
  };
  if (natsUrl.length === 0)
    refuse(
      'the address of NATS (natsUrl, --nats-url, UNDERTONE_NATS_URL), such as nats://127.0.0.1:4222',
      'none',
    );
  for (const url of natsUrl)
    if (!/^((nats|tls):\/\/)?[^/\s@]+$/.test(url))
      refuse(
        'natsUrl to be nats://HOST:PORT or tls://HOST:PORT, without credentials in it',
        `"${withoutSecret(url)}"`,
      );
  if (tenant !== undefined && !/^[\w-]{1,64}$/.test(tenant))
    refuse('tenant to be 1 to 64 letters, digits, `_` and `-`', `"${tenant.slice(0, 80)}"`);
  if (natsStream !== undefined && !/^[^\s.*>/\\]{1,255}$/.test(natsStream))
    refuse('natsStream to be the name of a stream', `"${natsStream.slice(0, 80)}"`);
  if (from instanceof Date && Number.isNaN(from.getTime())) refuse('from to be a time', 'one that is none');
  if (follow === false && (from ?? 'now') === 'now')
    refuse('from to be all or a time where follow is false', 'now');
}

function withoutSecret(url: string): string {
  return url.replace(/[^/]*@/, '***@').slice(0, 100);
}
