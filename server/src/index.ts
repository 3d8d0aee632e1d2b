export type { UndertoneServer } from './app.ts';
export { createServer } from './app.ts';
export type { LogLevel, ServerConfig } from './config/fields.ts';
export { helpText } from './config/reference.ts';
