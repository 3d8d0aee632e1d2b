/**
 * The one list of errors that Undertone reports. A `code` is stable across releases and appears in protocol
 * messages, command-line output and metrics; the sentence says what was expected and what came.
 */
export interface ErrorSpec {
  /** WebSocket close code used when the error ends a stream. */
  readonly closeCode: number;
  /** gRPC status name. */
  readonly grpcStatus: string;
  /** HTTP status, when the error is found before a stream exists. */
  readonly httpStatus: number;
  /** Whether the same request may succeed later without a change by the caller. */
  readonly retryable: boolean;
  /** One sentence for the documentation. */
  readonly meaning: string;
}

export type ErrorCode =
  | 'bad_parameter'
  | 'bad_audio'
  | 'bad_message'
  | 'message_too_large'
  | 'audio_after_close'
  | 'idle_timeout'
  | 'session_limit'
  | 'rate_limited'
  | 'slow_client'
  | 'overloaded'
  | 'too_many_sessions'
  | 'unauthorized'
  | 'forbidden'
  | 'going_away'
  | 'unknown_model'
  | 'not_found'
  | 'role_not_allowed'
  | 'consent_denied'
  | 'superseded'
  | 'internal'
  | 'bad_manifest'
  | 'model_mismatch'
  | 'bad_wav'
  | 'unsupported_format'
  | 'file_not_found'
  | 'connection_failed'
  | 'connection_lost'
  | 'protocol_mismatch'
  | 'aborted'
  | 'microphone_unavailable'
  | 'microphone_not_found'
  | 'microphone_denied'
  | 'microphone_in_use'
  | 'microphone_lost'
  | 'audio_context_blocked'
  | 'bad_config'
  | 'bad_corpus'
  | 'bad_split'
  | 'asset_not_found'
  | 'refused_by_page'
  | 'unsupported_platform'
  | 'bad_checkpoint';

const spec = (
  closeCode: number,
  grpcStatus: string,
  httpStatus: number,
  retryable: boolean,
  meaning: string,
): ErrorSpec => ({ closeCode, grpcStatus, httpStatus, retryable, meaning });

export const errorSpecs: Readonly<Record<ErrorCode, ErrorSpec>> = {
  bad_parameter: spec(
    4002,
    'INVALID_ARGUMENT',
    400,
    false,
    'A query parameter or option has a value outside its range.',
  ),
  bad_audio: spec(
    4000,
    'INVALID_ARGUMENT',
    400,
    false,
    'Audio bytes cannot be decoded as the declared encoding.',
  ),
  bad_message: spec(
    4002,
    'INVALID_ARGUMENT',
    400,
    false,
    'A text message is not JSON, has no known type, or a field is out of range.',
  ),
  message_too_large: spec(1009, 'RESOURCE_EXHAUSTED', 413, false, 'One message is over the size limit.'),
  audio_after_close: spec(
    4002,
    'FAILED_PRECONDITION',
    400,
    false,
    'Audio or a message came after CloseStream.',
  ),
  idle_timeout: spec(
    4008,
    'DEADLINE_EXCEEDED',
    408,
    true,
    'Neither audio nor KeepAlive came within the idle limit.',
  ),
  session_limit: spec(4009, 'RESOURCE_EXHAUSTED', 429, true, 'The stream reached its maximum length.'),
  rate_limited: spec(
    4029,
    'RESOURCE_EXHAUSTED',
    429,
    true,
    'Audio, or failed attempts to enter, came faster than allowed.',
  ),
  slow_client: spec(
    4029,
    'RESOURCE_EXHAUSTED',
    429,
    true,
    'The client does not read its results fast enough.',
  ),
  overloaded: spec(1013, 'RESOURCE_EXHAUSTED', 503, true, 'No capacity for another stream.'),
  too_many_sessions: spec(
    4029,
    'RESOURCE_EXHAUSTED',
    429,
    true,
    'The caller has as many streams open as it may.',
  ),
  unauthorized: spec(
    4001,
    'UNAUTHENTICATED',
    401,
    false,
    'Credentials are missing, wrong, expired or withdrawn.',
  ),
  forbidden: spec(4003, 'PERMISSION_DENIED', 403, false, 'The credentials do not permit what was asked.'),
  going_away: spec(1001, 'UNAVAILABLE', 503, true, 'The server is shutting down.'),
  unknown_model: spec(4002, 'NOT_FOUND', 404, false, 'No model of that name and version is loaded.'),
  not_found: spec(4002, 'NOT_FOUND', 404, false, 'No such resource.'),
  role_not_allowed: spec(
    4002,
    'PERMISSION_DENIED',
    403,
    false,
    'The server does not allow this channel role to be analysed.',
  ),
  consent_denied: spec(
    4005,
    'FAILED_PRECONDITION',
    403,
    false,
    'The people who are heard do not consent: the stream is forgotten.',
  ),
  superseded: spec(4010, 'ABORTED', 409, false, 'The stream was continued on another connection.'),
  internal: spec(1011, 'INTERNAL', 500, true, 'A defect in Undertone.'),
  bad_manifest: spec(
    1011,
    'FAILED_PRECONDITION',
    500,
    false,
    'A model manifest does not have the expected shape.',
  ),
  model_mismatch: spec(
    1011,
    'FAILED_PRECONDITION',
    500,
    false,
    'A model file does not fit its manifest or this version of the feature code.',
  ),
  bad_wav: spec(
    4000,
    'INVALID_ARGUMENT',
    400,
    false,
    'A WAV file is malformed, empty or lies about its length.',
  ),
  unsupported_format: spec(
    4000,
    'INVALID_ARGUMENT',
    415,
    false,
    'The audio file is in a format that is not read.',
  ),
  file_not_found: spec(4002, 'NOT_FOUND', 404, false, 'A file or folder does not exist or cannot be read.'),
  connection_failed: spec(
    1011,
    'UNAVAILABLE',
    503,
    true,
    'The server cannot be reached or refused the connection.',
  ),
  connection_lost: spec(
    1011,
    'UNAVAILABLE',
    503,
    true,
    'The connection ended before the stream was finished.',
  ),
  protocol_mismatch: spec(
    4002,
    'FAILED_PRECONDITION',
    400,
    false,
    'The server speaks another version of the protocol than this client.',
  ),
  aborted: spec(1000, 'CANCELLED', 499, false, 'The caller aborted.'),
  microphone_unavailable: spec(
    4002,
    'FAILED_PRECONDITION',
    400,
    false,
    'No program that records from a microphone is installed, or it failed; in a browser, the microphone cannot be opened.',
  ),
  microphone_not_found: spec(
    4002,
    'NOT_FOUND',
    404,
    false,
    'There is no microphone, or none with the deviceId that was asked for.',
  ),
  microphone_denied: spec(
    4003,
    'PERMISSION_DENIED',
    403,
    false,
    'The user, the browser or the page does not allow the microphone.',
  ),
  microphone_in_use: spec(
    4002,
    'UNAVAILABLE',
    503,
    true,
    'Another program holds the microphone, or the system could not start it.',
  ),
  microphone_lost: spec(
    4002,
    'UNAVAILABLE',
    503,
    true,
    'The microphone was unplugged, and no other was to be opened or could be.',
  ),
  audio_context_blocked: spec(
    4002,
    'FAILED_PRECONDITION',
    400,
    true,
    'The browser lets no audio run before the user has clicked or pressed a key.',
  ),
  bad_config: spec(4002, 'INVALID_ARGUMENT', 400, false, 'A configuration field is unknown or out of range.'),
  bad_corpus: spec(
    4002,
    'INVALID_ARGUMENT',
    400,
    false,
    'A corpus folder or manifest does not have the expected layout.',
  ),
  bad_split: spec(4002, 'FAILED_PRECONDITION', 400, false, 'The corpus cannot be split by speaker as asked.'),
  asset_not_found: spec(
    4002,
    'NOT_FOUND',
    404,
    true,
    'A file that the recogniser of a browser needs is not at its URL.',
  ),
  refused_by_page: spec(
    4003,
    'FAILED_PRECONDITION',
    403,
    false,
    "The page's Content Security Policy refuses WebAssembly, or the worker.",
  ),
  unsupported_platform: spec(
    4002,
    'UNIMPLEMENTED',
    501,
    false,
    'The browser lacks what the recogniser needs: WebAssembly SIMD, workers, or a page from a secure origin.',
  ),
  bad_checkpoint: spec(
    4002,
    'DATA_LOSS',
    400,
    false,
    'A checkpoint is damaged, or belongs to another training run, model or stream format.',
  ),
};

/** An error with a stable `code`. The message says what was expected and what came. */
export class UndertoneError extends Error {
  readonly code: ErrorCode;
  /** What a server asked for: no other attempt before this time has gone by. Null where none did. */
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions & { readonly retryAfterMs?: number }) {
    super(message, options);
    this.name = 'UndertoneError';
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs ?? null;
  }

  get spec(): ErrorSpec {
    return errorSpecs[this.code];
  }
}
