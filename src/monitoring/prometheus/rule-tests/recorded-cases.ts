import type { Monitoring } from '../../monitoring.js';
import { selector } from '../../promql.js';
import { recordsOf } from '../objective.js';
import type { ExpressionTest, RuleTest } from './case.js';
import { type Requests, traffic } from './traffic.js';

const minutes = 15;

/** Cases of what is recorded: the numbers, and that there is none where there were no requests. */
export function recordedCases(monitoring: Monitoring): RuleTest[] {
  const { application, catalogue, objective } = monitoring;
  const { route } = catalogue.httpLabels;
  const service = { application };
  const ofRoute = { application, [route]: '/' };
  const has = (record: string, value: number, labels: Record<string, string> = service, scale = 1): ExpressionTest => ({
    expr: `round(${selector(record, labels)} / ${scale}, 0.001)`,
    eval_time: `${minutes}m`,
    exp_samples: [{ labels: selector('', labels), value }],
  });
  const none = (record: string): ExpressionTest => ({ expr: record, eval_time: `${minutes}m`, exp_samples: [] });
  const [available, fast] = [recordsOf('availability', '5m'), recordsOf('latency', '5m')];
  const duration = 'http_request_duration_seconds';
  const bound = objective.latencySeconds;
  return [
    {
      name: 'recorded: a quarter of ten requests per second fails, a fifth of the others is slow',
      interval: '1m',
      input_series: traffic(monitoring, [answered(450), failed(150)], true),
      promql_expr_test: [
        has('application:http_requests:rate5m', 10),
        has('application:http_requests_failed:rate5m', 2.5),
        has(`application_${route}:http_requests:rate5m`, 10, ofRoute),
        has(`application_${route}:http_requests_failed:rate5m`, 2.5, ofRoute),
        has(`application_${route}:${duration}:p99_rate5m`, 1, ofRoute, bound),
        has(available.missRatio, 0.25),
        has(fast.missRatio, 0.2),
      ],
    },
    {
      name: 'recorded: without requests, and without an error ever, rates of 0, and neither quantiles nor shares',
      interval: '1m',
      input_series: traffic(monitoring, [answered(0)], true),
      promql_expr_test: [
        has('application:http_requests:rate5m', 0),
        has('application:http_requests_failed:rate5m', 0),
        has(available.misses, 0),
        has(fast.misses, 0),
        none(`application:${duration}:p99_rate5m`),
        none(available.missRatio),
        none(fast.missRatio),
      ],
    },
  ];
}

function answered(perMinute: number): Requests {
  return { status: 200, slow: 0.2, phases: [{ minutes, perMinute }] };
}

function failed(perMinute: number): Requests {
  return { status: 500, phases: [{ minutes, perMinute }] };
}
