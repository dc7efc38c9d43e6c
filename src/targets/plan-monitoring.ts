import { dirname, relative, sep } from 'node:path';
import { type ManualStep, RefusedError } from '../errors.js';
import { type Catalogue, catalogueFor, type Exposed } from '../metrics/catalogue.js';
import type { OwnMetric } from '../metrics/own-metric.js';
import type { Monitoring, MonitoringFile } from '../monitoring/monitoring.js';
import { Workspace } from '../plan/workspace.js';
import { appServices } from '../project/compose-services.js';
import { findGitRoot } from '../project/git-root.js';
import { appWorkload } from '../project/kubernetes.js';
import type { ListeningPort, PortSources } from '../project/listening-port.js';
import { type Above, withAbove } from '../project/monitoring-above.js';
import { findMonitoring } from '../project/monitoring-facts.js';
import type { Answers } from '../wizard/answers.js';
import { objectiveFor } from '../wizard/objective.js';
import type { Part } from '../wizard/parts.js';
import { type ComposeStart, plannedCompose } from './monitoring/compose-part.js';
import { plannedGrafana } from './monitoring/grafana-part.js';
import { plannedKubernetes } from './monitoring/kubernetes-part.js';
import type { Around, PlannedPart } from './monitoring/part.js';
import { portsOf } from './monitoring/ports.js';
import { plannedPrometheus, plannedRules } from './monitoring/prometheus-part.js';
import { plannedReadme } from './monitoring/readme-part.js';
import { whereaboutsOf } from './monitoring/whereabouts.js';

/** What a target knows of the service it adds monitoring to. */
export interface MonitoringInput {
  readonly exposed: Pick<Exposed, 'flavour'> & Partial<Exposed>;
  /** The metrics that the service's own code declares. */
  readonly own: readonly OwnMetric[];
  /** Names that the service has in compose files and manifests: the package's. */
  readonly names: readonly string[];
  /** The Dockerfile that builds its image, where it is known. */
  readonly dockerfile: string | undefined;
  readonly ports: Omit<PortSources, 'published' | 'dockerfiles'>;
  /** What such a service listens to when nothing is said; default: what Node services do. */
  readonly usualPort?: number;
}

/** What was planned, for the report. */
export interface PlannedMonitoring {
  readonly catalogue: Catalogue;
  /** Where the app listens on this machine, when it is started by hand. */
  readonly port: ListeningPort;
  /** The files that were planned, relative to the target. */
  readonly files: readonly string[];
  /** How compose starts the service with Prometheus and Grafana, where it does. */
  readonly start: ComposeStart | undefined;
}

/**
 * Plans the `monitoring/` folder and what belongs to it, from the metric catalogue.
 *
 * @throws RefusedError naming every file that is there already and is not ours
 */
export function planMonitoring(answers: Answers, workspace: Workspace, input: MonitoringInput): PlannedMonitoring {
  const names = [...new Set([answers.appTag, ...input.names])];
  const above = foldersAbove(workspace.root);
  const facts = withAbove(findMonitoring(workspace), above, names);
  const services = facts.compose === undefined ? [] : appServices(facts.compose, names, input.dockerfile);
  const workload = appWorkload(facts.kubernetes, names);
  const { dockerfile } = input;
  const { byHand, inCompose, inCluster } = portsOf(workspace, {
    ...{ given: answers.port, metricsPort: answers.metricsPort, facts, service: services[0], workload, dockerfile },
    ...{ own: input.ports, usual: input.usualPort },
  });
  const below = above.at(-1)?.below ?? '.';
  const isKnown = (port: ListeningPort) => port.path !== undefined || answers.port !== undefined;
  const found = {
    ...{ answers, facts, below, services, workload, dockerfile },
    ...{ appPort: inCompose.port, isAppPortKnown: isKnown(inCompose) },
  };
  const around: Around = { ...found, where: whereaboutsOf(found) };

  const monitoring = monitoringFor(answers, input, inCompose);
  const inPods = monitoringFor(answers, input, inCluster);
  const compose = plannedCompose(monitoring, around);
  const parts: PlannedPart[] = [
    plannedPrometheus(
      around.where.prometheus.in === 'host' ? monitoringFor(answers, input, byHand) : monitoring,
      around,
    ),
    plannedRules(monitoring, around),
    plannedGrafana(monitoring, around),
    ...(compose === undefined ? [] : [compose]),
    plannedKubernetes(inPods, { ...around, appPort: inCluster.port, isAppPortKnown: isKnown(inCluster) }),
  ];
  const written = parts.filter(({ files }) => files.length > 0);
  const readme = written.length === 0 ? [] : [plannedReadme(inPods, around, written, workspace)];
  const files = create(workspace, [...written, ...readme]);
  for (const step of parts.flatMap(({ steps }) => steps)) workspace.manual(step);
  return { catalogue: monitoring.catalogue, port: byHand, files, start: compose?.start };
}

/** The folders above the target in its repository, the nearest first. They are read, never written to. */
function foldersAbove(root: string): Above[] {
  const gitRoot = findGitRoot(root);
  const above: Above[] = [];
  for (let folder = root; gitRoot !== undefined && folder !== gitRoot; ) {
    folder = dirname(folder);
    above.push({ files: new Workspace(folder), below: relative(folder, root).split(sep).join('/') });
  }
  return above;
}

function monitoringFor(answers: Answers, { exposed, own }: MonitoringInput, { port }: ListeningPort): Monitoring {
  const { appTag, metricsPath, metricsPort, metricsToken = false } = answers;
  const several = answers.workers > 1;
  return {
    application: appTag,
    catalogue: catalogueFor({ prefix: answers.prefix, multiprocess: several, redis: answers.redis, ...exposed }),
    own: [...own].sort((a, b) => (a.name < b.name ? -1 : 1)),
    metricsPath,
    port: metricsPort ?? port,
    token: metricsToken,
    objective: objectiveFor(answers),
  };
}

/** Plans the files; gives their paths. */
function create(workspace: Workspace, parts: readonly PlannedPart[]): string[] {
  const taken = parts.flatMap(({ part, files }) =>
    files.filter(({ path }) => workspace.exists(path)).map((file) => ({ file, part })),
  );
  if (taken.length > 0) throw conflict(taken);
  const files = parts.flatMap((part) => part.files);
  for (const { path, text, kind } of files) workspace.create(path, text, kind);
  return files.map(({ path }) => path);
}

/** A dashboard has some thousands of lines, or some long ones. */
const longestShown = { lines: 100, characters: 10_000 };

function isShown(text: string): boolean {
  return text.length <= longestShown.characters && text.split('\n').length <= longestShown.lines;
}

/** Names that are taken, all at once, with what would have stood there. */
function conflict(taken: readonly { file: MonitoringFile; part: Part | undefined }[]): RefusedError {
  const paths = taken.map(({ file }) => file.path).join(', ');
  const parts = [...new Set(taken.flatMap(({ part }) => part ?? []))];
  const steps: ManualStep[] = taken.map(({ file: { path, text } }) => ({
    path,
    reason: 'there is one already; this would have been written',
    snippet: isShown(text) ? text.trimEnd() : '',
  }));
  return new RefusedError(
    `${paths} ${taken.length === 1 ? 'exists' : 'exist'} already and ${taken.length === 1 ? 'was' : 'were'} not written by this tool.`,
    `Move or rename what is there, or leave it out: --skip ${parts.join(' ')}; then run the command again.`,
    steps,
  );
}
