/** The effective configuration for people to read; a secret only says whether there is one. */
import { isSecret } from './field.ts';
import { configFields, configNames, type ServerConfig } from './fields.ts';

export function printableConfig(config: ServerConfig): string {
  const shown = configNames.map((name) => {
    const isSet = config[name].toString() !== '';
    return [name, isSecret(configFields[name]) ? (isSet ? '(set)' : '(none)') : config[name]];
  });
  return JSON.stringify(Object.fromEntries(shown), null, 2);
}
