export type { CallEvent } from '../../calls/call-event.ts';
export { CallFeed } from './call-feed.ts';
export type { FeedConnection, FeedCounts, FeedOptions, FeedState } from './feed-options.ts';
