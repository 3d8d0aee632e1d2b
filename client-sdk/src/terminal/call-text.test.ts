import type { MoodMessage } from '@undertone/proto';
import { describe, expect, it } from 'vitest';
import { conversationText, moodLines } from './call-text.ts';

const mood: MoodMessage = {
  arousal: 0.3,
  valence: -0.2,
  baseline: { arousal: 0.1, valence: -0.05, speech_s: 8 },
  relative: { arousal: 0.2, valence: -0.15 },
  share: { angry: 1 },
  opening: { arousal: 0, valence: 0.02 },
  closing: { arousal: 0.5, valence: -0.4 },
  course: [],
  turning_points: [
    { time: 61.24, before: { arousal: 0, valence: 0 }, after: { arousal: 0.3, valence: -0.4 } },
    { time: 75, before: { arousal: 0.3, valence: -0.4 }, after: { arousal: -0.2, valence: -0.1 } },
  ],
};

describe('the lines of a call', () => {
  it('tell what is relative to the voice, each turning point by what changed most, and the talk', () => {
    const talk = { talk_ratio: 0.42, silence_ratio: 0.58, longest_silence_s: 3.25 };
    expect(moodLines({ mood, talk: { ...talk, turns: 5, interruptions: 1 } })).toEqual([
      "to this voice's baseline: arousal +0.20, valence -0.15; opening to closing quarter: valence +0.02 to -0.40",
      'turned worse at 1:01.2: valence +0.00 to -0.40, arousal +0.00 to +0.30',
      'turned calmer at 1:15.0: valence -0.40 to -0.10, arousal +0.30 to -0.20',
      'talks 42 %, longest silence 3.3 s, 5 turns, 1 interruption',
    ]);
    expect(moodLines({ talk })).toEqual(['talks 42 %, longest silence 3.3 s']);
    expect(moodLines({})).toEqual([]);
  });

  it('tell what both channels did', () => {
    const conversation = { overlap_s: 1.4, overlap_ratio: 0.03, silence_ratio: 0.21, longest_silence_s: 2.1 };
    expect(conversationText(conversation)).toBe('both talk 3 % (1.4 s), nobody 21 %, longest silence 2.1 s');
  });
});
