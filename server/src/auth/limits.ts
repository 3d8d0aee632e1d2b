/** Reads the limits of a caller from a file of keys, the claims of a token or a request for one. */
import type { Role } from '@undertone/proto';
import type { Limits } from './principal.ts';

const knownRoles: readonly string[] = ['customer', 'agent', 'unknown'] satisfies readonly Role[];
const maxEntries = 64;
const maxNameLength = 200;

/** What is wrong, as `expected ...`; the value itself is left out, since it may be anything. */
export class LimitsError extends Error {}

/**
 * @param fields an object with any of `models`, `roles`, `operator` and the field that `maxSessionsName` names
 * @throws LimitsError
 */
export function readLimits(fields: Readonly<Record<string, unknown>>, maxSessionsName: string): Limits {
  const { models, roles, operator } = fields;
  const maxSessions = fields[maxSessionsName];
  if (models !== undefined && !isNames(models))
    throw new LimitsError(`models to be a list of 1 to ${maxEntries} names`);
  if (roles !== undefined && !(isNames(roles) && roles.every((role) => knownRoles.includes(role))))
    throw new LimitsError(`roles to be a list of ${knownRoles.join(', ')}`);
  if (maxSessions !== undefined && !isCount(maxSessions))
    throw new LimitsError(`${maxSessionsName} to be a whole number from 1 on`);
  if (operator !== undefined && typeof operator !== 'boolean')
    throw new LimitsError('operator to be true or false');
  return {
    ...(models !== undefined ? { models: models as readonly string[] } : {}),
    ...(roles !== undefined ? { roles: roles as readonly Role[] } : {}),
    ...(maxSessions !== undefined ? { maxSessions: maxSessions as number } : {}),
    ...(operator === true ? { operator } : {}),
  };
}

// An empty list would permit nothing, which nobody means who writes one.
function isNames(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.length <= maxEntries &&
    value.every((item) => typeof item === 'string' && item !== '' && item.length <= maxNameLength)
  );
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1;
}
