import type { Monitoring } from '../../monitoring.js';
import { selector } from '../../promql.js';
import type { AlertRule } from '../rule.js';
import { sampleLimit } from '../scrape-config.js';
import { type Firing, firingAt, type InputSeries, type RuleTest, ruleTest } from './case.js';
import { instanceLabels, scraped, traffic } from './traffic.js';
import { constant } from './values.js';

const minutes = 30;

/** Cases of the alerts about scrapes. */
export function scrapeCases(monitoring: Monitoring, alerts: readonly AlertRule[]): RuleTest[] {
  const test = (name: string, series: readonly InputSeries[], firing: Firing) =>
    ruleTest(monitoring, alerts, name, series, firingAt(firing));
  const up = (instance: string) => scraped(monitoring, minutes, instance);
  const down = (instance: string): InputSeries => ({ ...up(instance), values: constant(0, minutes) });
  const samples = (count: number): InputSeries => ({
    series: selector('scrape_samples_post_metric_relabeling', instanceLabels(monitoring)),
    values: constant(count, minutes),
  });
  const limit = (count: number): InputSeries => ({
    series: selector('scrape_sample_limit', instanceLabels(monitoring)),
    values: constant(count, minutes),
  });
  const requests = traffic(monitoring, [{ status: 200, phases: [{ minutes, perMinute: 60 }] }]);
  return [
    test('all instances are scraped', [up('a:1'), up('b:1'), samples(sampleLimit / 2), ...requests], {}),
    test('one of two instances is down', [up('a:1'), down('b:1')], { TargetDown: 1 }),
    test('all instances are down', [down('a:1'), down('b:1')], { TargetDown: 2, AllTargetsDown: 1 }),
    test('an instance that is down for a moment', [{ ...up('a:1'), values: '1+0x24 0 1+0x4' }], {}),
    test('no instance is known', [], { TargetAbsent: 1 }),
    test('a scrape brings almost too many samples', [up('a:1'), samples(sampleLimit * 0.9)], {
      ScrapeNearSampleLimit: 1,
    }),
    test(
      'as many, where Prometheus tells that the limit was raised',
      [up('a:1'), samples(sampleLimit * 0.9), limit(sampleLimit * 2)],
      {},
    ),
    test('almost as many as the raised limit', [up('a:1'), samples(sampleLimit * 1.8), limit(sampleLimit * 2)], {
      ScrapeNearSampleLimit: 1,
    }),
    test('no limit, where Prometheus tells so', [up('a:1'), samples(sampleLimit * 2), limit(0)], {}),
    test(
      "no bucket ends at the objective's bound",
      [up('a:1'), ...requests.filter(({ series }) => !series.includes('_bucket{'))],
      { LatencyBucketMissing: 1 },
    ),
  ];
}
