import { CheckError } from './check.js';
import { sumOf } from './counts.js';
import type { Exposition } from './exposition.js';
import { type Eyes, firstRequests, untilCounted } from './first-requests.js';
import { movedKeys, PathSeries, withoutStatus } from './path-series.js';
import { findRequestMetrics, type MetricHints } from './request-metrics.js';
import type { Answer, RequestMetrics } from './service.js';
import { severalViews } from './several-views.js';

/** What the run learns about the service before the first check. */
export interface Observation {
  readonly metrics: RequestMetrics;
  readonly counterSeries: PathSeries;
  readonly histogramSeries: PathSeries;
  /** What the requests by which these series were found were answered with. */
  readonly statuses: ReadonlySet<number>;
  /** What shows that several registries answer; undefined when one did. */
  readonly several: string | undefined;
  /** What shows that requests other than ours arrive; undefined when none did. */
  readonly traffic: string | undefined;
  /** How long after its answer a request may be counted, in milliseconds; 0 where that is at once. */
  readonly countedAfterMs: number;
}

const watchMs = 3_000;
/** With 16 workers that take turns, all of them answer once. */
const scrapesEach = 20;
/** A slow endpoint is scraped less often: no longer than this. */
const scrapingMs = 2_000;

/**
 * Watches the counters for 3 s, then sends the first requests.
 *
 * @throws CheckError when the endpoint does not answer, or has no metrics of requests
 */
export async function observe(eyes: Eyes, hints: MetricHints): Promise<Observation> {
  const early = await scrapes(eyes);
  await eyes.pause(watchMs);
  const late = await scrapes(eyes, eyes.isSlow ? 1 : undefined);
  const answers = await firstRequests(eyes);
  const find = (busy: readonly Exposition[]) => findRequestMetrics([...early, ...late], busy, hints);
  const counted = await untilCounted(eyes, late, answers.length, (busy) => find(busy).counter);
  const after = [...counted.scrapes, ...(await scrapes(eyes, eyes.isSlow ? 1 : undefined))];

  const metrics = findOrExplain(() => find(after), eyes.path, answers);
  const { counter, statusLabel } = metrics;
  const without = withoutStatus(statusLabel);
  const half = Math.ceil(early.length / 2);
  const byScrapes = movedKeys(counter, early.slice(0, half), early.slice(half), without);
  const several = severalViews(counter, late, after);
  const byOthers = movedByOthers(counter, early, late, byScrapes, several !== undefined, without);
  const others = new Set([...byScrapes, ...byOthers]);
  const counterSeries = PathSeries.find(counter, late, after, others, statusLabel);
  const count = metrics.histogram === undefined ? counter : `${metrics.histogram}_count`;
  const traffic = counterSeries.meets(byOthers)
    ? `${counter} moved in ${watchMs / 1000} s without a request of ours: others use the service`
    : undefined;
  return {
    metrics,
    counterSeries,
    histogramSeries: PathSeries.find(count, late, after, others, statusLabel),
    statuses: new Set(answers.map(({ status }) => status)),
    several,
    traffic,
    countedAfterMs: counted.afterMs,
  };
}

/** An answer that no route of the service gave may not be counted: then nothing can be found by what moves. */
function findOrExplain(find: () => RequestMetrics, path: string, answers: readonly Answer[]): RequestMetrics {
  try {
    return find();
  } catch (error) {
    const [first] = answers;
    if (!(error instanceof CheckError) || first === undefined || first.status < 300) throw error;
    const hint = `${path} answers ${first.status}, which it may not count: name a path that it serves with --target-path. ${error.hint}`;
    throw new CheckError(error.message, hint, { cause: error });
  }
}

async function scrapes(eyes: Eyes, least = 2): Promise<Exposition[]> {
  const end = performance.now() + (eyes.isSlow ? 0 : scrapingMs);
  const all: Exposition[] = [];
  while (all.length < least || (all.length < scrapesEach && performance.now() < end)) all.push(await eyes.scrape());
  return all;
}

/** The series that moved while we only watched, beyond what our own scrapes explain. */
function movedByOthers(
  counter: string,
  early: readonly Exposition[],
  late: readonly Exposition[],
  byScrapes: ReadonlySet<string>,
  several: boolean,
  without: (label: string) => boolean,
): ReadonlySet<string> {
  const [before, after] = several ? [early, late] : [early.slice(-1), late.slice(0, 1)];
  // One scrape lies between those two, or with several registries all of them.
  const explained = several ? early.length + late.length : 2;
  const unexplained = movedKeys(counter, before, after, without, explained);
  const moved = [...movedKeys(counter, before, after, without)].filter(
    (key) => !byScrapes.has(key) || unexplained.has(key),
  );
  if (!several) return new Set(moved);
  // Among several registries a new total may be one that had not been met yet; traffic changes most of them.
  const met = new Set(early.map((exposition) => sumOf(exposition, counter)));
  const fresh = late.filter((exposition) => !met.has(sumOf(exposition, counter))).length;
  return new Set(fresh * 2 > late.length ? moved : []);
}
