/**
 * JSON lines on standard error. `info` is once per change of a life cycle, never per frame; no line holds audio,
 * a label or an identity.
 */
import pino, { type Logger } from 'pino';
import type { LogLevel } from '../config/fields.ts';

export type { Logger } from 'pino';

export function createLogger(level: LogLevel): Logger {
  return pino({ level, base: null }, pino.destination({ fd: 2, sync: true }));
}
