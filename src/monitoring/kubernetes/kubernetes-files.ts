import type { Monitoring, MonitoringFile } from '../monitoring.js';
import { chartFiles } from './chart.js';
import { manifests, type Omitted } from './manifests.js';
import type { KubernetesSetup } from './setup.js';

/** The files for Kubernetes: in the service's Helm chart where it has one, else a folder of manifests. */
export function kubernetesFiles(monitoring: Monitoring, setup: KubernetesSetup, omitted: Omitted): MonitoringFile[] {
  const { chart } = setup;
  return chart === undefined ? manifests(monitoring, setup, omitted) : chartFiles(monitoring, setup, chart, omitted);
}

/** Annotations of a pod by which a Prometheus without the operator finds it, as its widespread example configuration has it. */
export function scrapeAnnotations({ port, metricsPath }: Monitoring): Record<string, string> {
  return {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': String(port),
    'prometheus.io/path': metricsPath,
  };
}
