import { processorMs } from './proc.js';

/** Less than any server needs for a handful of requests. */
const noiseMs = 0.5;
/** In the second at rest: much more than timers and garbage collection take. */
const busyAtRestMs = 100;

/** Processor time in milliseconds by pid. */
export type Activity = ReadonlyMap<number, number>;

/** Undefined where the kernel does not tell. */
export function readActivity(pids: readonly number[]): Activity | undefined {
  const activity = new Map(pids.map((pid) => [pid, processorMs(pid)]));
  return [...activity.values()].some((used) => used === 0) ? undefined : activity;
}

/**
 * The processes that did clearly more than at rest. What they do once a second anyway can fall into either time.
 *
 * @param resting a reading before a second or more in which nothing was sent
 * @param before a reading before the requests
 * @param after a reading after them
 */
export function busyPids(resting: Activity, before: Activity, after: Activity): number[] {
  return [...after.keys()].filter((pid) => rise(before, after, pid) > 1.5 * rise(resting, before, pid) + noiseMs);
}

/** The processes that work so much at rest that what a few requests add cannot be seen: those of a queue, or of a log. */
export function workingAtRest(resting: Activity, before: Activity): number[] {
  return [...before.keys()].filter((pid) => rise(resting, before, pid) > busyAtRestMs);
}

function rise(from: Activity, to: Activity, pid: number): number {
  return (to.get(pid) ?? 0) - (from.get(pid) ?? 0);
}
