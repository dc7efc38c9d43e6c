import type { Check, Finding } from './check.js';
import { countOf, isProcessLabel, samplesOf, sumOf } from './counts.js';
import type { Exposition } from './exposition.js';
import { fail, pass } from './finding.js';
import { atRest, scrapeTimes } from './load.js';
import { sumsByKey } from './path-series.js';
import type { Service } from './service.js';

const scrapes = 10;
const scrapesOfSeveral = 4 * scrapes;
const settleMs = 300;
const hint =
  'Every scrape of every Prometheus becomes traffic: sum(rate()) has a floor that nobody sent, and latencies look better than they are. ' +
  'Mount the endpoint before the middleware, or leave its path out there.';

export const self: Check = {
  id: 'self',
  title: 'The endpoint does not count itself',
  expected: `${scrapes} scrapes leave the counter of requests as it is`,
  needsRest: true,
  disturbs: false,
  // Where a scrape takes seconds.
  limitSeconds: 45,
  cannotRun: () => undefined,
  async run(service) {
    if (service.several !== undefined) return ofSeveral(service);
    let round = await scrapeRound(service);
    // Others may have come just then; scrapes are counted every time.
    if (round.ofScrapes > 0) round = await scrapeRound(service);
    const { times, rise, ofScrapes, last } = round;
    const measured = `${countOf(times, 'scrape')}: ${service.metrics.counter} +${ofScrapes}`;
    if (ofScrapes > 0) return fail(`${measured}${seriesOfScrapes(service, last)}`, hint);
    return pass(rise > 0 ? `${measured}; others +${rise}` : measured);
  },
};

interface Round {
  readonly times: number;
  /** Of the counter, with the scrapes. */
  readonly rise: number;
  /** Of the series that only scrapes move. */
  readonly ofScrapes: number;
  readonly last: Exposition;
}

/** Scrapes, and then waits as long: a scrape that is counted moves one series each time, others move theirs in both halves. */
async function scrapeRound(service: Service): Promise<Round> {
  const { counter } = service.metrics;
  const sums = (exposition: Exposition) => sumsByKey(exposition, counter, isProcessLabel);
  const waitMs = service.countedAfterMs + settleMs;
  const first = await atRest(service);
  const begin = performance.now();
  const { length: times } = await scrapeTimes(service, scrapes);
  await service.pause(waitMs);
  const busy = await service.scrape();
  await service.pause(performance.now() - begin);
  const last = await service.scrape();
  const [atFirst, atBusy, atLast] = [sums(first), sums(busy), sums(last)];
  const rises = [...atBusy].map(([key, value]) => ({
    busy: value - (atFirst.get(key) ?? 0),
    idle: (atLast.get(key) ?? value) - value,
  }));
  const ofScrapes = rises.filter((one) => one.busy >= times && one.idle * 2 < one.busy).map((one) => one.busy);
  return { times, last, rise: sumOf(busy, counter) - sumOf(first, counter), ofScrapes: Math.max(0, ...ofScrapes) };
}

/** Several registries have a total each: the largest of many scrapes rises when each of them counts its scrapes. */
async function ofSeveral(service: Service): Promise<Finding> {
  const { counter } = service.metrics;
  const before = await scrapeTimes(service, scrapesOfSeveral);
  await scrapeTimes(service, scrapesOfSeveral);
  await service.pause(settleMs);
  const after = await scrapeTimes(service, scrapesOfSeveral);
  const rise = largest(after, counter) - largest(before, counter);
  const measured = `${countOf(scrapesOfSeveral, 'scrape')}: ${counter} +${rise}`;
  const [last] = after.slice(-1);
  return rise <= 0 || last === undefined ? pass(measured) : fail(`${measured}${seriesOfScrapes(service, last)}`, hint);
}

function largest(expositions: readonly Exposition[], name: string): number {
  return Math.max(...expositions.map((exposition) => sumOf(exposition, name)));
}

/** Which series it was, when its labels name the path. */
function seriesOfScrapes({ metrics, url }: Service, exposition: Exposition): string {
  const labels = samplesOf(exposition, metrics.counter).flatMap((sample) => Object.entries(sample.labels));
  const label = labels.find(([, value]) => value === url.pathname);
  return label === undefined ? '' : ` (${label[0]}="${label[1]}")`;
}
