import { posix } from 'node:path';
import type { ComposeProject, ComposeService } from './compose-services.js';
import type { Folders } from './deployment.js';
import { appWorkload, type Kubernetes } from './kubernetes.js';
import { findMonitoring, type MonitoringFacts } from './monitoring-facts.js';

/** A folder above the target, in the same repository. */
export interface Above {
  readonly files: Folders;
  /** The target, relative to it. */
  readonly below: string;
}

/**
 * The target's facts, completed by what lies above it in a repository of several packages: the nearest compose file that
 * builds or mounts the target, with the Prometheus and the Grafana that are beside it, and the manifest that has the
 * service's name. Charts above are somebody else's to write into.
 *
 * @param own what the target has itself, which wins
 * @param above the folders above it, the nearest first
 * @param names the application tag and the package's name
 * @returns paths are relative to the target: those from above begin with `../`
 */
export function withAbove(own: MonitoringFacts, above: readonly Above[], names: readonly string[]): MonitoringFacts {
  if (above.length === 0) return own;
  const found = above.map((one) => fromTarget(findMonitoring(withoutTarget(one)), one.below));
  const around = own.compose === undefined ? found.find(({ compose }) => compose?.services.some(isTarget)) : undefined;
  const clusters = hasAny(own.kubernetes) ? [] : found.map(({ kubernetes }) => kubernetes);
  const cluster = clusters.find((kubernetes) => workloadOf(kubernetes, names) !== undefined);
  return {
    prometheusConfig: own.prometheusConfig ?? around?.prometheusConfig,
    grafanaProvisioning: own.grafanaProvisioning ?? around?.grafanaProvisioning,
    compose: own.compose ?? around?.compose,
    kubernetes: cluster === undefined ? own.kubernetes : { ...cluster, charts: [] },
  };
}

/** Built from the target, or with its Dockerfile, or with its files in it. */
function isTarget({ context, dockerfile, mounts }: ComposeService): boolean {
  const isInside = dockerfile !== undefined && !dockerfile.startsWith('../');
  return context === '.' || isInside || mounts.some(({ source }) => source === '.');
}

function hasAny(kubernetes: Kubernetes): boolean {
  return Object.values(kubernetes).some((found) => found.length > 0);
}

/** By its name only: the one workload of a repository of several packages may be another's. */
function workloadOf(kubernetes: Kubernetes, names: readonly string[]) {
  const workload = appWorkload(kubernetes, names);
  return workload !== undefined && names.includes(workload.name) ? workload : undefined;
}

/** What the target has itself, an earlier run's files among it, has been looked at. */
function withoutTarget({ files, below }: Above): Folders {
  return {
    read: (path) => files.read(path),
    exists: (path) => files.exists(path),
    list: (folder) => files.list(folder).filter((name) => posix.join(folder, name) !== below),
  };
}

function fromTarget(facts: MonitoringFacts, below: string): MonitoringFacts {
  const move = (path: string) => posix.relative(below, path) || '.';
  const moveIf = (path: string | undefined) => (path === undefined ? undefined : move(path));
  const { kubernetes, compose } = facts;
  return {
    prometheusConfig: moveIf(facts.prometheusConfig),
    grafanaProvisioning: moveIf(facts.grafanaProvisioning),
    compose: compose === undefined ? undefined : moveCompose(compose, move),
    kubernetes: {
      workloads: kubernetes.workloads.map((workload) => ({ ...workload, path: move(workload.path) })),
      charts: kubernetes.charts.map((chart) => ({ ...chart, folder: move(chart.folder) })),
      kustomizations: kubernetes.kustomizations.map(move),
      networkPolicies: kubernetes.networkPolicies.map(move),
    },
  };
}

function moveCompose({ files, services, variants }: ComposeProject, move: (path: string) => string): ComposeProject {
  const [first, ...others] = files;
  return {
    files: [move(first), ...others.map(move)],
    services: services.map((service) => ({
      ...service,
      context: service.context === undefined ? undefined : move(service.context),
      dockerfile: service.dockerfile === undefined ? undefined : move(service.dockerfile),
      mounts: service.mounts.map(({ source, target }) => ({ source: move(source), target })),
    })),
    variants: variants.map(move),
  };
}
