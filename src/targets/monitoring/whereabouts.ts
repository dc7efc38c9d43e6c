import { type ComposeApp, hostPorts, runsOf } from '../../monitoring/compose.js';
import { prometheusPort } from '../../monitoring/compose-containers.js';
import { gatewayPort } from '../../monitoring/prometheus/gateway.js';
import { addressOf, listensTo, type Runs } from '../../monitoring/reach.js';
import { serviceOf } from '../../project/monitoring-facts.js';
import { isWanted } from '../../wizard/parts.js';
import type { Around } from './part.js';

/** Where everything runs: what the user starts already, what the overlay starts, and what is started by hand. */
export interface Whereabouts {
  /** Whether the overlay is planned; it starts what compose does not start yet. */
  readonly hasOverlay: boolean;
  readonly app: ComposeApp;
  readonly prometheus: Runs;
  readonly grafana: Runs;
  /** Undefined where no job pushes. */
  readonly gateway: Runs | undefined;
  /** Where Grafana is on this machine, when it is not the user's. */
  readonly grafanaPort: number;
}

/** Whether it is one that is started by what is written here, and not the user's own. */
export function isOurs(runs: Runs): boolean {
  return runs.in !== 'service';
}

/** Where everything runs, as far as the files tell. */
export function whereaboutsOf(around: Omit<Around, 'where'>): Whereabouts {
  const { answers, facts } = around;
  const hasOverlay = isWanted('compose', answers, facts.compose !== undefined) && isWanted('prometheus', answers, true);
  const taken = [
    ...(facts.compose?.services ?? []).flatMap((service) => service.hostPorts),
    ...[around.appPort, ...(answers.metricsPort === undefined ? [] : [answers.metricsPort])],
  ];
  const ports = hostPorts(taken);
  const runs = (program: 'prometheus' | 'grafana' | 'pushgateway', hostPort: number, isOverlays = hasOverlay): Runs => {
    const service = serviceOf(facts, program);
    if (service !== undefined) return { in: 'service', service };
    return isOverlays ? { in: 'overlay', name: program, hostPort } : { in: 'host' };
  };
  const prometheus = runs('prometheus', ports.prometheus);
  const showsGrafana = isWanted('grafana', answers, true) && facts.grafanaProvisioning === undefined;
  return {
    hasOverlay,
    // What is started by hand on this machine finds the service that is started by hand.
    app: prometheus.in === 'host' ? { in: 'host' } : appFor(around),
    prometheus,
    grafana: runs('grafana', ports.grafana, hasOverlay && showsGrafana),
    gateway: isWanted('pushgateway', answers, false) ? runs('pushgateway', ports.gateway) : undefined,
    grafanaPort: ports.grafana,
  };
}

function appFor({ facts, services, dockerfile, appPort }: Omit<Around, 'where'>): ComposeApp {
  const [service] = services;
  if (service !== undefined) return { in: 'service', service };
  // The user's own files start what the service needs, and not the service.
  if (facts.compose !== undefined || dockerfile === undefined) return { in: 'host' };
  return { in: 'dockerfile', path: dockerfile, port: appPort };
}

/** Host and port of the service, as Prometheus reaches it. */
export function scrapedAt({ app, prometheus }: Whereabouts, port: number): string {
  return addressOf(runsOf(app), port, prometheus);
}

/** Where Prometheus is, as Grafana reaches it. */
export function prometheusUrl({ prometheus, grafana }: Whereabouts): string {
  return `http://${addressOf(prometheus, listensTo(prometheusPort, prometheus), grafana)}`;
}

/** Host and port of the Pushgateway, as Prometheus reaches it, and whether one runs; undefined where no job pushes. */
export function gatewayFor({ gateway, prometheus }: Whereabouts): { target: string; runs: boolean } | undefined {
  if (gateway === undefined) return undefined;
  return { target: addressOf(gateway, listensTo(gatewayPort, gateway), prometheus), runs: gateway.in !== 'host' };
}
