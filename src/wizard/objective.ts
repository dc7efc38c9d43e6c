import { defaultBuckets } from '../metrics/buckets.js';
import type { Answers } from './answers.js';

/** What holds without an objective of the user's own: nothing that could page anybody rests on it. */
const defaultAvailability = 99.9;
const defaultLatency = 0.5;

/** What the service promises, as the answers say or by default. */
export interface PromisedObjective {
  /** Share of requests that are to succeed, in percent. */
  readonly availability: number;
  /** In seconds. */
  readonly latencySeconds: number;
  /** Whether the user has set it. */
  readonly isGiven: boolean;
}

/** The objective of a service; a latency that was not given is the bucket's bound nearest to half a second. */
export function objectiveFor({ slo, sloLatency, buckets }: Pick<Answers, 'slo' | 'sloLatency' | 'buckets'>) {
  const objective: PromisedObjective = {
    availability: slo ?? defaultAvailability,
    latencySeconds: sloLatency ?? nearest(buckets ?? defaultBuckets),
    isGiven: slo !== undefined,
  };
  return objective;
}

/**
 * Checks what no answer shows alone: how many requests are faster than a bound is known only for a bucket's own.
 *
 * @throws Error whose message says what is allowed
 */
export function checkLatency(seconds: number, buckets: readonly number[] = defaultBuckets): void {
  if (buckets.includes(seconds)) return;
  throw new Error(`must be one of the buckets' bounds, in seconds: ${buckets.join(', ')}`);
}

function nearest(bounds: readonly number[]): number {
  const distance = (bound: number) => Math.abs(Math.log(bound / defaultLatency));
  return bounds.reduce((best, bound) => (distance(bound) < distance(best) ? bound : best));
}
