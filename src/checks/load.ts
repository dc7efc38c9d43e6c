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

/** A slow service is asked for no more after it. */
const longestSendMs = 5_000;
const settleMs = 2_000;
/** Where other traffic moves it as well, it never rests. */
const longestSettleMs = 6_000;
const pollMs = 25;
const severalMs = 300;

/**
 * Sends requests, some at a time, each on a fresh connection. A request without an answer is a failure in the result;
 * after ten of them in a row no more are sent, and none after some seconds: a slow service is not a wrong one, and what
 * was sent tells as much.
 */
export async function sendAll(
  service: Service,
  tasks: readonly Task[],
  { atOnce = 8, longestMs = longestSendMs } = {},
): Promise<LoadResult> {
  const queue = [...tasks];
  const end = performance.now() + longestMs;
  return gather(service, async () => (performance.now() < end ? queue.shift() : undefined), atOnce);
}

/** Scrapes so many times; a slow endpoint twice, and then for some seconds at most. */
export async function scrapeTimes(service: Service, times: number, longestMs = 3_000): Promise<Exposition[]> {
  const end = performance.now() + longestMs;
  const all: Exposition[] = [];
  while (all.length < Math.min(2, times) || (all.length < times && performance.now() < end)) {
    all.push(await service.scrape());
  }
  return all;
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

/** Waits until what was sent is counted, and gives the scrape after which a number (the path's total) stays as it is. */
export async function atRest(
  service: Service,
  read: (exposition: Exposition) => number = service.pathTotal,
): Promise<Exposition> {
  // Scrapes of several registries differ at rest, too.
  if (service.several !== undefined) {
    await service.pause(severalMs);
    return service.scrape();
  }
  const stillMs = service.countedAfterMs === 0 ? 100 : service.countedAfterMs + 500;
  const latest = performance.now() + stillMs + longestSettleMs;
  let last = await service.scrape();
  for (;;) {
    await service.pause(stillMs);
    const next = await service.scrape();
    if (read(next) === read(last) || performance.now() > latest) return next;
    last = next;
  }
}

/**
 * Scrapes until a number has reached what is expected: a server counts a response a moment after the client has read its
 * end, and some publish now and then. Gives the last scrape when the number has not moved for 2 s, or longer where counting
 * was seen to take longer.
 */
export async function settled(
  service: Service,
  read: (exposition: Exposition) => number,
  expected: number,
): Promise<Exposition> {
  let exposition = await service.scrape();
  let last = read(exposition);
  const stillMs = settleMs + service.countedAfterMs;
  const latest = performance.now() + longestSettleMs + service.countedAfterMs;
  let end = performance.now() + stillMs;
  while (last < expected && performance.now() < end) {
    await service.pause(pollMs);
    exposition = await service.scrape();
    const now = read(exposition);
    if (now > last) end = Math.min(latest, performance.now() + stillMs);
    last = Math.max(last, now);
  }
  return exposition;
}
