import { describe, expect, test } from 'vitest';
import { risingSamples } from '../../src/checks/counts.js';
import { parseExposition } from '../../src/checks/exposition.js';
import { findRequestMetrics, type MetricHints } from '../../src/checks/request-metrics.js';

// The shapes that the usual libraries give.

const none: MetricHints = { counter: undefined, histogram: undefined, prefix: undefined };

/** Finds them in a text before and after requests: `N` stands for 1, and then for 2. */
function find(text: string, hints: Partial<MetricHints> = {}) {
  const at = (value: number) => [parseExposition(text.replaceAll(/\bN\b/g, String(value)))];
  return findRequestMetrics(at(1), at(2), { ...none, ...hints });
}

const runtime = `# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total N
# TYPE nodejs_gc_duration_seconds histogram
nodejs_gc_duration_seconds_bucket{le="+Inf",kind="major"} N
nodejs_gc_duration_seconds_count{kind="major"} N
`;

const ours = `# TYPE http_requests_total counter
http_requests_total{method="GET",route="/",status_code="200"} N
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="+Inf",method="GET",route="/",status_code="200"} N
http_request_duration_seconds_count{method="GET",route="/",status_code="200"} N
# TYPE http_requests_in_progress gauge
http_requests_in_progress{method="GET"} 0
# TYPE http_request_exceptions_total counter
http_request_exceptions_total{method="GET",route="/"} 0
`;

test('what this tool generates', () => {
  expect(find(runtime + ours, { prefix: '' })).toEqual({
    counter: 'http_requests_total',
    histogram: 'http_request_duration_seconds',
    inProgress: 'http_requests_in_progress',
    exceptions: 'http_request_exceptions_total',
    routeLabel: 'route',
    statusLabel: 'status_code',
    foundBy: 'the record',
  });
});

test('the same with a prefix, which the record names, beside somebody else’s', () => {
  const prefixed = ours.replaceAll('http_', 'shop_http_');
  expect(find(ours + prefixed, { prefix: 'shop_' })).toMatchObject({
    counter: 'shop_http_requests_total',
    histogram: 'shop_http_request_duration_seconds',
    inProgress: 'shop_http_requests_in_progress',
  });
});

describe('without a record', () => {
  test('prometheus_flask_exporter', () => {
    const text = `# TYPE flask_http_request_duration_seconds histogram
flask_http_request_duration_seconds_bucket{le="+Inf",method="GET",status="200",url_rule="/"} N
flask_http_request_duration_seconds_count{method="GET",status="200",url_rule="/"} N
# TYPE flask_http_request_total counter
flask_http_request_total{method="GET",status="200"} N
# TYPE flask_http_request_created gauge
flask_http_request_created{method="GET",status="200"} 1.7e9
# TYPE flask_http_request_exceptions_total counter
flask_http_request_exceptions_total{method="GET",status="500"} N
`;
    expect(find(runtime + text)).toMatchObject({
      counter: 'flask_http_request_total',
      histogram: 'flask_http_request_duration_seconds',
      exceptions: 'flask_http_request_exceptions_total',
      routeLabel: 'url_rule',
      statusLabel: 'status',
    });
  });

  test('express-prom-bundle: a histogram only', () => {
    const text = `# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="+Inf",status_code="200",method="GET",path="/"} N
http_request_duration_seconds_count{status_code="200",method="GET",path="/"} N
# TYPE up gauge
up 1
`;
    expect(find(runtime + text)).toMatchObject({
      counter: 'http_request_duration_seconds_count',
      histogram: 'http_request_duration_seconds',
      routeLabel: 'path',
    });
  });

  test('of two counters of that shape the one that moves', () => {
    const text = `# TYPE client_requests_total counter
client_requests_total{method="GET",status="200"} 7
# TYPE answers_total counter
answers_total{verb="GET",code="200"} N
`;
    expect(find(text)).toMatchObject({
      counter: 'answers_total',
      histogram: undefined,
      statusLabel: 'code',
      foundBy: 'its labels',
    });
  });

  test('a summary counts as well as a histogram', () => {
    const text = `# TYPE http_latency_seconds summary
http_latency_seconds{quantile="0.5",method="GET"} 0.1
http_latency_seconds_count{method="GET"} N
`;
    expect(find(text)).toMatchObject({ counter: 'http_latency_seconds_count', histogram: 'http_latency_seconds' });
  });

  test('Micrometer: what is under way is neither a count nor a gauge of requests', () => {
    const text = `# TYPE http_server_requests_seconds summary
http_server_requests_seconds_count{method="GET",status="200",uri="/"} N
http_server_requests_seconds_sum{method="GET",status="200",uri="/"} N
# TYPE http_server_requests_active_seconds summary
http_server_requests_active_seconds_count{method="GET",status="200",uri="UNKNOWN"} N
http_server_requests_active_seconds_sum{method="GET",status="200",uri="UNKNOWN"} N
# TYPE http_server_requests_active_seconds_max gauge
http_server_requests_active_seconds_max{method="GET",status="200",uri="UNKNOWN"} 0.1
`;
    const active = text.slice(text.indexOf('# TYPE http_server_requests_active'));
    expect(find(active + text)).toMatchObject({
      counter: 'http_server_requests_seconds_count',
      histogram: 'http_server_requests_seconds',
      inProgress: undefined,
    });
    const rising = risingSamples(parseExposition(text.replaceAll(/\bN\b/g, '1'))).map(({ name }) => name);
    expect(rising).toEqual(['http_server_requests_seconds_count']);
  });

  test('the metrics of the process are none', () => {
    expect(() => find(runtime)).toThrow('no counter or histogram of requests among 2 families');
  });
});

describe('by flags', () => {
  test('as they say', () => {
    const found = find(`${ours}mine_total N\n`, { counter: 'mine_total', histogram: 'http_request_duration_seconds' });
    expect(found).toMatchObject({ counter: 'mine_total', statusLabel: undefined, foundBy: '--counter' });
  });

  test('a name that is not there is refused', () => {
    expect(() => find(ours, { histogram: 'gone' })).toThrow('there is no series gone_count, which --histogram names');
  });
});
