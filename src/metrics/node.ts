import {
  appInfo,
  type Definitions,
  httpMetrics,
  multiprocessUp,
  overall,
  perWorker,
  redisDropped,
  redisUp,
} from './shared.js';

/** What the client's collectDefaultMetrics declares besides: prom-client 14 and 15, and the last two its successor. */
export const clientMetricNames: readonly string[] = [
  'process_cpu_user_seconds_total',
  'process_cpu_system_seconds_total',
  'process_virtual_memory_bytes',
  'process_heap_bytes',
  'nodejs_eventloop_lag_seconds',
  'nodejs_eventloop_lag_min_seconds',
  'nodejs_eventloop_lag_max_seconds',
  'nodejs_eventloop_lag_mean_seconds',
  'nodejs_eventloop_lag_stddev_seconds',
  'nodejs_eventloop_lag_p90_seconds',
  'nodejs_active_resources_total',
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_heap_size_total_bytes',
  'nodejs_heap_space_size_total_bytes',
  'nodejs_heap_space_size_used_bytes',
  'nodejs_heap_space_size_available_bytes',
  'nodejs_version_info',
  'nodejs_eventloop_utilization_histogram',
  'nodejs_eventloop_utilization_summary',
];

/**
 * The metrics of a Node service. `process_*` and `nodejs_*` are the client's own (prom-client's collectDefaultMetrics),
 * except for the heap's limit and the event loop's utilisation.
 */
export function nodeMetrics(prefix: string) {
  return {
    httpLabels: { method: 'method', route: 'route', status: 'status_code' },
    metrics: {
      ...httpMetrics(prefix, {
        requests: 'HTTP requests answered, or given up by the client (status 499).',
        exceptions:
          'HTTP requests in which an error was thrown, rejected or passed to next(), and that were answered with 5xx.',
      }),
      appInfo,
      cpu: overall({
        name: 'process_cpu_seconds_total',
        type: 'counter',
        unit: 'seconds',
        help: 'Total user and system CPU time spent in seconds.',
      }),
      residentMemory: perWorker({
        name: 'process_resident_memory_bytes',
        unit: 'bytes',
        help: 'Resident memory size in bytes.',
      }),
      openFileDescriptors: perWorker({
        name: 'process_open_fds',
        unit: 'count',
        help: 'Number of open file descriptors.',
      }),
      maxFileDescriptors: perWorker({
        name: 'process_max_fds',
        unit: 'count',
        help: 'Maximum number of open file descriptors.',
      }),
      startTime: perWorker({
        name: 'process_start_time_seconds',
        unit: 'timestamp',
        help: 'Start time of the process since unix epoch in seconds.',
      }),
      heapUsed: perWorker({
        name: 'nodejs_heap_size_used_bytes',
        unit: 'bytes',
        help: 'Process heap size used from Node.js in bytes.',
      }),
      heapLimit: perWorker({
        name: 'nodejs_heap_size_limit_bytes',
        unit: 'bytes',
        help: 'Size that the V8 heap may not exceed.',
      }),
      externalMemory: perWorker({
        name: 'nodejs_external_memory_bytes',
        unit: 'bytes',
        help: 'Node.js external memory size in bytes.',
      }),
      eventLoopLagP50: perWorker({
        name: 'nodejs_eventloop_lag_p50_seconds',
        unit: 'seconds',
        help: 'The 50th percentile of the recorded event loop delays.',
      }),
      eventLoopLagP99: perWorker({
        name: 'nodejs_eventloop_lag_p99_seconds',
        unit: 'seconds',
        help: 'The 99th percentile of the recorded event loop delays.',
      }),
      eventLoopUtilization: perWorker({
        name: 'nodejs_eventloop_utilization_ratio',
        unit: 'ratio',
        help: 'Share of time the event loop was busy, 0 to 1.',
      }),
      gcDuration: overall({
        name: 'nodejs_gc_duration_seconds',
        type: 'histogram',
        labels: ['kind'],
        unit: 'seconds',
        help: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
      }),
      activeResources: perWorker({
        name: 'nodejs_active_resources',
        labels: ['type'],
        unit: 'count',
        help: 'Number of active resources that are currently keeping the event loop alive, grouped by async resource type.',
      }),
      multiprocessUp,
      redisUp,
      redisDropped,
    },
  } satisfies Definitions;
}
