import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const conditions = ['@undertone/source', 'module', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Real servers, browsers and clocks on machines that do other things too. The report names what needed it (retry x1).
    retry: 1,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['*/src/**/*.test.ts', 'test/**/*.test.ts', 'demo/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', 'test/browser/**'],
          // On two cores it would be one.
          maxWorkers: Math.max(2, availableParallelism() - 1),
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          globalSetup: 'test/browser/support/build-sdk.ts',
          // Real time counts here: no more browsers at a time than there are cores to spare, when all else is done.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
