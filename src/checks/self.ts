import type { Check } from './check.js';
import { countOf, samplesOf, sumOf } from './counts.js';
import type { Exposition } from './exposition.js';
import { fail, pass } from './finding.js';
import type { Service } from './service.js';

const scrapes = 10;
const settleMs = 300;

export const self: Check = {
  id: 'self',
  title: 'The endpoint does not count itself',
  expected: `${scrapes} scrapes leave the counter of requests as it is`,
  needsRest: true,
  disturbs: false,
  cannotRun: () => undefined,
  async run(service) {
    const { counter } = service.metrics;
    // Several registries have a total each: the largest of many scrapes rises when each of them counts its scrapes.
    const block = service.several === undefined ? scrapes : 4 * scrapes;
    const first = await service.scrape();
    const before = service.several === undefined ? [first] : [first, ...(await scrapeTimes(service, block))];
    await scrapeTimes(service, block);
    await service.pause(settleMs);
    const after = service.several === undefined ? [await service.scrape()] : await scrapeTimes(service, block);
    const rise = largest(after, counter) - largest(before, counter);
    const measured = `${countOf(block, 'scrape')}: ${counter} +${rise}`;
    if (rise <= 0) return pass(measured);
    return fail(
      `${measured}${seriesOfScrapes(service, first, after)}`,
      'Every scrape of every Prometheus becomes traffic: sum(rate()) has a floor that nobody sent, and latencies look better than they are. ' +
        'Mount the endpoint before the middleware, or leave its path out there.',
    );
  },
};

async function scrapeTimes(service: Service, times: number): Promise<Exposition[]> {
  const all: Exposition[] = [];
  for (let time = 0; time < times; time++) all.push(await service.scrape());
  return all;
}

function largest(expositions: readonly Exposition[], name: string): number {
  return Math.max(...expositions.map((exposition) => sumOf(exposition, name)));
}

/** Which series it was, when its labels name the path. */
function seriesOfScrapes({ metrics, url }: Service, first: Exposition, after: readonly Exposition[]): string {
  const all = [first, ...after].flatMap((exposition) => samplesOf(exposition, metrics.counter));
  const label = all.flatMap(({ labels }) => Object.entries(labels)).find(([, value]) => value === url.pathname);
  return label === undefined ? '' : ` (${label[0]}="${label[1]}")`;
}
