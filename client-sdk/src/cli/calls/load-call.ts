/** One call's timeline, from JetStream or from a file of events. */
import { UndertoneError } from '@undertone/core';
import { type CallTimeline, CallTimelineBuilder } from '../../calls/call-timeline.ts';
import { printable } from '../../calls/printable.ts';
import { readEventLines } from '../../calls/read-event-lines.ts';
import { readText } from '../read-text.ts';
import { type FeedChoice, feedConnection } from './feed-choice.ts';

export interface CallChoice extends FeedChoice {
  /** File of events in place of JetStream; `-` is standard input. */
  readonly from?: string;
}

export interface LoadedCall {
  readonly call: CallTimeline;
  /** Lines or events that are none, and what is wrong with the first. */
  readonly malformed: number;
  readonly firstProblem: string;
}

const namedSessions = 10;

/**
 * @param session needed for JetStream, and for a file with more than one
 * @throws UndertoneError `bad_parameter`, `not_found`, `file_not_found`, and those of the feed
 */
export async function loadCall(session: string | undefined, choice: CallChoice): Promise<LoadedCall> {
  if (choice.from !== undefined) return await fromFile(session, choice.from);
  if (session === undefined)
    throw new UndertoneError(
      'bad_parameter',
      'Expected the session of the call, or --from FILE; got neither.',
    );
  return await fromStream(session, choice);
}

async function fromFile(wanted: string | undefined, path: string): Promise<LoadedCall> {
  const sessions = new Set<string>();
  const builders: CallTimelineBuilder[] = [];
  let malformed = 0;
  let firstProblem = '';
  for await (const { line, event, problem } of readEventLines(readText(path))) {
    if (!event) {
      if (malformed++ === 0) firstProblem = `${path}:${line}: ${problem}`;
      continue;
    }
    if (sessions.size <= namedSessions) sessions.add(event.session);
    if (builders.length === 0 && event.session === (wanted ?? event.session))
      builders.push(new CallTimelineBuilder(event.session));
    builders[0]?.accept(event);
  }
  const named = [...sessions].map(printable).slice(0, namedSessions).join(', ');
  const more = sessions.size > namedSessions ? ', ...' : '';
  if (wanted === undefined && sessions.size > 1)
    throw new UndertoneError(
      'bad_parameter',
      `Expected the session of one of the calls in ${path}: ${named}${more}; got none.`,
    );
  const [builder] = builders;
  if (builder) return { call: builder.timeline(), malformed, firstProblem };
  const found = sessions.size > 0 ? `others: ${named}${more}` : firstProblem || 'none';
  throw new UndertoneError('not_found', `Expected events of ${wanted ?? 'a call'} in ${path}; got ${found}.`);
}

async function fromStream(session: string, choice: CallChoice): Promise<LoadedCall> {
  const { CallFeed } = await import('../../feed/node/call-feed.ts');
  let firstProblem = '';
  const feed = await CallFeed.open({
    ...(await feedConnection(choice)),
    from: 'all',
    follow: false,
    session,
    onMalformed: (problem, subject) => {
      firstProblem ||= `${subject}: ${problem}`;
    },
  });
  const builder = new CallTimelineBuilder(session);
  for await (const event of feed) builder.accept(event);
  const { events, malformed } = feed.counts;
  if (events > 0) return { call: builder.timeline(), malformed, firstProblem };
  throw new UndertoneError(
    'not_found',
    `Expected events of ${printable(session)}; the stream has none (${choice.tenant ?? 'default'} is the tenant).`,
  );
}
