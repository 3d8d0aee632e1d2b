/**
 * Every setting of the server, once. The environment variables, the flags, the file, `--help`, `--print-config` and
 * `docs/configuration.md` are views of this list. `ServerConfig` has its types.
 */
import {
  boolean,
  type GroupedField,
  group,
  integer,
  number,
  optionalFile,
  optionalText,
  port,
  reloadable,
  secret,
  secrets,
  text,
} from './field.ts';
import type { ServerConfig } from './server-config.ts';

export type { LogLevel, ServerConfig } from './server-config.ts';

export const configFields: { readonly [K in keyof ServerConfig]: GroupedField } = {
  ...group('Listening', {
    host: text(
      '127.0.0.1',
      'Address to listen on for WebSocket, HTTP and gRPC. Any other than this machine’s own needs credentials, or insecureNoAuth.',
    ),
    port: integer(8080, 0, 65535, 'Port of WebSocket and HTTP; 0 takes a free one.'),
    grpcPort: port('off', 'Port of gRPC, such as 50051; 0 takes a free one.'),
    console: text(
      'auto',
      'The page at `/`: auto serves that of the package @undertone/console where it is built, off none; else the folder of a page.',
    ),
    adminHost: text(
      '127.0.0.1',
      'Address of the admin listener (metrics, health, profiles). Any other than this machine’s own needs adminToken.',
    ),
    adminPort: port('off', 'Port of the admin listener, such as 9464; 0 takes a free one.'),
    adminToken: reloadable(
      secret(
        'What callers of the admin listener must show as bearer token; none lets all callers on this machine in.',
      ),
    ),
  }),

  ...group('Models and work', {
    model: {
      kind: 'list',
      default: ['models/default'],
      meaning:
        'Folders of the models, of any kind; streams without a wish get the first. The default is the one that ships with Undertone.',
    },
    defaultModel: reloadable(
      optionalText(
        'Which of the models streams without a wish get, as `name@version`, or `name` for its highest version; none is the first.',
      ),
    ),
    canaryModel: reloadable(
      optionalText(
        'Which of the models is on trial and gets canaryPercent of the new streams without a wish.',
      ),
    ),
    canaryPercent: reloadable(
      number(
        0,
        0,
        100,
        'Share of the new streams without a wish that get canaryModel; the others get the default.',
      ),
    ),
    shadowModel: reloadable(
      optionalText(
        'Which of the models hears shadowPercent of the new streams too, and is compared; nobody gets its results.',
      ),
    ),
    shadowPercent: reloadable(
      number(
        0,
        0,
        100,
        'Share of the new streams that shadowModel hears too, as long as there is little load.',
      ),
    ),
    workers: integer(0, 0, 256, 'Threads that recognise; 0 is one for each core.'),
    batchWaitMs: integer(
      20,
      0,
      100,
      'Longest time that frames wait for those of other streams, so that the model runs once for all of them; where few streams are open they do not wait.',
    ),
    maxBatch: integer(32, 1, 256, 'Most channels in one call of the model.'),
    workerTimeoutMs: integer(
      5000,
      500,
      60_000,
      'Time without an answer from a recognition thread that has work, after which it is replaced.',
    ),
  }),

  ...group('Who may enter', {
    keysFile: optionalFile('JSON file of the API keys, as `undertone-server keys create` writes it.'),
    jwtSecret: reloadable(secret('Secret of JSON web tokens signed with HS256.')),
    jwtPublicKeyFile: optionalFile('Public key (PEM) of JSON web tokens signed with RS256 or ES256.'),
    jwtJwksUrl: optionalText('Address of the key set (JWKS) of JSON web tokens, https:// or file://.'),
    jwtIssuer: reloadable(optionalText('Issuer that JSON web tokens must name.')),
    jwtAudience: reloadable(
      optionalText('Audience that JSON web tokens must name; needed beside jwtPublicKeyFile and jwtJwksUrl.'),
    ),
    tokenSecret: reloadable(
      secret(
        'Secret of the short-lived tokens that this server gives to browsers; none takes one that lasts as long as the process. Servers that share their clients share it.',
      ),
    ),
    allowOrigin: reloadable({
      kind: 'list',
      default: [],
      isOptional: true,
      meaning:
        'Web pages that may connect, as `https://host`, or `*`; none allows those of the same host only, and where there are no credentials those of this machine.',
    }),
    trustedProxies: reloadable({
      kind: 'list',
      default: [],
      isOptional: true,
      meaning:
        'Addresses and networks (`10.0.0.0/8`) of proxies in front of the server, whose X-Forwarded-For is believed where failed attempts are counted by address.',
    }),
    insecureNoAuth: boolean('Lets everybody in on any address, where there are no credentials.'),
    tlsCertFile: optionalFile('Certificate chain (PEM) for https, wss and gRPC; needs tlsKeyFile.'),
    tlsKeyFile: optionalFile('Private key (PEM) of the certificate.'),
    tlsClientCaFile: optionalFile(
      'Certificates (PEM) of the authority that signs those of clients; with it no client connects without one.',
    ),
  }),

  ...group('Who is heard', {
    allowRole: reloadable({
      kind: 'list',
      default: [],
      choices: ['customer', 'agent', 'unknown'],
      meaning:
        'Roles that clients may have analysed besides customer and unknown (a mono stream), which always are: agent.',
    }),
    allowUnknownRole: reloadable({
      kind: 'choice',
      default: 'auto',
      choices: ['auto', 'yes', 'no'],
      meaning:
        'Whether a stream of unknown role is analysed, which may hold both sides of a call; otherwise a client has to name who speaks. auto analyses it where no credentials are configured.',
    }),
    requireConsent: reloadable(
      boolean('Whether a stream is heard only once its client has said that consent was given.'),
    ),
  }),

  ...group('Alerts', {
    alerts: reloadable({
      kind: 'choice',
      default: 'off',
      choices: ['off', 'asked', 'on'],
      meaning: 'Which streams have alerts: none, those that ask for them (`alerts=true`), or all.',
    }),
    alertRules: reloadable(
      optionalFile(
        'YAML or JSON file of the alert rules (`docs/alerts.md`); none takes those that ship. Needs alerts.',
      ),
    ),
  }),

  ...group('Telephony', {
    twilioAuthToken: reloadable(
      secrets(
        'Tokens of the Twilio accounts whose media streams may connect, which sign them; needs publicUrl. None asks them for credentials as any client.',
      ),
    ),
    audiohookKey: reloadable(
      secrets(
        'API keys of Genesys AudioHook integrations with their client secrets in base64, as KEY:SECRET. None asks for credentials as of any client, which Genesys does not have.',
      ),
    ),
    audiohookEvents: reloadable(
      boolean(
        'Sends final results back into AudioHook calls as event entities, which Genesys Cloud ignores.',
      ),
    ),
    publicUrl: reloadable(
      optionalText('Address under which telephony reaches this server, such as wss://voice.example.com.'),
    ),
    telephonyIdleSeconds: reloadable(
      integer(
        300,
        1,
        86_400,
        'Time without any message after which a call is taken to be over; makers of telephony may send nothing while nobody speaks.',
      ),
    ),
  }),

  ...group('Where results go', {
    sinkStdout: boolean('Writes results on standard output, one JSON line each.'),
    sinkFile: optionalText('File that results are written to, one JSON line each; none by default.'),
    sinkFileMaxBytes: integer(
      104_857_600,
      1024,
      1_099_511_627_776,
      'Size of sinkFile at which it is put aside as sinkFile.1 and the next one begun.',
    ),
    sinkKeptFiles: integer(10, 1, 10_000, 'Files put aside that are kept; older ones are deleted.'),
    sinkMaxEvents: integer(
      100_000,
      100,
      10_000_000,
      'Events that wait for a sink which is slow or away; beyond it interim results are left out first.',
    ),
    tenant: text(
      'default',
      'Whose results these are, in the subjects of NATS: letters, digits, `_` and `-`.',
    ),
    natsUrl: {
      kind: 'list',
      default: [],
      isOptional: true,
      meaning:
        'Servers of one NATS cluster that results are published to, as nats://HOST:PORT or tls://HOST:PORT; none by default.',
    },
    natsCredsFile: optionalFile('Credentials of a NATS user, as `nsc` writes them.'),
    natsToken: secret('Token for NATS, where it asks for one.'),
    natsTlsCaFile: optionalFile('Certificates (PEM) of the authority that signs that of NATS.'),
    natsStream: optionalText(
      'JetStream stream that keeps durable results; made where it does not exist. None expects that another stream takes their subjects.',
    ),
    natsStreamMaxAgeSeconds: integer(
      604_800,
      1,
      315_360_000,
      'Time after which natsStream, where the server makes it, forgets results.',
    ),
    natsStreamMaxBytes: integer(
      1_073_741_824,
      65_536,
      1_000_000_000_000_000,
      'Size at which natsStream, where the server makes it, forgets the oldest results.',
    ),
    natsStreamReplicas: integer(1, 1, 5, 'Copies that a cluster keeps of natsStream.'),
    natsDuplicateWindowSeconds: integer(
      600,
      1,
      86_400,
      'Time for which natsStream, where the server makes it, knows a result that it got before: longer than NATS is ever away.',
    ),
    redisUrl: optionalText(
      'Redis whose stream durable results are added to, as redis://HOST:PORT/DATABASE or rediss://HOST:PORT/DATABASE.',
    ),
    redisUser: optionalText('User of Redis, where it has users.'),
    redisPassword: secret('Password for Redis, where it asks for one.'),
    redisTlsCaFile: optionalFile('Certificates (PEM) of the authority that signs that of Redis.'),
    redisStreamMaxEvents: integer(
      1_000_000,
      100,
      1_000_000_000,
      'Results that the stream of Redis keeps, or a few more; beyond them the oldest go.',
    ),
    redisDuplicateWindowSeconds: integer(
      600,
      1,
      86_400,
      'Time for which Redis knows a result that it got before: longer than it is ever away.',
    ),
    webhookUrl: {
      kind: 'list',
      default: [],
      isOptional: true,
      meaning:
        'Addresses that each get durable results, signed, as https://HOST/PATH; http:// on this machine only. None by default.',
    },
    webhookSecret: secrets(
      'What webhooks are signed with, as whsec_ and 24 to 64 bytes in base64; signed with each of several, so that receivers can change over.',
    ),
    webhookTypes: {
      kind: 'list',
      default: [],
      choices: ['begin', 'emotion', 'alert', 'gap', 'error', 'summary'],
      meaning: 'Types of results that webhooks get; none means all durable ones.',
    },
    webhookTimeoutMs: integer(10_000, 100, 120_000, 'Time that a webhook has to answer.'),
    webhookGiveUpSeconds: integer(
      86_400,
      1,
      2_592_000,
      'Time after which a result that a webhook did not take goes to webhookDeadLetterFile.',
    ),
    webhookDeadLetterFile: optionalText(
      'File of results that a webhook refused or that were given up, one JSON line each, put aside as sinkFile is; none leaves them out.',
    ),
  }),

  ...group('Archives (undertone-server worker)', {
    archiveRoot: optionalText(
      'Folder of the recordings that jobs name as file:PATH, which no path leaves; none reads no files.',
    ),
    archiveUrls: {
      kind: 'list',
      default: [],
      isOptional: true,
      meaning:
        'Addresses below which jobs may name recordings, as https://HOST/PATH/; anything else is refused. None reads none.',
    },
    archiveRecordings: integer(
      0,
      0,
      1024,
      'Recordings that a worker analyses at a time; 0 is 32 for each recognition thread.',
    ),
    archiveReadSeconds: integer(60, 1, 3600, 'Time that storage has for the next bytes of a recording.'),
    archiveAckWaitSeconds: integer(
      30,
      1,
      3600,
      'Time after which the recording of a worker that is gone goes to another; one that works says so three times as often.',
    ),
    archiveMaxDeliveries: integer(
      10,
      1,
      1000,
      'Times that a recording is tried, also those that ended with their worker, before it goes to the dead letters.',
    ),
  }),

  ...group('Limits', {
    maxSessions: reloadable(
      integer(
        0,
        0,
        100_000,
        'Most streams at a time; more are refused with overloaded. 0 leaves it to what the server measures that it can carry, which limits it in any case.',
      ),
    ),
    maxUtilisation: reloadable(
      number(
        0.8,
        0.1,
        1,
        'Share of the processor up to which streams are taken; the rest keeps latency short.',
      ),
    ),
    maxFrameBytes: integer(
      1_048_576,
      1024,
      16_777_216,
      'Largest message of a client; larger ones end the stream.',
    ),
    maxInboxBytes: reloadable(
      integer(
        262_144,
        1024,
        16_777_216,
        'Bytes of one stream that wait to be decoded before its connection is no longer read.',
      ),
    ),
    maxPendingMs: reloadable(
      integer(
        5000,
        500,
        60_000,
        'Audio of one stream that waits for the model before no more of it is decoded.',
      ),
    ),
    idleTimeoutMs: reloadable(
      integer(10_000, 100, 3_600_000, 'Time without audio or KeepAlive after which a stream is ended.'),
    ),
    maxSessionSeconds: reloadable(
      integer(14_400, 1, 86_400, 'Longest stream, by its audio and by the clock.'),
    ),
    rateLimit: reloadable(
      number(
        1.25,
        0,
        1000,
        'Seconds of audio per second that a stream may send, after its burst; 0 sets no limit and leaves it to back-pressure.',
      ),
    ),
    rateBurstSeconds: reloadable(
      number(5, 0, 3600, 'Seconds of audio that may come at once before rateLimit counts.'),
    ),
    rateAction: reloadable({
      kind: 'choice',
      default: 'slow',
      choices: ['slow', 'end'],
      meaning:
        'What happens to a stream that sends faster than rateLimit: its connection is read more slowly and nothing is lost, or it is ended with rate_limited.',
    }),
    rateFreeBelowLoad: reloadable(
      number(
        0.5,
        0,
        1,
        'Load (open streams over capacity) below which rateLimit does not slow streams down, so that files take what nobody needs; 0 always slows them down.',
      ),
    ),
    interimDropBytes: reloadable(
      integer(
        262_144,
        1024,
        67_108_864,
        'Unsent bytes to a client from which on its interim results are left out.',
      ),
    ),
    slowClientBytes: reloadable(
      integer(1_048_576, 1024, 67_108_864, 'Unsent bytes to a client from which on its stream is ended.'),
    ),
    pingIntervalMs: integer(
      20_000,
      100,
      600_000,
      'Time between pings; a client that misses two in a row is disconnected.',
    ),
    maxAnalyzeBytes: integer(268_435_456, 1024, 4_294_967_296, 'Largest file of POST /v1/analyze.'),
    maxAnalyzeSeconds: integer(14_400, 1, 86_400, 'Longest audio of POST /v1/analyze.'),
  }),

  ...group('Moving streams', {
    checkpointKey: reloadable(
      secrets(
        'Keys that seal checkpoints, 32 bytes each in base64url: the first seals, all open. None takes one that lasts as long as the process. Servers that take over one another’s streams share them.',
      ),
    ),
    checkpointMs: reloadable(
      integer(5000, 1000, 60_000, 'Longest audio between two checkpoints of a stream that asked for them.'),
    ),
    checkpointMaxAgeSeconds: reloadable(
      integer(3600, 10, 604_800, 'Age beyond which a checkpoint is not taken any more.'),
    ),
    maxUnacknowledged: reloadable(
      integer(
        256,
        1,
        65_536,
        'Final results of one stream that wait for their acknowledgement before its audio waits, too; a stream that goes on sending is ended with slow_client.',
      ),
    ),
  }),

  ...group('Shutting down', {
    drainSeconds: reloadable(
      integer(0, 0, 86_400, 'At shutdown, time that running streams may go on before they are ended.'),
    ),
    shutdownGraceMs: reloadable(
      integer(10_000, 0, 600_000, 'At shutdown, time that ended streams have to receive their last results.'),
    ),
  }),

  ...group('Logging', {
    logLevel: reloadable({
      kind: 'choice',
      default: 'info',
      choices: ['silent', 'error', 'warn', 'info', 'debug'],
      meaning: 'Least level of the JSON lines on standard error.',
    }),
  }),
};

export const configNames: readonly (keyof ServerConfig)[] = Object.keys(
  configFields,
) as (keyof ServerConfig)[];
