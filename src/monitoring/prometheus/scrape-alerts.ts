import type { Catalogue } from '../../metrics/catalogue.js';
import type { Objective } from '../monitoring.js';
import { bound, type Matchers, selector } from '../promql.js';
import type { AlertRule } from './rule.js';
import { sampleLimit } from './scrape-config.js';

const nearLimit = 0.8;

/** Alerts about the scrapes: without them a service that is gone would look like one that is idle. */
export function scrapeAlerts(catalogue: Catalogue, service: Matchers, objective: Objective): AlertRule[] {
  const severity = objective.isGiven ? 'page' : 'ticket';
  const up = selector('up', service);
  return [
    {
      alert: 'TargetDown',
      expr: `${up} == 0`,
      for: '5m',
      labels: { severity: 'ticket' },
      annotations: {
        summary: '{{ $labels.application }}: {{ $labels.instance }} cannot be scraped',
        description: 'It is down, or its metrics cannot be read.',
        runbook:
          "Prometheus' page Status, Targets shows the error. 401: the token. 404: the path. Too many samples: sample_limit. Refused or timed out: the service, its port, or a network policy.",
      },
    },
    {
      alert: 'AllTargetsDown',
      expr: `max by (application) (${up}) == 0`,
      for: '2m',
      labels: { severity },
      annotations: {
        summary: '{{ $labels.application }}: no instance can be scraped',
        description: 'The service is down, or all its metrics are. Meanwhile no other alert of it can be trusted.',
        runbook:
          'Does the service answer its users? If it does, see what all instances have in common: the token, a deployment, a network policy.',
      },
    },
    {
      alert: 'TargetAbsent',
      expr: `absent(${up})`,
      for: '10m',
      labels: { severity },
      annotations: {
        summary: '{{ $labels.application }}: Prometheus knows of no instance',
        description: 'No target has this application label, so no other alert of the service can fire.',
        runbook:
          "Is the service deployed? Is its job in Prometheus' configuration, and does discovery find it (Status, Service discovery)?",
      },
    },
    sampleLimitAlert(service),
    latencyBucketAlert(catalogue, service, objective),
  ];
}

/**
 * The limit is a line of the configuration, which is the user's. Prometheus tells it only where it is asked to:
 * https://prometheus.io/docs/prometheus/latest/feature_flags/#extra-scrape-metrics; else it is the one that was written.
 */
function sampleLimitAlert(service: Matchers): AlertRule {
  const samples = selector('scrape_samples_post_metric_relabeling', service);
  const limit = selector('scrape_sample_limit', service);
  return {
    alert: 'ScrapeNearSampleLimit',
    expr: [
      `${samples} > ${nearLimit} * (${limit} > 0)`,
      `or (${samples} > ${nearLimit * sampleLimit} unless ${limit})`,
    ].join('\n'),
    for: '15m',
    labels: { severity: 'ticket' },
    annotations: {
      summary: '{{ $labels.application }} on {{ $labels.instance }}: a scrape brings {{ $value }} samples',
      description: `With more than sample_limit, which was ${sampleLimit} when this rule was written, it fails as a whole.`,
      runbook:
        'topk(10, count by (__name__) ({application="{{ $labels.application }}"})) shows which metric grew; then look for the label whose values come from users. Where all are needed, raise sample_limit in the scrape configuration, and start Prometheus with --enable-feature=extra-scrape-metrics, by which this alert knows the new limit.',
    },
  };
}

/** Buckets can be changed in the code, and a promise about one that is not there would be kept for ever. */
function latencyBucketAlert(
  { requestDuration }: Catalogue,
  service: Matchers,
  { latencySeconds }: Objective,
): AlertRule {
  const all = selector(`${requestDuration.name}_count`, service);
  const within = selector(`${requestDuration.name}_bucket`, { ...service, le: bound(latencySeconds) });
  return {
    alert: 'LatencyBucketMissing',
    expr: `count by (application) (${all})\nunless count by (application) (${within})`,
    for: '15m',
    labels: { severity: 'ticket' },
    annotations: {
      summary: `{{ $labels.application }}: no bucket ends at ${latencySeconds} s`,
      description: `The latency objective is measured by the bucket of ${latencySeconds} s of ${requestDuration.name}. Without it, its alerts cannot fire.`,
      runbook:
        'Put that bound back into the buckets of the service, or choose an objective at one of its bounds and generate the rules again.',
    },
  };
}
