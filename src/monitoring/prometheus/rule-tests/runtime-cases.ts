import type { Metric } from '../../../metrics/metric.js';
import type { Monitoring } from '../../monitoring.js';
import { selector } from '../../promql.js';
import type { AlertRule } from '../rule.js';
import { type Firing, firingAt, type InputSeries, type RuleTest, ruleTest } from './case.js';
import { instanceLabels, scraped } from './traffic.js';
import { constant } from './values.js';

const minutes = 30;

/** Cases of the alerts about processes, for those metrics that the service has. */
export function runtimeCases(monitoring: Monitoring, alerts: readonly AlertRule[]): RuleTest[] {
  const { catalogue } = monitoring;
  const { eventLoopLagP99, heapUsed, heapLimit, startTime, multiprocessUp, redisUp, redisDropped } = catalogue.metrics;
  const test = (name: string, series: readonly InputSeries[], firing: Firing) =>
    ruleTest(monitoring, alerts, name, [scraped(monitoring, minutes), ...series], firingAt(firing));
  const one = (metric: Metric, values: string, worker = '0'): InputSeries => {
    const labels = { ...instanceLabels(monitoring), ...(metric.perWorker && catalogue.multiprocess ? { worker } : {}) };
    return { series: selector(metric.name, labels), values };
  };
  const flat = (metric: Metric, value: number, worker?: string) => one(metric, constant(value, minutes), worker);
  /** Another worker, which is well; one process alone has none. */
  const other = (...series: readonly InputSeries[]) => (catalogue.multiprocess ? series : []);
  return [
    test(
      'the processes are well',
      [
        ...(eventLoopLagP99 ? [flat(eventLoopLagP99, 0.02)] : []),
        ...(heapUsed && heapLimit ? [flat(heapUsed, 60e6), flat(heapLimit, 100e6)] : []),
        ...(multiprocessUp ? [flat(multiprocessUp, 1)] : []),
        ...(redisUp ? [flat(redisUp, 1)] : []),
        ...(redisDropped ? [flat(redisDropped, 7)] : []),
      ],
      {},
    ),
    ...(eventLoopLagP99
      ? [
          test(
            'the event loop of one process is held up',
            [flat(eventLoopLagP99, 0.4), ...other(flat(eventLoopLagP99, 0.01, '1'))],
            { EventLoopBlocked: 1 },
          ),
          test('the event loop is held up for a moment', [one(eventLoopLagP99, '0.01+0x23 2 2 0.01+0x4')], {}),
        ]
      : []),
    ...(heapUsed && heapLimit
      ? [
          test(
            'the heap of one process is almost full',
            [
              ...[flat(heapUsed, 95e6), flat(heapLimit, 100e6)],
              ...other(flat(heapUsed, 20e6, '1'), flat(heapLimit, 100e6, '1')),
            ],
            { HeapNearLimit: 1 },
          ),
        ]
      : []),
    ...(startTime
      ? [
          test('a process starts again every five minutes', [one(startTime, starts(5))], { RestartLoop: 1 }),
          test('a deployment', [one(startTime, starts(20))], {}),
        ]
      : []),
    ...(multiprocessUp
      ? [
          test('one of the processes counts for itself', degraded(monitoring, multiprocessUp), {
            MultiprocessMetricsDegraded: 1,
          }),
        ]
      : []),
    ...(redisUp
      ? [
          test('Redis does not answer', [flat(redisUp, 0)], { RedisMetricsMissing: 1 }),
          test('Redis is away for a moment', [one(redisUp, '1+0x23 0 1+0x5')], {}),
        ]
      : []),
    ...(redisDropped
      ? [test('changes of metrics in Redis are dropped', [one(redisDropped, '0+0x20 5+5x9')], { RedisMetricsLost: 1 })]
      : []),
  ];
}

/** A start time that changes every so many minutes. */
function starts(every: number): string {
  const values = Array.from({ length: minutes + 1 }, (_, minute) => 1000 + Math.floor(minute / every) * every * 60);
  return values.join(' ');
}

/** Scrapes reach a worker that is well and one that is not in turn; the series of the one that they do not reach ends. */
function degraded(monitoring: Monitoring, up: Metric): InputSeries[] {
  const labels = instanceLabels(monitoring);
  const everyOther = (value: string, first: number) =>
    Array.from({ length: minutes + 1 }, (_, minute) => (minute % 2 === first ? value : 'stale')).join(' ');
  return [
    { series: selector(up.name, labels), values: everyOther('1', 0) },
    { series: selector(up.name, { ...labels, worker: '1' }), values: everyOther('0', 1) },
  ];
}
