import { posix } from 'node:path';
import { shellLine } from '../../command.js';
import type { ManualStep } from '../../errors.js';
import { type ComposeSetup, composeCommand, composeFile, composePath, startedNames } from '../../monitoring/compose.js';
import type { Monitoring } from '../../monitoring/monitoring.js';
import { isWanted } from '../../wizard/parts.js';
import { type Around, type PlannedPart, pathFrom } from './part.js';
import { configName } from './prometheus-part.js';

export interface PlannedCompose extends PlannedPart {
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
 * Prometheus, Grafana and, where jobs push, a Pushgateway in containers, as far as the target's own compose files do not
 * start them.
 *
 * @returns undefined when compose is not wanted, or nothing of it
 */
export function plannedCompose(monitoring: Monitoring, around: Around): PlannedCompose | undefined {
  const { answers, facts, services, where } = around;
  if (!where.hasOverlay) return undefined;
  const setup: ComposeSetup = {
    ...{ app: where.app, prometheus: where.prometheus, gateway: where.gateway },
    grafana: isWanted('grafana', answers, true) ? where.grafana : undefined,
    files: facts.compose?.files ?? [],
    folder: pathFrom(posix.dirname(facts.compose?.files[0] ?? '.'), '.', around),
    variants: facts.compose?.variants ?? [],
    config: configName(facts),
    dashboard: `${monitoring.application}.json`,
  };
  const names = startedNames(setup);
  if (names === '') return { part: 'compose', files: [], steps: [], starts: [], start: undefined };
  const command = composeCommand(setup);
  return {
    part: 'compose',
    files: [
      {
        ...composeFile(monitoring, setup),
        about: `${names}, as ${names.includes(' and ') ? 'containers' : 'a container'}`,
      },
    ],
    steps: [...ambiguous(services.map(({ name }) => name)), ...variantStep(setup, command)],
    starts: [{ title: `The service with ${names}`, command: shellLine(command) }],
    start: { command, grafanaPort: setup.grafana?.in === 'overlay' ? setup.grafana.hostPort : undefined },
  };
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
