import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{cql,storage,src,scripts,bench,test}/**/*.test.ts'],
    // Whole-system tests start servers; two files at a time is what two cores bear.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
