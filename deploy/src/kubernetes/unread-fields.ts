/**
 * Fields of an object that its schema does not know. Validators of kubernetes-models, as those of an API server without
 * strict validation, pass over them, so a misspelt field would be lost without a word. But a validator reads each field
 * that its schema knows, of whatever it validates: what none has read, none knows.
 */
export function unreadFields(value: object, validate: (watched: object) => void): readonly string[] {
  const read = new Set<string>();
  validate(watched(value, '', read));
  return fieldsOf(value, '').filter((path) => !read.has(path));
}

function watched(value: object, path: string, read: Set<string>): object {
  return new Proxy(value, {
    get(target, key) {
      const found: unknown = Reflect.get(target, key);
      if (typeof key === 'symbol') return found;
      const inner = `${path}/${key}`;
      read.add(inner);
      return typeof found === 'object' && found !== null ? watched(found, inner, read) : found;
    },
  });
}

function fieldsOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    `${path}/${key}`,
    ...fieldsOf(inner, `${path}/${key}`),
  ]);
}
