import { contextSwitches } from './proc.js';

/** Switches that an idle process may make beyond what it was seen to make. */
const noise = 5;

/** Context switches by pid, at a time (performance.now). */
export interface Activity {
  readonly at: number;
  readonly switches: ReadonlyMap<number, number>;
}

export function readActivity(pids: readonly number[]): Activity {
  return { at: performance.now(), switches: new Map(pids.map((pid) => [pid, contextSwitches(pid)])) };
}

/**
 * The processes that did more than they do at rest: a process that answers a request wakes up at least once for it.
 *
 * @param idle two readings while nothing was sent
 * @param busy two readings around the requests
 */
export function busyPids(idle: readonly [Activity, Activity], busy: readonly [Activity, Activity]): number[] {
  const share = (busy[1].at - busy[0].at) / Math.max(1, idle[1].at - idle[0].at);
  const pids = [...busy[1].switches.keys()];
  return pids.filter((pid) => rise(busy, pid) > 2 * share * rise(idle, pid) + noise);
}

function rise([before, after]: readonly [Activity, Activity], pid: number): number {
  return (after.switches.get(pid) ?? 0) - (before.switches.get(pid) ?? 0);
}
