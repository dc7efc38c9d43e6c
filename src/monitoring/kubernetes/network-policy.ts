import type { Monitoring } from '../monitoring.js';
import { type KubernetesSetup, metadata, objectName } from './setup.js';

/** Where Prometheus runs in a cluster, mostly; the label is set by Kubernetes itself. */
const prometheusNamespace = { 'kubernetes.io/metadata.name': 'monitoring' };

/**
 * Keeps the metrics' own port for Prometheus. A policy that selects a pod closes every port that it does not name, so
 * the application's stay open to everyone. https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
export function networkPolicy({ application, port }: Monitoring, setup: KubernetesSetup) {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata(application, `${objectName(application)}-metrics`, setup.namespace),
    spec: { podSelector: { matchLabels: setup.labels }, ...networkPolicySpec(port, setup) },
  };
}

/** Everything but the selector. */
export function networkPolicySpec(port: number, { otherPorts }: Pick<KubernetesSetup, 'otherPorts'>) {
  return { policyTypes: ['Ingress'], ingress: [{ ports: otherPorts }, metricsIngress(port)] };
}

/** The rule that lets Prometheus, and nobody else, reach the metrics. */
export function metricsIngress(port: number) {
  return {
    from: [{ namespaceSelector: { matchLabels: prometheusNamespace } }],
    ports: [{ port, protocol: 'TCP' }],
  };
}
