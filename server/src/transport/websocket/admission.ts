/** Whether an upgrade request becomes a stream, and with which configuration. */
import type { IncomingMessage } from 'node:http';
import { UndertoneError } from '@undertone/core';
import { analysedChannels, ProtocolError, parseStreamQuery, type StreamConfig } from '@undertone/proto';
import type { ServerConfig } from '../../config/fields.ts';
import type { ServedModel, ServedModels } from '../../inference/served-models.ts';

export const streamPath = '/v1/stream';

export interface Admission {
  readonly config: StreamConfig;
  readonly model: ServedModel;
}

/** @throws UndertoneError `not_found`, `bad_parameter`, `unknown_model`, `role_not_allowed` */
export function admit(request: IncomingMessage, config: ServerConfig, models: ServedModels): Admission {
  // Not parsed as a URL: a request target such as `//` is none, and throws.
  const target = request.url ?? '';
  const [path = ''] = target.split('?', 1);
  if (path !== streamPath) {
    throw new UndertoneError('not_found', `Expected ${streamPath}; got ${path.slice(0, 100)}.`);
  }
  const query = parse(new URLSearchParams(target.slice(path.length)));
  const model = models.find(query.model);
  const analysed = analysedChannels(query);
  for (const [i, role] of query.channel_roles.entries()) {
    if (analysed[i] && role === 'agent' && !config.allowRole.includes(role)) {
      throw new UndertoneError(
        'role_not_allowed',
        `Expected analyze to leave out agent, whom this server does not analyse (--allow-role agent); got ${query.analyze.join(',')}.`,
      );
    }
  }
  return { config: { ...query, model: model.id }, model };
}

function parse(params: URLSearchParams): ReturnType<typeof parseStreamQuery> {
  try {
    return parseStreamQuery(params);
  } catch (error) {
    if (error instanceof ProtocolError) throw new UndertoneError(error.code, error.message);
    throw error;
  }
}
