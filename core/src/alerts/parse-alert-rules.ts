/** Alert rules as somebody wrote them, checked and completed. What is wrong is said with what was expected and what came. */
import { suggestion } from '../closest-name.ts';
import { UndertoneError } from '../errors.ts';
import type { AlertKind, AlertRule } from './alert-rule.ts';
import { alertKinds } from './alert-rule.ts';
import { alertScoreRange } from './alert-score-range.ts';
import { type RuleField, ruleFields } from './rule-fields.ts';

/** A stream evaluates each of them with each result. */
const mostRules = 16;
const mostLabels = 16;
const namePattern = /^[a-z][a-z0-9_]{0,63}$/;
const fieldNames = Object.keys(ruleFields) as (keyof AlertRule)[];

/**
 * @param value `{ rules: [...] }`, as read from YAML or JSON
 * @throws UndertoneError `bad_config` naming the rule and the field
 */
export function parseAlertRules(value: unknown): AlertRule[] {
  const { rules, ...others } = asRecord(value, 'alert rules to be an object with the list "rules"');
  for (const name of Object.keys(others)) fail('alert rules to have nothing but "rules"', name, ['rules']);
  if (!Array.isArray(rules) || rules.length === 0 || rules.length > mostRules)
    return fail(`"rules" to be a list of 1 to ${mostRules} rules`, rules);
  const parsed = rules.map((rule: unknown, i) => parseRule(rule, i));
  const names = parsed.map(({ name }) => name);
  for (const [i, { name, kind, after }] of parsed.entries()) {
    if (names.indexOf(name) !== i) fail('each rule to have a name of its own', name);
    const others = names.filter((other) => other !== name);
    if (kind === 'recovered' && !others.includes(after))
      fail(`${name}.after to name another rule (${others.join(', ')})`, after, others);
  }
  return parsed;
}

function parseRule(value: unknown, i: number): AlertRule {
  const given = asRecord(value, `rules[${i}] to be an object`);
  const { name, kind: typed } = given;
  const where = typeof name === 'string' && namePattern.test(name) ? name : `rules[${i}]`;
  const kind = alertKinds.find((candidate) => candidate === typed);
  if (!kind) return fail(`${where}.kind to be one of ${alertKinds.join(', ')}`, typed, alertKinds);
  const allowed = fieldNames.filter((field) => ruleFields[field].kinds.includes(kind));
  for (const field of Object.keys(given)) {
    if (!allowed.includes(field as keyof AlertRule))
      fail(`${where} (${kind}) to have fields out of ${allowed.join(', ')}`, field, allowed);
  }
  const entries = fieldNames.map((field) => [
    field,
    parseField(`${where}.${field}`, ruleFields[field], kind, given[field]),
  ]);
  const rule = Object.fromEntries(entries) as AlertRule;
  checkTogether(where, rule, given);
  return rule;
}

function parseField(where: string, field: RuleField, kind: AlertKind, value: unknown): unknown {
  if (value === undefined) {
    if (kind in field.defaults) return field.defaults[kind];
    return fail(`${where} to be given`, 'nothing');
  }
  const { type, choices = [], min = 0, max = 0 } = field;
  const isList = Array.isArray(value) && value.length > 0 && value.length <= mostLabels;
  switch (type) {
    case 'name':
      if (typeof value === 'string' && namePattern.test(value)) return value;
      return fail(`${where} to be 1 to 64 of a-z, 0-9 and "_", a letter first`, value);
    case 'choice':
      if (choices.includes(String(value))) return value;
      return fail(`${where} to be one of ${choices.join(', ')}`, value, choices);
    case 'choices':
      if (isList && value.every((item) => choices.includes(String(item)))) return value;
      return fail(`${where} to be a list out of ${choices.join(', ')}`, value);
    case 'names':
      if (isList && value.every((item) => typeof item === 'string' && item.length > 0 && item.length <= 64))
        return value;
      return fail(`${where} to be a list of 1 to ${mostLabels} labels`, value);
    case 'channels':
      if (isList && value.every((item) => item === 0 || item === 1)) return value;
      return fail(`${where} to be a list out of 0, 1`, value);
    case 'number':
    case 'integer':
      if (
        typeof value === 'number' &&
        value >= min &&
        value <= max &&
        (type === 'number' || Number.isInteger(value))
      )
        return value;
      return fail(
        `${where} to be ${type === 'integer' ? 'an integer' : 'a number'} from ${min} to ${max}`,
        value,
      );
  }
}

function checkTogether(where: string, rule: AlertRule, given: Readonly<Record<string, unknown>>): void {
  const { kind, labels, direction, on, off, durationMs, windowMs, baselineMs } = rule;
  const isByLabel = labels.length > 0;
  if (kind === 'distress' && !isByLabel) fail(`${where}.labels to be given`, 'nothing');
  if (kind === 'sustained' && isByLabel === 'dimension' in given)
    fail(`${where} to have either labels or dimension`, isByLabel ? 'both' : 'neither');
  if (isByLabel && 'direction' in given) fail(`${where}.direction only beside dimension`, direction);
  const [low, high] = alertScoreRange(rule);
  for (const [name, level] of [
    ['on', on],
    ['off', off],
  ] as const) {
    if (level < low || level > high) fail(`${where}.${name} to be a number from ${low} to ${high}`, level);
  }
  const isBelow = direction === 'below';
  if (isBelow ? off < on : off > on)
    fail(`${where}.off to be ${isBelow ? 'at least' : 'at most'} on (${on})`, off);
  if (rule.arousalOff > rule.arousalOn)
    fail(`${where}.arousalOff to be at most arousalOn (${rule.arousalOn})`, rule.arousalOff);
  // What a drop is compared with without a baseline lies within the window.
  const isTwice = kind === 'drop' && baselineMs === 0;
  if (windowMs < (isTwice ? 2 : 1) * durationMs)
    fail(`${where}.windowMs to be at least ${isTwice ? 'twice ' : ''}durationMs (${durationMs})`, windowMs);
}

function asRecord(value: unknown, expected: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  return fail(expected, value);
}

function fail(expected: string, found: unknown, names: readonly string[] = []): never {
  const text = typeof found === 'string' ? found : (JSON.stringify(found) ?? 'nothing');
  const shown = text.length > 80 ? `${text.slice(0, 80)}...` : text;
  const meant = typeof found === 'string' ? suggestion(found, names) : '';
  throw new UndertoneError('bad_config', `Expected ${expected}; got ${shown}${meant || '.'}`);
}
