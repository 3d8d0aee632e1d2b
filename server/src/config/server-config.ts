/** The effective configuration of a server: every setting with a checked value. */
import type { Role } from '@undertone/proto';
import type { Port } from './field.ts';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';

/** What happens to a stream that sends faster than its rate. */
export type RateAction = 'slow' | 'end';

/** `auto`: for callers that need no credentials. */
export type AllowUnknownRole = 'auto' | 'yes' | 'no';

/** `asked`: of streams that ask for them. */
export type Alerts = 'off' | 'asked' | 'on';

/** Of texts and lists an empty one means none. The meaning of each is in `fields.ts`. */
export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly grpcPort: Port;
  readonly console: string;
  readonly adminHost: string;
  readonly adminPort: Port;
  readonly adminToken: string;

  readonly model: readonly string[];
  readonly defaultModel: string;
  readonly canaryModel: string;
  readonly canaryPercent: number;
  readonly shadowModel: string;
  readonly shadowPercent: number;
  readonly workers: number;
  readonly batchWaitMs: number;
  readonly maxBatch: number;
  readonly workerTimeoutMs: number;

  readonly keysFile: string;
  readonly jwtSecret: string;
  readonly jwtPublicKeyFile: string;
  readonly jwtJwksUrl: string;
  readonly jwtIssuer: string;
  readonly jwtAudience: string;
  readonly tokenSecret: string;
  readonly allowOrigin: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly insecureNoAuth: boolean;
  readonly tlsCertFile: string;
  readonly tlsKeyFile: string;
  readonly tlsClientCaFile: string;

  readonly allowRole: readonly Role[];
  readonly allowUnknownRole: AllowUnknownRole;
  readonly requireConsent: boolean;

  readonly alerts: Alerts;
  readonly alertRules: string;

  readonly twilioAuthToken: readonly string[];
  readonly audiohookKey: readonly string[];
  readonly audiohookEvents: boolean;
  readonly publicUrl: string;
  readonly telephonyIdleSeconds: number;

  readonly sinkStdout: boolean;
  readonly sinkFile: string;
  readonly sinkFileMaxBytes: number;
  readonly sinkKeptFiles: number;
  readonly sinkMaxEvents: number;
  readonly tenant: string;
  readonly natsUrl: readonly string[];
  readonly natsCredsFile: string;
  readonly natsToken: string;
  readonly redisUrl: string;
  readonly redisUser: string;
  readonly redisPassword: string;
  readonly redisTlsCaFile: string;
  readonly redisStreamMaxEvents: number;
  readonly redisDuplicateWindowSeconds: number;
  readonly natsTlsCaFile: string;
  readonly natsStream: string;
  readonly natsStreamMaxAgeSeconds: number;
  readonly natsStreamMaxBytes: number;
  readonly natsStreamReplicas: number;
  readonly natsDuplicateWindowSeconds: number;
  readonly webhookUrl: readonly string[];
  readonly webhookSecret: readonly string[];
  readonly webhookTypes: readonly string[];
  readonly webhookTimeoutMs: number;
  readonly webhookGiveUpSeconds: number;
  readonly webhookDeadLetterFile: string;

  readonly archiveRoot: string;
  readonly archiveUrls: readonly string[];
  readonly archiveRecordings: number;
  readonly archiveReadSeconds: number;
  readonly archiveAckWaitSeconds: number;
  readonly archiveMaxDeliveries: number;

  readonly maxSessions: number;
  readonly maxUtilisation: number;
  readonly maxFrameBytes: number;
  readonly maxInboxBytes: number;
  readonly maxPendingMs: number;
  readonly idleTimeoutMs: number;
  readonly maxSessionSeconds: number;
  readonly rateLimit: number;
  readonly rateBurstSeconds: number;
  readonly rateAction: RateAction;
  readonly rateFreeBelowLoad: number;
  readonly interimDropBytes: number;
  readonly slowClientBytes: number;
  readonly pingIntervalMs: number;
  readonly maxAnalyzeBytes: number;
  readonly maxAnalyzeSeconds: number;

  readonly checkpointKey: readonly string[];
  readonly checkpointMs: number;
  readonly checkpointMaxAgeSeconds: number;
  readonly maxUnacknowledged: number;

  readonly drainSeconds: number;
  readonly shutdownGraceMs: number;

  readonly logLevel: LogLevel;
}
