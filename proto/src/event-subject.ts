/** Subjects of events in NATS, for who writes and who reads them: https://docs.nats.io/nats-concepts/subjects. */
const prefix = 'undertone.v1';

export interface EventSubject {
  readonly tenant: string;
  readonly session: string;
  /** The message's type in lower case: `emotion`. */
  readonly type: string;
}

/** `undertone.v1.TENANT.SESSION.TYPE` */
export function eventSubject({ tenant, session, type }: EventSubject): string {
  return `${prefix}.${tenant}.${subjectToken(session)}.${subjectToken(type)}`;
}

/**
 * What to listen to for the durable events of a tenant; those of the moment have `.live` behind it.
 * @param filter of one session, of one type; all where it is absent
 */
export function eventSubjects(
  tenant: string,
  filter: Partial<Pick<EventSubject, 'session' | 'type'>> = {},
): string {
  const { session, type } = filter;
  const part = (text: string | undefined): string => (text === undefined ? '*' : subjectToken(text));
  return `${prefix}.${tenant}.${part(session)}.${part(type)}`;
}

/** Other bytes of UTF-8 than letters, digits, `_` and `-` as `=XX`, so that no two texts become one. */
function subjectToken(text: string): string {
  if (/^[\w-]+$/.test(text)) return text;
  // Half a pair of surrogates has no bytes.
  const escaped = encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
  const bytes = escaped.replace(/[^\w%-]/g, (left) => `%${left.charCodeAt(0).toString(16).toUpperCase()}`);
  return bytes === '' ? '=' : bytes.replaceAll('%', '=');
}
