/** Names of messages: `speech_started` in a oneof of the .proto is `SpeechStarted` in JSON. */
import { messageFields } from './schema.ts';

interface ChoiceNames {
  /** `SpeechStarted` -> `speech_started` */
  readonly fieldOf: ReadonlyMap<string, string>;
  /** `speech_started` -> `SpeechStarted` */
  readonly typeOf: ReadonlyMap<string, string>;
}

/** The members of a message's oneof. */
export function choiceNames(message: string): ChoiceNames {
  const names = messageFields[message]!.filter(({ rule }) => rule === 'choice').map(({ name }) => name);
  const pairs = names.map((name): [string, string] => [name, pascalCase(name)]);
  return { typeOf: new Map(pairs), fieldOf: new Map(pairs.map(([field, type]) => [type, field])) };
}

function pascalCase(name: string): string {
  return name.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
