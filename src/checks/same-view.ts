import type { Check } from './check.js';
import { countOf, distinct, falls } from './counts.js';
import { fail, pass, skip, warn } from './finding.js';
import { atRest, scrapeTimes, sendAll } from './load.js';
import type { Service } from './service.js';

const scrapes = 50;
const seconds = 10;

export const sameView: Check = {
  id: 'same-view',
  title: 'Every scrape shows the same total',
  expected: `one distinct total in ${scrapes} scrapes at rest, each on a fresh connection`,
  needsRest: false,
  disturbs: false,
  // Where a scrape takes seconds.
  limitSeconds: 30,
  // Several registries are what it looks for: they are no reason not to look.
  cannotRun: (service) => (service.several === undefined ? service.unrest : undefined),
  async run(service) {
    // Workers that take turns have equal totals after a round number of requests; after one more they have not.
    const halves = [await stillTotals(service), await stillTotals(service)];
    const number = halves.reduce((sum, { length }) => sum + length, 0);
    const totals = halves.reduce((one, other) => (distinct(other).length > distinct(one).length ? other : one));
    const different = distinct(totals).sort((a, b) => a - b);
    const shown = different.length > 8 ? [...different.slice(0, 8), '…'] : different;
    const measured = `${countOf(different.length, 'distinct total')} in ${countOf(number, 'scrape')}`;
    if (different.length === 1) return pass(measured);
    if (falls(totals) === 0 && service.several === undefined) {
      return skip(`the total rose from ${different[0]} to ${different.at(-1)}, and never fell: others use the service`);
    }
    const figures = `${measured}: ${shown.join(', ')}`;
    const resets =
      'Prometheus meets another one at each scrape, rate() and increase() take every smaller total for a reset, and are inflated.';
    if (!service.oneInstance) {
      return warn(
        figures,
        `Several registries answer behind this URL. Instances behind a load balancer: let Prometheus scrape each by its own address, or ${lower(resets)} Workers of one instance: each has its own registry; npx add-prom-metrics gives them a common one.`,
      );
    }
    return fail(
      figures,
      `Each worker has its own registry: ${resets} npx add-prom-metrics gives the workers a common one that survives their deaths (behind a load balancer instead: scrape each instance by its own address).`,
    );
  },
};

/**
 * The totals of many scrapes after a request. One that only rises is a request that was counted late, or somebody else's:
 * it is looked at again, as several registries would go up and down.
 */
async function stillTotals(service: Service): Promise<number[]> {
  await sendAll(service, [{ path: service.path }]);
  await atRest(service);
  const end = performance.now() + (seconds * 1000) / 2;
  for (;;) {
    const scraped = await scrapeTimes(service, scrapes / 2, end - performance.now());
    const totals = scraped.map((exposition) => service.pathTotal(exposition));
    if (distinct(totals).length === 1 || falls(totals) > 0 || performance.now() > end) return totals;
  }
}

function lower(text: string): string {
  return text.replace('Prometheus meets', 'it meets');
}
