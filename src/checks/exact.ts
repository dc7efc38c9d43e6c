import type { Check, Finding } from './check.js';
import { countOf, labelsKey, samplesOf } from './counts.js';
import type { Exposition } from './exposition.js';
import { fail, pass, skip, warn } from './finding.js';
import { answeredInFront, inFrontHint } from './in-front.js';
import { atRest, type LoadResult, requireAnswers, sendAll, settled, statusesText } from './load.js';
import { movedAlone } from './moved-alone.js';
import type { CountedSeries, Service } from './service.js';

const warmUp = 10;
/** Ten thousand requests may be asked for. */
const longestSendMs = 12_000;
/** So few too many may be somebody else's, such as a probe that comes once in ten seconds. */
const fewTooMany = 5;

export const exact: Check = {
  id: 'exact',
  title: 'Every request is counted once',
  expected: 'the total and the histogram rise by exactly the number of requests sent; le="+Inf" equals _count',
  needsRest: true,
  disturbs: false,
  limitSeconds: 30,
  cannotRun: () => undefined,
  async run(service) {
    const { path, options } = service;
    const warmed = await sendAll(
      service,
      Array.from({ length: warmUp }, () => ({ path })),
    );
    requireAnswers(warmed);
    const before = await atRest(service);
    const load = await sendAll(
      service,
      Array.from({ length: options.requests }, () => ({ path })),
      { longestMs: longestSendMs },
    );
    requireAnswers(load);
    const series = service.seriesOf(load.statuses.keys());
    const answered = load.sent - load.failures.length;
    const after = await settled(service, series.total, series.total(before) + answered);
    const counter = series.total(after) - series.total(before);
    const tooMany = counter - load.sent;
    if (service.several === undefined && tooMany > 0 && tooMany <= fewTooMany) {
      const alone = await movedAlone(service, series.total);
      if (alone !== undefined) return skip(alone);
    }
    return judged(service, load, {
      counter,
      histogram: risenCount(service, series, before, after),
      buckets: unequalBuckets(service.metrics.histogram, after),
    });
  },
};

interface Rises {
  readonly counter: number;
  readonly histogram: number | undefined;
  /** A series whose +Inf bucket is not its count. */
  readonly buckets: string | undefined;
}

/** Undefined where the counter is the histogram's own. */
function risenCount(
  { metrics: { counter, histogram } }: Service,
  series: CountedSeries,
  before: Exposition,
  after: Exposition,
): number | undefined {
  return counter === `${histogram}_count` ? undefined : difference(series.count(after), series.count(before));
}

function difference(later: number | undefined, earlier: number | undefined): number | undefined {
  return later === undefined || earlier === undefined ? undefined : later - earlier;
}

function judged(service: Service, load: LoadResult, rises: Rises): Finding {
  const { counter, histogram } = service.metrics;
  const answered = load.sent - load.failures.length;
  const right = (rise: number) => isBetween(rise, answered, load.sent);
  const parts = [`${counter} +${rises.counter}`];
  if (rises.histogram !== undefined) parts.push(`${histogram} +${rises.histogram}`);
  const fewer = load.sent < service.options.requests ? ` instead of ${service.options.requests}, for it is slow,` : '';
  const measured = `${countOf(load.sent, 'request')}${fewer} to ${service.path} (${statusesText(load)}): ${parts.join(', ')}`;
  if (rises.counter === 0 && isTurnedAway(load) && service.options.targetPath === undefined) {
    return warn(
      `${measured}: what no route answers is not counted`,
      'Give a path that the service answers: --target-path <path>. Requests that end in 401, 403 or 404 before the middleware are missing from the rate and from the error ratio; a middleware in front of all else counts them.',
    );
  }
  const early = answeredInFront(load);
  const passed = load.sent - early;
  const isLimited = passed > 0 || [...load.statuses.keys()].every((status) => status === 429);
  if (early > 0 && isLimited && isBetween(rises.counter, passed - load.failures.length, passed)) {
    return warn(`${measured}: ${early} were answered in front of what counts`, inFrontHint);
  }
  if (!right(rises.counter)) return fail(measured, wrongCount(service, rises.counter, answered));
  if (rises.histogram !== undefined && !right(rises.histogram)) {
    return fail(
      measured,
      `Counter and histogram disagree: rate(${histogram}_count) is another rate than rate(${counter}), and quantiles describe other requests. Update both in one place, on the response's close.`,
    );
  }
  if (rises.buckets !== undefined) {
    return fail(
      `${measured}; ${rises.buckets}`,
      'histogram_quantile() takes the +Inf bucket for the number of requests: quantiles are wrong. Buckets that are added up over processes need the same bounds.',
    );
  }
  return pass(measured);
}

function isBetween(number: number, least: number, most: number): boolean {
  return number >= least && number <= most;
}

function isTurnedAway({ statuses }: LoadResult): boolean {
  return [...statuses.keys()].every((status) => [401, 403, 404].includes(status));
}

function wrongCount({ several }: Service, rise: number, answered: number): string {
  if (several !== undefined) {
    return "A scrape shows one worker's registry, and the requests went to all of them: rate() takes the other workers' totals for resets. See same-view.";
  }
  if (rise > answered) {
    return 'Requests are counted more than once, so rate() is too high: the middleware is mounted twice, both finish and close count, or the scrapes count too (see self).';
  }
  return "Requests are missing, so rate() is too low: mount the middleware before the routes, and count on the response's close.";
}

function unequalBuckets(histogram: string | undefined, exposition: Exposition): string | undefined {
  if (histogram === undefined) return undefined;
  const infinite = samplesOf(exposition, `${histogram}_bucket`).filter(({ labels }) => labels['le'] === '+Inf');
  const buckets = new Map(infinite.map(({ labels, value }) => [labelsKey(labels, (label) => label === 'le'), value]));
  if (buckets.size === 0) return undefined;
  const wrong = samplesOf(exposition, `${histogram}_count`).find(
    ({ labels, value }) => buckets.get(labelsKey(labels)) !== value,
  );
  return wrong && `le="+Inf" is ${buckets.get(labelsKey(wrong.labels)) ?? 'missing'} where _count is ${wrong.value}`;
}
