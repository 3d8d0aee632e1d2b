/** Which model a new stream without a wish gets: the default, or for a share of the streams the one on trial. */
import { createHash } from 'node:crypto';
import { type Manifest, UndertoneError } from '@undertone/core';
import type { ServerConfig } from '../config/server-config.ts';
import { compareVersions } from './compare-versions.ts';

export type RollOutSettings = Pick<
  ServerConfig,
  'defaultModel' | 'canaryModel' | 'canaryPercent' | 'shadowModel' | 'shadowPercent'
>;

/** A model by what it is called. */
export interface NamedModel {
  /** `name@version` */
  readonly id: string;
  readonly manifest: Pick<Manifest, 'name' | 'version'>;
}

export interface RollOut<M extends NamedModel> {
  readonly default: M;
  readonly canary: M | null;
  /** 0 to 100. */
  readonly canaryPercent: number;
  readonly shadow: M | null;
  /** 0 to 100. */
  readonly shadowPercent: number;
}

/** @param wanted `name@version`, or `name` for its highest version */
export function namedModel<M extends NamedModel>(models: readonly M[], wanted: string): M | undefined {
  const exact = models.find(({ id }) => id === wanted);
  if (exact) return exact;
  const [highest] = models
    .filter(({ manifest }) => manifest.name === wanted)
    .sort((a, b) => compareVersions(b.manifest.version, a.manifest.version));
  return highest;
}

/** @throws UndertoneError `bad_config` for a model that is not served */
export function resolveRollOut<M extends NamedModel>(
  models: readonly M[],
  settings: RollOutSettings,
): RollOut<M> {
  const named = (name: 'defaultModel' | 'canaryModel' | 'shadowModel'): M | null =>
    settings[name] === '' ? null : configuredModel(models, name, settings[name]);
  return {
    default: named('defaultModel') ?? models[0]!,
    canary: named('canaryModel'),
    canaryPercent: settings.canaryPercent,
    shadow: named('shadowModel'),
    shadowPercent: settings.shadowPercent,
  };
}

/**
 * The same for the same session on every server. Who gets the canary at some percentage gets it at every higher one.
 */
export function assignedModel<M extends NamedModel>(rollOut: RollOut<M>, sessionId: string): M {
  const { canary, canaryPercent } = rollOut;
  return canary && isInShare('canary', sessionId, canaryPercent) ? canary : rollOut.default;
}

/** The model that hears a session beside the one that answers; null for none. */
export function shadowOf<M extends NamedModel>(
  { shadow, shadowPercent }: RollOut<M>,
  sessionId: string,
  answering: M,
): M | null {
  if (shadow === null || shadow === answering) return null;
  return isInShare('shadow', sessionId, shadowPercent) ? shadow : null;
}

/** Whether a session is among so many per cent of all; independent for each `purpose`. */
export function isInShare(purpose: string, sessionId: string, percent: number): boolean {
  if (percent <= 0) return false;
  const hash = createHash('sha256').update(`${purpose}:${sessionId}`).digest().readUInt32BE(0);
  return hash / 2 ** 32 < percent / 100;
}

/** @throws UndertoneError `bad_config` */
function configuredModel<M extends NamedModel>(models: readonly M[], name: string, wanted: string): M {
  const found = namedModel(models, wanted);
  if (found) return found;
  const ids = models.map(({ id }) => id).join(', ');
  throw new UndertoneError('bad_config', `Expected ${name} to be one of ${ids}; got "${wanted}".`);
}
