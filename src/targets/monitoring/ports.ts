import type { Workspace } from '../../plan/workspace.js';
import type { ComposeService } from '../../project/compose-services.js';
import type { Workload } from '../../project/kubernetes.js';
import { type ListeningPort, listeningPort, type PortSources } from '../../project/listening-port.js';
import type { MonitoringFacts } from '../../project/monitoring-facts.js';

/** What may tell the ports. */
export interface Sources {
  /** `--port`, which wins over all that is found. */
  readonly given: number | undefined;
  /** The metrics' own, at which the app is not. */
  readonly metricsPort: number | undefined;
  readonly facts: MonitoringFacts;
  /** The compose service and the workload that run the app. */
  readonly service: ComposeService | undefined;
  readonly workload: Workload | undefined;
  readonly dockerfile: string | undefined;
  /** What the code, its scripts and its server say. */
  readonly own: Omit<PortSources, 'published' | 'dockerfiles'>;
  readonly usual: number | undefined;
}

/** Where the app listens, which need not be the same everywhere. */
export interface Ports {
  /** Started by hand on this machine; where only a container's port is known, that one. */
  readonly byHand: ListeningPort;
  /** As compose starts it; by hand, where the target's compose files start only what it needs. */
  readonly inCompose: ListeningPort;
  readonly inCluster: ListeningPort;
}

/** The ports of the app in the ways in which it is started. */
export function portsOf(workspace: Workspace, sources: Sources): Ports {
  const { given, metricsPort, facts, service, workload, own, usual } = sources;
  const dockerfiles = sources.dockerfile === undefined ? [] : [sources.dockerfile];
  const isApp = ({ port }: { readonly port: number }) => port !== metricsPort;
  const from = (found: PortSources): ListeningPort => {
    if (given !== undefined) return { port: given, path: undefined };
    const port = listeningPort(workspace, found, usual);
    // An image may expose nothing but the metrics' port.
    return isApp(port) ? port : listeningPort(workspace, { ...found, dockerfiles: [] }, usual);
  };
  const ofService = published(service, facts.compose?.files[0]).filter(isApp);
  const podPorts = workload?.ports.map(({ port }) => port);
  const ofPods = published(workload && { ...workload, ports: podPorts ?? [] }, workload?.path).filter(isApp);
  const byHand = from(own);
  const isInCompose = facts.compose === undefined || service !== undefined;
  const inCompose = isInCompose ? from({ ...own, published: ofService, dockerfiles }) : byHand;
  const inCluster = from({ ...own, published: ofPods.length > 0 ? ofPods : ofService, dockerfiles });
  const known = [byHand, inCompose, inCluster].find(({ path }) => path !== undefined);
  return { byHand: known ?? byHand, inCompose, inCluster };
}

/** Where a container is told to listen, else what it shows of itself. */
function published(
  container: { readonly portVariable: number | undefined; readonly ports: readonly number[] } | undefined,
  path = '',
) {
  const { portVariable, ports = [] } = container ?? {};
  return (portVariable === undefined ? ports : [portVariable]).map((port) => ({ port, path }));
}
