import { literally } from '../promql.js';
import { yamlDocument, yamlText } from './yaml-text.js';

/** The comments below a job: each says when it is right, and holds entries that take the place of `static_configs`. */
export function otherDiscoveries(application: string, port: number, name = 'app'): string {
  return [
    comment(
      `In place of static_configs, for several containers behind one name ("tasks.${name}" in Swarm)`,
      byName(application, port, name),
    ),
    comment(
      'In place of static_configs, for the pods of the Kubernetes cluster that Prometheus runs in',
      ofPods(application, port),
    ),
  ].join('\n');
}

/** `about`, and the text of `value` so that a "# " removed from each of its lines makes it part of the file. */
export function comment(about: string, value: unknown): string {
  const lines = [`${about}:`, ...yamlText(yamlDocument(value)).trimEnd().split('\n')];
  return lines.map((line) => ` ${line}`).join('\n');
}

/** Every address of a DNS name is a target. */
function byName(application: string, port: number, name: string) {
  return {
    dns_sd_configs: [{ names: [name], type: 'A', port }],
    relabel_configs: [{ target_label: 'application', replacement: application }],
  };
}

/** The running pods that the recommended label says to be the application's. */
function ofPods(application: string, port: number) {
  return {
    kubernetes_sd_configs: [{ role: 'pod' }],
    relabel_configs: [
      {
        source_labels: ['__meta_kubernetes_pod_label_app_kubernetes_io_name'],
        // In brackets, because 2.42 does not take a quoted "null" for a text here.
        regex: `(${literally(application)})`,
        action: 'keep',
      },
      { source_labels: ['__meta_kubernetes_pod_phase'], regex: 'Running', action: 'keep' },
      // A pod is listed once for each port it declares: with one address, these become one target.
      { source_labels: ['__meta_kubernetes_pod_ip'], replacement: `$1:${port}`, target_label: '__address__' },
      { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
      { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
      { target_label: 'application', replacement: application },
    ],
  };
}
