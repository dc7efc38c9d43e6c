import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The machines this runs on have two cores, and the end-to-end tests start servers of their own.
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 240_000,
    // Vitest's own limit of 1 s is too little for a process that is to start or to end on a busy machine.
    expect: { poll: { timeout: 20_000 } },
  },
});
