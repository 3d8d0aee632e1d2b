import { expect, test } from 'vitest';
import { TalkTime } from './talk-time.ts';

test('the longest silence is before, between or after the segments', () => {
  const talk = new TalkTime();
  expect(talk.longestSilenceSteps(10)).toBe(10);
  talk.hear(20, 30);
  expect([talk.talkSteps, talk.longestSilenceSteps(31)]).toEqual([10, 20]);
  talk.hear(55, 60);
  expect([talk.talkSteps, talk.longestSilenceSteps(60)]).toEqual([15, 25]);
  expect(talk.longestSilenceSteps(100)).toBe(40);
  // Asking does not count.
  expect(talk.longestSilenceSteps(61)).toBe(25);
});
