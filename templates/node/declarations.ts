/** A metric that this folder declares. */
export interface Declaration {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
}

/** The dashboard, the alert rules and their documentation are made from the same list. */
export interface Declarations {
  readonly requests: Declaration;
  readonly requestDuration: Declaration;
  readonly requestsInProgress: Declaration;
  readonly requestExceptions: Declaration;
  readonly appInfo: Declaration;
  readonly heapLimit: Declaration;
  readonly eventLoopUtilization: Declaration;
  readonly multiprocessUp: Declaration;
  readonly redisUp: Declaration;
  readonly redisDropped: Declaration;
}

export const declarations: Declarations = {
  requests: {
    name: 'http_requests_total',
    help: 'HTTP requests answered, or given up by the client (status 499).',
    labelNames: ['method', 'route', 'status_code'],
  },
  requestDuration: {
    name: 'http_request_duration_seconds',
    help: 'Time from the arrival of an HTTP request to the end of its response, in seconds.',
    labelNames: ['method', 'route', 'status_code'],
  },
  requestsInProgress: {
    name: 'http_requests_in_progress',
    help: 'HTTP requests being answered now.',
    labelNames: ['method'],
  },
  requestExceptions: {
    name: 'http_request_exceptions_total',
    help: 'HTTP requests in which an error was thrown, rejected or passed to next(), and that were answered with 5xx.',
    labelNames: ['method', 'route'],
  },
  appInfo: {
    name: 'app_info',
    help: 'The running application; the value is always 1.',
    labelNames: ['version'],
  },
  heapLimit: {
    name: 'nodejs_heap_size_limit_bytes',
    help: 'Size that the V8 heap may not exceed.',
    labelNames: [],
  },
  eventLoopUtilization: {
    name: 'nodejs_eventloop_utilization_ratio',
    help: 'Share of time the event loop was busy, 0 to 1.',
    labelNames: [],
  },
  multiprocessUp: {
    name: 'prom_multiprocess_up',
    help: 'Whether the metrics of all processes are shared (1) or not (0).',
    labelNames: [],
  },
  redisUp: {
    name: 'redis_metrics_up',
    help: 'Whether Redis answered (1), or its metrics are missing (0).',
    labelNames: [],
  },
  redisDropped: {
    name: 'redis_metrics_dropped_total',
    help: 'Changes of metrics in Redis that are lost: too many series were waiting for Redis.',
    labelNames: [],
  },
};
