import type { Catalogue } from '../../metrics/catalogue.js';
import type { Metric } from '../../metrics/metric.js';
import { type Matchers, selector } from '../promql.js';
import type { AlertRule } from './rule.js';

/** Alerts about the processes, for those metrics that the service has. All are tickets: users may not notice anything. */
export function runtimeAlerts({ metrics }: Catalogue, service: Matchers): AlertRule[] {
  const { eventLoopLagP99, heapUsed, heapLimit, startTime, multiprocessUp, redisUp, redisDropped } = metrics;
  return [
    ...(eventLoopLagP99 ? [eventLoopAlert(eventLoopLagP99, service)] : []),
    ...(heapUsed && heapLimit ? [heapAlert(heapUsed, heapLimit, service)] : []),
    ...(startTime ? [restartAlert(startTime, service)] : []),
    ...(multiprocessUp ? [degradedAlert(multiprocessUp, service)] : []),
    ...(redisUp ? [redisAlert(redisUp, service)] : []),
    ...(redisDropped ? [droppedAlert(redisDropped, service)] : []),
  ];
}

const worker = '{{ with $labels.worker }}, worker {{ . }}{{ end }}';
const place = `{{ $labels.application }} on {{ $labels.instance }}`;

function eventLoopAlert(lag: Metric, service: Matchers): AlertRule {
  return {
    alert: 'EventLoopBlocked',
    expr: `${selector(lag.name, service)} > 0.25`,
    for: '10m',
    labels: { severity: 'ticket' },
    annotations: {
      summary: `${place}${worker}: the event loop is held up`,
      description:
        'One in a hundred turns of the event loop came {{ $value | humanizeDuration }} late or later for ten minutes; meanwhile nobody is answered.',
      runbook:
        'Take a CPU profile of the process (node --cpu-prof, or --inspect) and look for synchronous work: large JSON, regular expressions, crypto, file system calls that end in Sync. Is CPU throttled?',
    },
  };
}

function heapAlert(used: Metric, limit: Metric, service: Matchers): AlertRule {
  return {
    alert: 'HeapNearLimit',
    expr: `${selector(used.name, service)} / ${selector(limit.name, service)} > 0.9`,
    for: '15m',
    labels: { severity: 'ticket' },
    annotations: {
      summary: `${place}${worker}: {{ $value | humanizePercentage }} of the heap's limit is used`,
      description: 'At its limit V8 spends its time on garbage collection and then ends the process.',
      runbook:
        'Does the heap grow between restarts (dashboard, heap)? Then compare two heap snapshots to find what is kept. Is it high from the start? Then raise --max-old-space-size, and the memory of the container with it.',
    },
  };
}

function restartAlert(start: Metric, service: Matchers): AlertRule {
  return {
    alert: 'RestartLoop',
    expr: `changes(${selector(start.name, service)}[30m]) > 3`,
    for: '1m',
    labels: { severity: 'ticket' },
    annotations: {
      summary: `${place}${worker}: started again {{ $value }} times in 30 minutes`,
      description: 'Something ends the process time and again; each time its requests are lost.',
      runbook:
        'Read the last lines of its log before each start. Killed from outside (exit code 137): its memory limit, or a liveness probe that is too strict.',
    },
  };
}

function degradedAlert(up: Metric, service: Matchers): AlertRule {
  return {
    alert: 'MultiprocessMetricsDegraded',
    // Each scrape reaches another worker, and each has a series of its own in this state.
    expr: lowestOf(up, service),
    for: '10m',
    labels: { severity: 'ticket' },
    annotations: {
      summary: `${place}: each process counts for itself`,
      description:
        'The processes cannot share their metrics, so a scrape shows those of the one that answers: rates and sums are too low.',
      runbook:
        "The service's log says once why. Mostly the folder of PROMETHEUS_MULTIPROC_DIR (or /dev/shm) is missing, full, read-only, or belongs to another user.",
    },
  };
}

function redisAlert(up: Metric, service: Matchers): AlertRule {
  return {
    alert: 'RedisMetricsMissing',
    expr: lowestOf(up, service),
    for: '10m',
    labels: { severity: 'ticket' },
    annotations: {
      summary: `${place}: the metrics kept in Redis are missing`,
      description:
        'Redis did not answer in time. Changes wait in memory and are sent when it is back; all other metrics are right.',
      runbook:
        'Is Redis up, reachable from this instance, and has it memory left? The log of the service has the error.',
    },
  };
}

function droppedAlert(dropped: Metric, service: Matchers): AlertRule {
  return {
    alert: 'RedisMetricsLost',
    expr: `sum by (application, instance) (increase(${selector(dropped.name, service)}[15m])) > 0`,
    for: '1m',
    labels: { severity: 'ticket' },
    annotations: {
      summary: `${place}: changes of metrics in Redis are lost`,
      description:
        'Too many series waited for Redis, so {{ $value | humanize }} changes of the last 15 minutes were dropped.',
      runbook:
        'Bring Redis back. If it is there, a metric that is kept in Redis has a label of too many values: look at those in the code.',
    },
  };
}

/** True where a 0 was seen in the last five minutes, whichever process of an instance said so. */
function lowestOf(up: Metric, service: Matchers): string {
  return `min by (application, instance) (min_over_time(${selector(up.name, service)}[5m])) == 0`;
}
