import { type Monitoring, scrapeIntervalSeconds } from '../monitoring.js';
import { sampleLimit } from '../prometheus/scrape-config.js';
import { type KubernetesSetup, metadata, objectName, tokenSecret } from './setup.js';

/**
 * How Prometheus' operator scrapes the service's pods, each by itself: a Service in between would answer for one of them.
 * https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PodMonitor
 */
export function podMonitor(monitoring: Monitoring, { labels, namespace, portName }: KubernetesSetup) {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: metadata(monitoring.application, objectName(monitoring.application), namespace),
    spec: { selector: { matchLabels: labels }, ...podMonitorSpec(monitoring, portName) },
  };
}

/** Everything but the selector. */
export function podMonitorSpec({ application, metricsPath, token }: Monitoring, portName: string) {
  return {
    sampleLimit,
    podMetricsEndpoints: [
      {
        port: portName,
        path: metricsPath,
        interval: `${scrapeIntervalSeconds}s`,
        scrapeTimeout: '10s',
        honorLabels: true,
        ...(token ? { authorization: { type: 'Bearer', credentials: tokenSecret(application) } } : {}),
        relabelings: [{ targetLabel: 'application', replacement: application }],
      },
    ],
  };
}
