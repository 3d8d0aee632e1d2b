/** What a principal may have of a server. */
import { UndertoneError } from '@undertone/core';
import type { Role } from '@undertone/proto';
import type { ServedModel, ServedModels } from '../inference/served-models.ts';
import type { Limits } from './principal.ts';

/**
 * The model a client means, out of those it may use; without a wish the one that its session is assigned, else the default,
 * else the first that it may use.
 * @throws UndertoneError `unknown_model`, `forbidden`
 */
export function permittedModel(
  { models: permitted }: Limits,
  served: ServedModels,
  wanted: string | undefined,
  sessionId?: string,
): ServedModel {
  const mayUse = ({ id, manifest }: ServedModel): boolean =>
    permitted === undefined || permitted.includes(id) || permitted.includes(manifest.name);
  const isAssigned = wanted === undefined && sessionId !== undefined;
  const model = isAssigned ? served.assigned(sessionId) : served.find(wanted);
  if (mayUse(model)) return model;
  const other = wanted === undefined ? [served.default, ...served.all].find(mayUse) : undefined;
  if (other) return other;
  throw new UndertoneError(
    'forbidden',
    `Expected a model that these credentials permit (${permitted?.join(', ')}); got ${model.id}.`,
  );
}

/** @throws UndertoneError `forbidden` */
export function expectMayAnalyse({ roles }: Limits, analysed: readonly Role[]): void {
  const refused = analysed.find((role) => roles !== undefined && !roles.includes(role));
  if (refused === undefined) return;
  throw new UndertoneError(
    'forbidden',
    `Expected channels of the roles that these credentials permit (${roles?.join(', ')}); got ${refused}.`,
  );
}
