import { posix } from 'node:path';
import { shellLine } from '../../command.js';
import type { ManualStep } from '../../errors.js';
import {
  type ComposeApp,
  type ComposeSetup,
  composeCommand,
  composeFile,
  composePath,
  composePlace,
  grafanaPort,
} from '../../monitoring/compose.js';
import type { Monitoring } from '../../monitoring/monitoring.js';
import type { Place } from '../../monitoring/prometheus/scrape-config.js';
import { serviceOf } from '../../project/monitoring-facts.js';
import { isWanted } from '../../wizard/parts.js';
import { type Around, type PlannedPart, pathFrom } from './part.js';

/** The compose part also decides where Prometheus finds the service. */
export interface PlannedCompose extends PlannedPart {
  readonly place: Place;
  /** Starts everything; undefined when this part adds nothing to the user's own compose files. */
  readonly start: ComposeStart | undefined;
}

export interface ComposeStart {
  /** As words. */
  readonly command: readonly string[];
  /** Where Grafana is on this machine, when it is started. */
  readonly grafanaPort: number | undefined;
}

/**
 * Prometheus and Grafana in containers, as far as the target does not start them itself.
 *
 * @returns undefined when compose is not wanted, or nothing of it
 */
export function plannedCompose(monitoring: Monitoring, around: Around): PlannedCompose | undefined {
  const { answers, facts, services } = around;
  if (!isWanted('compose', answers, facts.compose !== undefined)) return undefined;
  if (!isWanted('prometheus', answers, true)) return undefined;
  const starts = {
    prometheus: facts.prometheusConfig === undefined && serviceOf(facts, 'prometheus') === undefined,
    grafana:
      isWanted('grafana', answers, true) &&
      facts.grafanaProvisioning === undefined &&
      serviceOf(facts, 'grafana') === undefined,
  };
  const setup: ComposeSetup = {
    app: appFor(around),
    files: facts.compose?.files ?? [],
    folder: pathFrom(posix.dirname(facts.compose?.files[0] ?? '.'), '.', around),
    variants: facts.compose?.variants ?? [],
    starts,
    takenPorts: [...(facts.compose?.services ?? []).flatMap(({ hostPorts }) => hostPorts), around.appPort],
    dashboard: `${monitoring.application}.json`,
  };
  const place = composePlace(monitoring, setup);
  if (!starts.prometheus && !starts.grafana) {
    return { part: 'compose', files: [], steps: [], starts: [], place, start: undefined };
  }
  const command = composeCommand(setup);
  return {
    part: 'compose',
    files: [{ ...composeFile(monitoring, setup), about: 'Prometheus and Grafana in containers' }],
    steps: [...ambiguous(services.map(({ name }) => name)), ...variantStep(setup, command)],
    starts: [{ title: 'The service with Prometheus and Grafana', command: shellLine(command) }],
    place,
    start: { command, grafanaPort: starts.grafana ? grafanaPort(setup.takenPorts) : undefined },
  };
}

function appFor({ facts, services, dockerfile, appPort }: Around): ComposeApp {
  const [service] = services;
  if (service?.usesHostNetwork) return { in: 'host' };
  if (service !== undefined) {
    const { name, networks, profiles } = service;
    return { in: 'service', name, networks, profiles };
  }
  // The user's own files start what the service needs, and not the service.
  if (facts.compose !== undefined || dockerfile === undefined) return { in: 'host' };
  return { in: 'dockerfile', path: dockerfile, port: appPort };
}

/** Files for development or production complete what the common one leaves open: without one, the app may not start. */
function variantStep({ files, variants }: ComposeSetup, command: readonly string[]): ManualStep[] {
  const [variant] = variants;
  if (variant === undefined) return [];
  const own = files.at(-1) ?? '';
  const whole = command.flatMap((word) => (word === own ? [word, '-f', variant] : [word]));
  const reason = `your service is completed by another compose file (${variants.join(', ')}): give the one that you use, too`;
  return [{ path: composePath, reason, snippet: shellLine(whole) }];
}

function ambiguous([first, ...others]: readonly string[]): ManualStep[] {
  if (others.length === 0) return [];
  const all = [first, ...others].join(', ');
  return [
    {
      path: composePath,
      reason: `several services could be the app (${all}); it is made for ${first}. For another one, put its name there and into the targets of monitoring/prometheus/prometheus.yml`,
      snippet: '',
    },
  ];
}
