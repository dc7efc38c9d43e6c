import { CheckError } from './check.js';
import type { Exposition } from './exposition.js';
import type { RequestOptions, Service } from './service.js';

/** What became of some requests. */
export interface LoadResult {
  readonly sent: number;
  /** Answers by status, in numeric order. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly failures: readonly CheckError[];
}

interface Task extends RequestOptions {
  readonly path: string;
}

const settleMs = 2_000;
/** Where other traffic moves it as well, it never rests. */
const longestSettleMs = 6_000;
const pollMs = 25;

/**
 * Sends requests, some at a time, each on a fresh connection. A request without an answer is a failure in the result;
 * after ten of them in a row no more are sent.
 */
export async function sendAll(service: Service, tasks: readonly Task[], atOnce = 8): Promise<LoadResult> {
  const queue = [...tasks];
  return gather(service, async () => queue.shift(), atOnce);
}

/** Sends requests to the path under test for so many seconds, evenly, and not more than so many a second. */
export async function sendFor(service: Service, seconds: number, perSecond: number, atOnce = 4): Promise<LoadResult> {
  const start = performance.now();
  let sent = 0;
  const next = async (): Promise<Task | undefined> => {
    const due = start + (sent * 1000) / perSecond;
    if (due > start + seconds * 1000 || performance.now() > start + seconds * 1000) return undefined;
    sent += 1;
    if (due > performance.now()) await service.pause(due - performance.now());
    return { path: service.path };
  };
  return gather(service, next, atOnce);
}

async function gather(service: Service, next: () => Promise<Task | undefined>, atOnce: number): Promise<LoadResult> {
  const statuses = new Map<number, number>();
  const failures: CheckError[] = [];
  let sent = 0;
  let inARow = 0;
  const lane = async (): Promise<void> => {
    for (let task = await next(); task !== undefined && inARow < 10; task = await next()) {
      sent += 1;
      try {
        const { status } = await service.client.request(task.path, task);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        inARow = 0;
      } catch (error) {
        if (!(error instanceof CheckError)) throw error;
        failures.push(error);
        inARow += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return { sent, failures, statuses: new Map([...statuses].sort(([a], [b]) => a - b)) };
}

/** @throws CheckError the first failure, when not a single request was answered */
export function requireAnswers({ statuses, failures }: LoadResult): void {
  const [first] = failures;
  if (statuses.size === 0 && first !== undefined) throw first;
}

/** "200 × 150, 404 × 3" */
export function statusesText({ statuses, failures }: LoadResult): string {
  const answered = [...statuses].map(([status, times]) => `${status} × ${times}`);
  return [...answered, ...(failures.length > 0 ? [`no answer × ${failures.length}`] : [])].join(', ');
}

/**
 * Scrapes until a number has reached what is expected: a server counts a response a moment after the client has read its
 * end, and some publish once a second. Gives the last scrape when the number has not moved for 2 s.
 */
export async function settled(
  service: Service,
  read: (exposition: Exposition) => number,
  expected: number,
): Promise<Exposition> {
  let exposition = await service.scrape();
  let last = read(exposition);
  const latest = performance.now() + longestSettleMs;
  let end = performance.now() + settleMs;
  while (last < expected && performance.now() < end) {
    await service.pause(pollMs);
    exposition = await service.scrape();
    const now = read(exposition);
    if (now > last) end = Math.min(latest, performance.now() + settleMs);
    last = Math.max(last, now);
  }
  return exposition;
}
