import type { Monitoring, MonitoringFile } from '../monitoring.js';
import { ruleGroups } from '../prometheus/rules.js';
import { sealedYaml, yamlDocument, yamlText } from '../prometheus/yaml-text.js';
import { dashboardLabel, dashboardText, type Omitted } from './manifests.js';
import { networkPolicySpec } from './network-policy.js';
import { podMonitorSpec } from './pod-monitor.js';
import type { KubernetesSetup } from './setup.js';

/** A chart as it is needed here. */
type Chart = NonNullable<KubernetesSetup['chart']>;

/**
 * The same for a Helm chart: one template, and beside it the rules and the dashboard as plain files. Helm would take the
 * braces in them for its own, and reads files as they are. https://helm.sh/docs/chart_template_guide/accessing_files/
 */
export function chartFiles(
  monitoring: Monitoring,
  setup: KubernetesSetup,
  chart: Chart,
  omitted: Omitted,
): MonitoringFile[] {
  const { application } = monitoring;
  const groups = ruleGroups(monitoring);
  const rules = { path: `${chart.folder}/monitoring/rules.yaml`, text: sealedYaml('the rules.', { groups }) };
  const dashboard = { path: `${chart.folder}/monitoring/${application}.json`, text: dashboardText(monitoring) };
  return [
    {
      path: `${chart.folder}/templates/monitoring.yaml`,
      text: template(monitoring, setup, chart, omitted),
      kind: 'seeded',
    },
    ...(omitted.rules ? [] : [{ ...rules, kind: 'sealed' as const }]),
    ...(omitted.dashboard ? [] : [{ ...dashboard, kind: 'sealed' as const }]),
  ];
}

function template(monitoring: Monitoring, setup: KubernetesSetup, chart: Chart, omitted: Omitted): string {
  const { application } = monitoring;
  const objects = [
    `apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
${metadataText(application)}
spec:
  selector:
    matchLabels:
      ${selectorText(setup, chart)}
${indented(podMonitorSpec(monitoring, setup.portName))}`,
    ...(omitted.rules
      ? []
      : [
          `apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
${metadataText(application)}
spec:
  {{- .Files.Get "monitoring/rules.yaml" | nindent 2 }}`,
        ]),
  ];
  const policy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
${metadataText(application)}
spec:
  # It closes every port that it does not name: the first entry keeps the application's open.
  podSelector:
    matchLabels:
      ${selectorText(setup, chart)}
${indented(networkPolicySpec(monitoring.port, setup))}`;
  const configMap = `apiVersion: v1
kind: ConfigMap
${metadataText(application, dashboardLabel)}
data:
  ${application}.json: |
    {{- .Files.Get "monitoring/${application}.json" | nindent 4 }}`;
  const always = [...(setup.networkPolicy ? [policy] : []), ...(omitted.dashboard ? [] : [configMap])];
  return `# Made by add-prom-metrics once; it is yours to change. A Prometheus that chooses by label wants it in "labels".
{{- if .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" }}
${objects.join('\n---\n')}
{{- end }}
${always.map((text) => `---\n${text}\n`).join('')}`;
}

/** Two releases in one namespace do not take each other's names. */
function metadataText(application: string, labels: Readonly<Record<string, string>> = {}): string {
  const more = Object.entries({ 'app.kubernetes.io/name': application, ...labels });
  return `metadata:
  name: {{ .Release.Name }}-${labels['grafana_dashboard'] === undefined ? 'metrics' : 'dashboard'}
  labels:
${more.map(([label, value]) => `    ${label}: ${JSON.stringify(value)}`).join('\n')}
    app.kubernetes.io/instance: {{ .Release.Name }}`;
}

function selectorText({ labels }: KubernetesSetup, { selectorTemplate, selectorLines }: Chart): string {
  if (selectorTemplate !== undefined) return `{{- include "${selectorTemplate}" . | nindent 6 }}`;
  if (selectorLines.length > 0) return selectorLines.join('\n      ');
  return Object.entries(labels)
    .map(([label, value]) => `${label}: ${JSON.stringify(value)}`)
    .join('\n      ');
}

function indented(value: object): string {
  return yamlText(yamlDocument(value)).trimEnd().replace(/^/gm, '  ');
}
