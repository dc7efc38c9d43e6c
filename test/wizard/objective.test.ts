import { describe, expect, test } from 'vitest';
import { defaultBuckets } from '../../src/metrics/buckets.js';
import { checkLatency, objectiveFor } from '../../src/wizard/objective.js';

describe('objectiveFor', () => {
  test.each([
    [{}, { availability: 99.9, latencySeconds: 0.5, isGiven: false }],
    [
      { slo: 99.5, sloLatency: 0.1 },
      { availability: 99.5, latencySeconds: 0.1, isGiven: true },
    ],
    // A bound for the latency alone is no promise: nobody is paged for it.
    [{ sloLatency: 0.1 }, { availability: 99.9, latencySeconds: 0.1, isGiven: false }],
    [{ buckets: [0.01, 0.3, 0.9, 60] }, { availability: 99.9, latencySeconds: 0.3, isGiven: false }],
    [{ buckets: [30] }, { availability: 99.9, latencySeconds: 30, isGiven: false }],
  ])('%j', (answers, objective) => {
    expect(objectiveFor(answers)).toEqual(objective);
  });
});

describe('checkLatency', () => {
  test("takes the buckets' bounds", () => {
    for (const bound of defaultBuckets) expect(() => checkLatency(bound)).not.toThrow();
    expect(() => checkLatency(0.3, [0.3])).not.toThrow();
  });

  test('names what is allowed', () => {
    expect(() => checkLatency(0.3)).toThrow("must be one of the buckets' bounds, in seconds: 0.005, 0.01,");
    expect(() => checkLatency(0.5, [0.3, 0.9])).toThrow("must be one of the buckets' bounds, in seconds: 0.3, 0.9");
  });
});
