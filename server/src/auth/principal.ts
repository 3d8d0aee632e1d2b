/** Who a caller is and what it may, whatever it proved that with. */
import type { Role } from '@undertone/proto';
import type { TransportName } from '../session/session-services.ts';

export interface Principal {
  /** Counts the streams of one caller. An identity: it belongs into no log line and no metric label. */
  readonly id: string;
  /** True where no credentials are configured, so that everybody is the same caller. */
  readonly anonymous: boolean;
  /** `name` or `name@version`; absent for all. */
  readonly models?: readonly string[];
  /** Roles that may be analysed, out of those that the server analyses; absent for all of them. */
  readonly roles?: readonly Role[];
  /** Streams at a time; absent for no limit of its own. */
  readonly maxSessions?: number;
  /** Whether it may watch the streams of all callers. */
  readonly operator?: boolean;
}

/** What a caller showed, as its door read it. */
export interface Credentials {
  readonly transport: TransportName;
  /** The header `Authorization` as it came. */
  readonly authorization?: string | undefined;
  /** The subprotocols that a WebSocket client offered, in their order. */
  readonly subprotocols?: readonly string[] | undefined;
  /** The request target with its query, where no secret may be. */
  readonly target?: string | undefined;
  /** The header `Origin`, which browsers send and no page can forge. */
  readonly origin?: string | undefined;
  /** The header `Host`. */
  readonly host?: string | undefined;
  /** Address of the connection. */
  readonly address?: string | undefined;
  /** The header `X-Forwarded-For`, which is believed of trusted proxies only. */
  readonly forwardedFor?: string | undefined;
  /** Of a client certificate that TLS has checked: see `certificateName`. */
  readonly certificateName?: string | null;
}

export interface Authenticator {
  /**
   * @throws UndertoneError `unauthorized`, `forbidden` (origin), `bad_parameter` (a secret in the address),
   * `rate_limited` (too many failed attempts), `connection_failed` (the key set of tokens cannot be read)
   */
  authenticate(credentials: Credentials): Promise<Principal>;
  /**
   * Whether a caller that is refused may be told more than an HTTP status: not one that guesses, nor a page of elsewhere, which
   * should not learn what listens here.
   */
  mayBeTold(credentials: Credentials): boolean;
}

/** What a principal may at most. */
export type Limits = Pick<Principal, 'models' | 'roles' | 'maxSessions' | 'operator'>;

const narrowest = <T>(a: readonly T[] | undefined, b: readonly T[] | undefined): readonly T[] | undefined =>
  a && b ? a.filter((item) => b.includes(item)) : (a ?? b);

/** The limits that hold when both do. */
export function bothLimits(a: Limits, b: Limits): Limits {
  const models = narrowest(a.models, b.models);
  const roles = narrowest(a.roles, b.roles);
  const counts = [a.maxSessions, b.maxSessions].filter((count) => count !== undefined);
  return {
    ...(models ? { models } : {}),
    ...(roles ? { roles } : {}),
    ...(counts.length > 0 ? { maxSessions: Math.min(...counts) } : {}),
    ...(a.operator && b.operator ? { operator: true } : {}),
  };
}
