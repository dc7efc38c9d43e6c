import { CheckError } from './check.js';
import { distinct, falls, sumOf } from './counts.js';
import type { Exposition } from './exposition.js';
import { movedKeys, PathSeries, withoutStatus } from './path-series.js';
import { findRequestMetrics, type MetricHints } from './request-metrics.js';
import type { Answer, RequestMetrics } from './service.js';

/** What the run learns about the service before the first check. */
export interface Observation {
  readonly metrics: RequestMetrics;
  readonly counterSeries: PathSeries;
  readonly histogramSeries: PathSeries;
  /** What shows that several registries answer; undefined when one did. */
  readonly several: string | undefined;
  /** What shows that requests other than ours arrive; undefined when none did. */
  readonly traffic: string | undefined;
}

interface Eyes {
  scrape(): Promise<Exposition>;
  request(path: string): Promise<Answer>;
  pause(milliseconds: number): Promise<void>;
  readonly path: string;
}

const watchMs = 3_000;
/** With 16 workers that take turns, all of them answer once. */
const scrapesEach = 20;
/** A slow endpoint is scraped less often: no longer than this. */
const scrapingMs = 2_000;
/**
 * Where a request goes (1), and where a scrape (0). Workers that take turns, 2 to 16 of them, get different numbers of
 * requests by it: with equal numbers their own registries would look like a common one.
 */
const pattern = '1000100111010101001001001001101110011111100111100000000111001001';

/**
 * Watches the counters for 3 s, then sends the first requests.
 *
 * @throws CheckError when the endpoint does not answer, or has no metrics of requests
 */
export async function observe(eyes: Eyes, hints: MetricHints): Promise<Observation> {
  const early = await scrapes(eyes);
  await eyes.pause(watchMs);
  const late = await scrapes(eyes);
  await warmUp(eyes);
  const after = await scrapes(eyes);

  const metrics = findRequestMetrics([...early, ...late], after, hints);
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
    several,
    traffic,
  };
}

async function scrapes(eyes: Eyes): Promise<Exposition[]> {
  const end = performance.now() + scrapingMs;
  const all: Exposition[] = [];
  while (all.length < 2 || (all.length < scrapesEach && performance.now() < end)) all.push(await eyes.scrape());
  return all;
}

/** The first requests: they make the series, and tell which they are. */
async function warmUp(eyes: Eyes): Promise<void> {
  const end = performance.now() + scrapingMs;
  for (const [index, kind] of [...pattern].entries()) {
    // A slow endpoint gets its first dozen all the same.
    if (index >= 12 && performance.now() > end) return;
    try {
      await (kind === '1' ? eyes.request(eyes.path) : eyes.scrape());
    } catch (error) {
      // The checks that send requests will say it.
      if (error instanceof CheckError) return;
      throw error;
    }
  }
}

/** Whether scrapes show several registries: the total goes up and down, or processes of different start times answer. */
function severalViews(counter: string, ...series: readonly (readonly Exposition[])[]): string | undefined {
  for (const expositions of [...series].reverse()) {
    const totals = expositions.map((exposition) => sumOf(exposition, counter));
    if (falls(totals) > 0) {
      return `${distinct(totals).length} different totals of ${counter} in ${totals.length} scrapes, up and down`;
    }
  }
  return undefined;
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
