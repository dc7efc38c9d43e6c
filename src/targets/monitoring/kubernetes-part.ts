import { posix } from 'node:path';
import type { ManualStep } from '../../errors.js';
import { kubernetesFiles } from '../../monitoring/kubernetes/kubernetes-files.js';
import { kubernetesFolder } from '../../monitoring/kubernetes/manifests.js';
import { metricsIngress, networkPolicySpec } from '../../monitoring/kubernetes/network-policy.js';
import { type KubernetesSetup, objectName, tokenSecret } from '../../monitoring/kubernetes/setup.js';
import type { Monitoring } from '../../monitoring/monitoring.js';
import { yamlDocument, yamlText } from '../../monitoring/prometheus/yaml-text.js';
import type { ChartPort } from '../../project/chart-ports.js';
import type { Chart, Workload } from '../../project/kubernetes.js';
import { isWanted } from '../../wizard/parts.js';
import { type Around, nothing, type PlannedPart, pathFrom } from './part.js';

/** What the container's port is called that serves the metrics alone. */
const metricsPortName = 'metrics';

/** PodMonitor, rules and dashboard for a cluster: in the service's Helm chart, or as manifests with a kustomization. */
export function plannedKubernetes(monitoring: Monitoring, around: Around): PlannedPart {
  const { answers, facts, workload } = around;
  const { kubernetes } = facts;
  const isUsed = Object.values(kubernetes).some((found) => found.length > 0);
  if (!isWanted('kubernetes', answers, isUsed)) return nothing('kubernetes');
  const chart = workload === undefined ? chartFor(around) : undefined;
  const setup = setupFor(monitoring, around, chart);
  const omitted = { rules: !isWanted('rules', answers, true), dashboard: !isWanted('grafana', answers, true) };
  const files = kubernetesFiles(monitoring, setup, omitted).map((file) => ({ ...file, about: about(file.path) }));
  return {
    part: 'kubernetes',
    files,
    steps: [
      ...portSteps(monitoring, around, chart),
      ...selectorSteps(chart),
      ...(monitoring.token ? [tokenStep(monitoring, around, chart)] : []),
      ...policySteps(monitoring, around, setup),
      ...(chart === undefined ? kustomizeSteps(around) : []),
    ],
    starts: [
      chart === undefined
        ? {
            title: 'In Kubernetes, with the Prometheus operator',
            command: `kubectl apply --server-side -k ${kubernetesFolder}`,
          }
        : {
            title: 'In Kubernetes, with the chart',
            command: `helm upgrade --install ${objectName(answers.appTag)} ./${chart.folder}`,
          },
    ],
  };
}

function chartFor({ facts: { kubernetes }, answers }: Around): Chart | undefined {
  const [first, ...others] = kubernetes.charts;
  if (others.length === 0) return first;
  return kubernetes.charts.find(({ name }) => name === answers.appTag);
}

function setupFor({ application, port }: Monitoring, around: Around, chart: Chart | undefined): KubernetesSetup {
  const { answers, workload, facts } = around;
  const ownPort = answers.metricsPort !== undefined;
  const { ports, areAll } = otherPorts(port, around, chart);
  return {
    labels: labelsFor(application, workload, chart),
    namespace: workload?.namespace,
    portName: namedPort(port, workload, chart, ownPort) ?? (ownPort ? metricsPortName : 'http'),
    otherPorts: ports,
    networkPolicy: ownPort && areAll && facts.kubernetes.networkPolicies.length === 0,
    chart,
  };
}

function labelsFor(application: string, workload: Workload | undefined, chart: Chart | undefined) {
  const found = workload?.labels ?? {};
  return Object.keys(found).length > 0 ? found : { 'app.kubernetes.io/name': chart?.name ?? application };
}

/** The name that the scraped port has in the container; undefined where it has none, or nobody can tell. */
function namedPort(
  port: number,
  workload: Workload | undefined,
  chart: Chart | undefined,
  ownPort: boolean,
): string | undefined {
  if (chart !== undefined) {
    const { ports } = chart.ports;
    const names = ports.flatMap(({ name }) => name ?? []);
    const ofNumber = ports.flatMap((one) => (one.port === port && one.name !== undefined ? [one.name] : []));
    const wanted = ownPort ? [...ofNumber, metricsPortName] : ['http', 'web', ...names];
    return wanted.find((name) => names.includes(name));
  }
  const ports = workload?.ports ?? [];
  const [only, ...others] = ports;
  const sole = others.length === 0 && !ownPort ? only : undefined;
  return (ports.find((one) => one.port === port) ?? sole)?.name;
}

/**
 * The ports that a policy has to keep open, and whether they are all. What a container declares is for information only:
 * the app's own port need not be there.
 */
function otherPorts(port: number, { workload, appPort, isAppPortKnown }: Around, chart: Chart | undefined) {
  const declared: readonly ChartPort[] = (chart === undefined ? workload?.ports : chart.ports.ports) ?? [];
  const others = declared.filter((one) => one.port !== port && (chart === undefined || one.name !== metricsPortName));
  // A number that only the chart's values tell may be the app's.
  const isDeclared = others.some((one) => one.port === appPort || one.port === undefined);
  const open = others.map((one) => ({
    port: (chart === undefined ? one.port : one.name) ?? one.port ?? appPort,
    protocol: one.protocol,
  }));
  const ports = isDeclared ? open : [{ port: appPort, protocol: 'TCP' }, ...open];
  const isWhole = chart === undefined ? workload !== undefined : chart.ports.isWhole;
  return {
    // Several workloads of a chart may use the same name.
    ports: [...new Map(ports.map((one) => [`${one.port}/${one.protocol}`, one])).values()],
    areAll: isWhole && (isDeclared || isAppPortKnown),
  };
}

/** A PodMonitor finds a port by its name, which has to be in the pod's manifest. */
function portSteps(monitoring: Monitoring, { workload, answers }: Around, chart: Chart | undefined): ManualStep[] {
  const ownPort = answers.metricsPort !== undefined;
  if (namedPort(monitoring.port, workload, chart, ownPort) !== undefined) return [];
  const name = ownPort ? metricsPortName : 'http';
  const snippet = yamlText(yamlDocument([{ name, containerPort: monitoring.port }])).trimEnd();
  const path =
    workload?.path ?? (chart === undefined ? `${kubernetesFolder}/podmonitor.yaml` : `${chart.folder}/templates`);
  const reason =
    workload === undefined && chart === undefined
      ? 'no manifest of the service was found: its selector has to be the labels of the pods, and the container needs a port of this name'
      : `the container's port ${monitoring.port} needs a name, by which the PodMonitor finds it; in the container's ports`;
  return [{ path, reason, snippet }];
}

/** A chart need not say in a readable way how its pods are found. */
function selectorSteps(chart: Chart | undefined): ManualStep[] {
  if (chart === undefined || chart.selectorTemplate !== undefined || chart.selectorLines.length > 0) return [];
  const path = `${chart.folder}/templates/monitoring.yaml`;
  return [{ path, reason: "its selector has to be the labels of the chart's pods; they were not found", snippet: '' }];
}

function tokenStep({ application }: Monitoring, { workload }: Around, chart: Chart | undefined): ManualStep {
  const env = [{ name: 'METRICS_TOKEN', valueFrom: { secretKeyRef: tokenSecret(application) } }];
  return {
    path: workload?.path ?? (chart === undefined ? kubernetesFolder : `${chart.folder}/templates`),
    reason: `the container needs the token that Prometheus shows, from a Secret ${tokenSecret(application).name}`,
    snippet: yamlText(yamlDocument({ env })).trimEnd(),
  };
}

/** Where no policy is written although the metrics have a port of their own. */
function policySteps(
  { port }: Monitoring,
  { answers, facts, workload }: Around,
  { networkPolicy, otherPorts: ports, chart }: KubernetesSetup,
): ManualStep[] {
  if (answers.metricsPort === undefined || networkPolicy) return [];
  const [first] = facts.kubernetes.networkPolicies;
  if (first !== undefined) {
    // Policies add up: one of ours that opens the application's ports would undo one that restricts them.
    const snippet = yamlText(yamlDocument([metricsIngress(port)])).trimEnd();
    return [
      {
        path: first,
        reason: "to let Prometheus reach the metrics, add to the ingress of the service's policy",
        snippet,
      },
    ];
  }
  const path = workload?.path ?? (chart === undefined ? undefined : `${chart.folder}/templates`);
  if (path === undefined) return [];
  const reason =
    'no NetworkPolicy is written, since not all ports of its pods could be read, and a policy closes those that it does not name; one that keeps the metrics for Prometheus would have this beside its podSelector, with every other port in the first entry';
  return [
    {
      path,
      reason,
      snippet: yamlText(yamlDocument({ spec: networkPolicySpec(port, { otherPorts: ports }) })).trimEnd(),
    },
  ];
}

/** What is applied with Kustomize has to name what belongs to it. */
function kustomizeSteps(around: Around): ManualStep[] {
  const { workload } = around;
  const { kubernetes } = around.facts;
  const beside = kubernetes.kustomizations.find((path) => posix.dirname(path) === posix.dirname(workload?.path ?? ''));
  const path = beside ?? kubernetes.kustomizations[0];
  if (path === undefined) return [];
  const resource = pathFrom(posix.dirname(path), kubernetesFolder, around);
  return [
    {
      path,
      reason: 'it does not name the monitoring yet; add to its resources',
      snippet: `resources:\n  - ${resource}`,
    },
  ];
}

function about(path: string): string {
  const names: Readonly<Record<string, string>> = {
    'podmonitor.yaml': "what the operator's Prometheus scrapes",
    'prometheusrule.yaml': 'the rules for the operator',
    'dashboard.yaml': "the dashboard for Grafana's sidecar",
    'networkpolicy.yaml': "keeps the metrics' port for Prometheus, and the others open",
    'kustomization.yaml': 'holds them together',
    'monitoring.yaml': "the chart's template for the operator and Grafana's sidecar",
    'rules.yaml': 'the rules, for the template',
  };
  return names[posix.basename(path)] ?? 'the dashboard, for the template';
}
