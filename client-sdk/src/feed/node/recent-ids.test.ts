import { expect, test } from 'vitest';
import { RecentIds } from './recent-ids.ts';

test('the newest half at least are always known, and no more than all are kept', () => {
  const most = 10;
  const ids = new RecentIds(most);
  for (let n = 0; n < 100; n++) {
    expect(ids.add(String(n))).toBe(true);
    for (let back = 0; back < Math.min(n + 1, most / 2); back++)
      expect(ids.add(String(n - back))).toBe(false);
  }
  expect(ids.add('0')).toBe(true);
});
