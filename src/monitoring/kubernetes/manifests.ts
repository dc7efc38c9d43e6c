import { posix } from 'node:path';
import { dashboard } from '../grafana/dashboard.js';
import type { Monitoring, MonitoringFile } from '../monitoring.js';
import { ruleGroups } from '../prometheus/rules.js';
import { sealedYaml, yamlDocument, yamlText } from '../prometheus/yaml-text.js';
import { networkPolicy } from './network-policy.js';
import { podMonitor } from './pod-monitor.js';
import { type KubernetesSetup, metadata, objectName, tokenSecret } from './setup.js';

export const kubernetesFolder = 'monitoring/kubernetes';

/** What is left out of the manifests. */
export interface Omitted {
  readonly rules: boolean;
  readonly dashboard: boolean;
}

/**
 * Manifests for a cluster with Prometheus' operator, and a kustomization that holds them together:
 * `kubectl apply --server-side -k monitoring/kubernetes`: without a copy of each object in an annotation.
 */
export function manifests(monitoring: Monitoring, setup: KubernetesSetup, omitted: Omitted): MonitoringFile[] {
  const files = [
    seeded('podmonitor.yaml', podMonitorNote(monitoring), podMonitor(monitoring, setup)),
    ...(omitted.rules
      ? []
      : [sealed('prometheusrule.yaml', 'rules for the operator.', prometheusRule(monitoring, setup))]),
    ...(omitted.dashboard
      ? []
      : [sealed('dashboard.yaml', "the dashboard, for Grafana's sidecar.", dashboardConfigMap(monitoring, setup))]),
    ...(setup.networkPolicy ? [seeded('networkpolicy.yaml', policyNote, networkPolicy(monitoring, setup))] : []),
  ];
  const resources = files.map(({ path }) => posix.basename(path));
  const kustomization = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources };
  return [...files, seeded('kustomization.yaml', kustomizationNote, kustomization)];
}

/** The same rules as the rule file's. */
export function prometheusRule(monitoring: Monitoring, { namespace }: Pick<KubernetesSetup, 'namespace'>) {
  const { application } = monitoring;
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: metadata(application, objectName(application), namespace),
    spec: { groups: ruleGroups(monitoring) },
  };
}

/** Grafana's sidecar loads ConfigMaps of this label: https://github.com/grafana/helm-charts, "Sidecar for dashboards". */
export function dashboardConfigMap(monitoring: Monitoring, { namespace }: Pick<KubernetesSetup, 'namespace'>) {
  const { application } = monitoring;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadata(application, `${objectName(application)}-dashboard`, namespace, dashboardLabel),
    data: { [`${application}.json`]: dashboardText(monitoring) },
  };
}

export const dashboardLabel = { grafana_dashboard: '1' };

/**
 * The dashboard's JSON without indentation, which would double it: "kubectl apply" keeps a copy in an annotation, and
 * annotations may have 262,144 bytes. One panel a line, so that a diff shows which one changed.
 */
export function dashboardText(monitoring: Monitoring): string {
  const entries = Object.entries(dashboard(monitoring)).map(([key, value]) => {
    const text = Array.isArray(value)
      ? `[\n${value.map((one) => JSON.stringify(one)).join(',\n')}\n]`
      : JSON.stringify(value);
    return `${JSON.stringify(key)}:${text}`;
  });
  return `{\n${entries.join(',\n')}\n}\n`;
}

function sealed(name: string, about: string, manifest: object): MonitoringFile {
  return { path: `${kubernetesFolder}/${name}`, text: sealedYaml(about, manifest), kind: 'sealed' };
}

function seeded(name: string, note: string, manifest: object): MonitoringFile {
  const document = yamlDocument(manifest);
  document.commentBefore = note;
  return { path: `${kubernetesFolder}/${name}`, text: yamlText(document), kind: 'seeded' };
}

const once = ' Made by add-prom-metrics once; it is yours to change.';

function podMonitorNote({ application, token }: Monitoring): string {
  const { name, key } = tokenSecret(application);
  return [
    once,
    ' The labels of "selector" and the name of "port" are those of the pods.',
    ...(token
      ? [` The token: kubectl create secret generic ${name} --from-literal=${key}="$METRICS_TOKEN" (never commit it)`]
      : []),
  ].join('\n');
}

const policyNote = `${once}
 A policy that selects a pod closes every port that it does not name: the first entry keeps the application's open.
 The namespace is the one of Prometheus.`;

const kustomizationNote = `${once}
   kubectl apply --server-side -k ${kubernetesFolder}
 A Prometheus that chooses by label wants it here, such as the one of kube-prometheus-stack:
   labels: [{ pairs: { release: <name of its Helm release> } }]`;
