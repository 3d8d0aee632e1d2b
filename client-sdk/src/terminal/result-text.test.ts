import type { EmotionMessage } from '@undertone/proto';
import { describe, expect, it } from 'vitest';
import { segmentLine, segmentLineWidth } from './result-text.ts';

const plain = (_: unknown, text: string): string => text;
const message: EmotionMessage = {
  type: 'Emotion',
  id: 'ut_test:0:0:2',
  channel: 0,
  ordinal: 3,
  role: 'customer',
  segment: 0,
  revision: 2,
  start: 61.24,
  end: 75.5,
  is_final: true,
  label: 'angry',
  confidence: 0.71,
  sentiment: { label: 'negative', scores: { negative: 0.8, neutral: 0.1, positive: 0.1 } },
  speech_ratio: 0.9,
};

describe('segmentLine', () => {
  it('tells when, who, what and how sure', () => {
    const line = ' 1:01.2 - 1:15.5   customer   angry     ███████░░░ 0.71  negative';
    expect(segmentLine(message, plain)).toBe(line);
    expect(line).toHaveLength(segmentLineWidth);
  });

  it('says that it is unsure, and counts channels whose speaker is not known', () => {
    const line = segmentLine({ ...message, role: 'unknown', channel: 1, label: null, confidence: 0 }, plain);
    expect(line).toContain('channel 2  unsure    ░░░░░░░░░░ 0.00');
  });
});
