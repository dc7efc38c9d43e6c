import type { Check } from './check.js';
import { countOf } from './counts.js';
import { fail, pass } from './finding.js';
import { readScrape } from './open-service.js';

const scrapes = 20;
const seconds = 8;
const share = 0.1;

export const scrapeCost: Check = {
  id: 'scrape-cost',
  title: 'A scrape is quick',
  expected: `95 of 100 scrapes take less than ${share * 100} % of the scrape interval`,
  needsRest: false,
  disturbs: false,
  cannotRun: () => undefined,
  async run({ client, options }) {
    const end = performance.now() + seconds * 1000;
    const times: number[] = [];
    let size = 0;
    let series = 0;
    while (times.length < 3 || (times.length < scrapes && performance.now() < end)) {
      const answer = await client.fetchMetrics();
      series = readScrape(answer).samples.length;
      size = answer.body.length;
      times.push(answer.seconds);
    }
    const p95 = times.sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] ?? 0;
    const interval = options.scrapeIntervalSeconds;
    const measured = `p95 ${milliseconds(p95)} in ${countOf(times.length, 'scrape')}, ${Math.ceil(size / 1024)} KiB, ${countOf(series, 'series')}; the interval is ${interval} s`;
    if (p95 < interval * share) return pass(measured);
    return fail(
      measured,
      'The process is busy with its own metrics, requests wait meanwhile, and above scrape_timeout the scrape is lost (up is 0, gaps in every graph). ' +
        'Find what makes the series many (see cardinality), a collect() that asks something slow, or the files of dead workers that pile up (prometheus_client).',
    );
  },
};

function milliseconds(value: number): string {
  return value < 1 ? `${Math.ceil(value * 1000)} ms` : `${value.toFixed(1)} s`;
}
