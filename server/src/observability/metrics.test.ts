import { expect, test } from 'vitest';
import { closeCodeLabel } from './metrics.ts';

test('a peer cannot make a series of its own with every close code', () => {
  const labels = new Set(Array.from({ length: 2000 }, (_, i) => closeCodeLabel(3000 + i)));
  expect([...labels].sort()).toEqual(['4000', '4001', '4002', '4003', '4008', '4009', '4029', 'other']);
  expect([1000, 1006, 1011].map(closeCodeLabel)).toEqual(['1000', '1006', '1011']);
});
