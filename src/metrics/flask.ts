import { appInfo, type Definitions, httpMetrics, multiprocessUp, overall, redisUp } from './shared.js';

/** The metrics of a Flask service on plain prometheus_client. */
export function flaskClientMetrics(prefix: string) {
  return {
    httpLabels: { method: 'method', route: 'route', status: 'status_code' },
    metrics: {
      ...httpMetrics(prefix, {
        requests: 'HTTP requests answered.',
        exceptions: 'HTTP requests in which an exception was raised, and that were answered with 5xx.',
      }),
      appInfo,
      ...processMetrics,
      multiprocessUp,
      redisUp,
    },
  } satisfies Definitions;
}

/**
 * The metrics of a Flask service on prometheus_flask_exporter. Its `flask_http_request_total` has no route, so that
 * requests are counted by the histogram.
 */
export function flaskExporterMetrics(prefix: string) {
  // As exporter.py.hbs gives it to the exporter, which puts one underscore behind it.
  const names = prefix.replace(/_+$/, '') || 'flask';
  const labels = ['method', 'status', 'url_rule'];
  const duration = `${names}_http_request_duration_seconds`;
  return {
    httpLabels: { method: 'method', route: 'url_rule', status: 'status' },
    metrics: {
      requests: overall({
        name: `${duration}_count`,
        type: 'counter',
        labels,
        unit: 'requests',
        help: 'HTTP requests answered.',
      }),
      requestDuration: overall({
        name: duration,
        type: 'histogram',
        labels,
        unit: 'seconds',
        help: 'Flask HTTP request duration in seconds',
      }),
      requestExceptions: overall({
        name: `${names}_http_request_exceptions_total`,
        type: 'counter',
        labels: ['method', 'status'],
        unit: 'requests',
        help: 'Total number of HTTP requests which resulted in an exception',
      }),
      appInfo,
      ...processMetrics,
      multiprocessUp,
      redisUp,
    },
  } satisfies Definitions;
}

/** Summed over gunicorn's master and its workers by the generated code: the client has none in multiprocess mode. */
const processMetrics = {
  cpu: overall({
    name: 'process_cpu_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Total user and system CPU time spent in seconds.',
  }),
  residentMemory: overall({
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Resident memory size in bytes.',
  }),
  openFileDescriptors: overall({
    name: 'process_open_fds',
    type: 'gauge',
    unit: 'count',
    help: 'Number of open file descriptors.',
  }),
  startTime: overall({
    name: 'process_start_time_seconds',
    type: 'gauge',
    unit: 'timestamp',
    help: 'Start time of the process since unix epoch in seconds.',
  }),
} as const;
