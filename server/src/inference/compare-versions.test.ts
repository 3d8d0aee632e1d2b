import { expect, test } from 'vitest';
import { compareVersions } from './compare-versions.ts';

test('versions are ordered as Semantic Versioning orders them', () => {
  // Sections 11.2 to 11.4 of semver.org 2.0.0, then versions that leave parts out.
  const ascending = [
    '0.9.0',
    '0.10',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '2.0.0',
    '2.1',
    '2.1.1',
    '10.0.0',
  ];
  for (const [i, a] of ascending.entries()) {
    for (const [j, b] of ascending.entries())
      expect(Math.sign(compareVersions(a, b)), `${a} ${b}`).toBe(Math.sign(i - j));
  }
  expect(compareVersions('1.0', '1.0.0')).toBe(0);
  expect(compareVersions('1.0.0+build.7', '1.0.0+build.8')).toBe(0);
});
