import { type Document, isMap, isScalar, type YAMLMap } from 'yaml';
import {
  gatewayService,
  grafanaService,
  type Overlay,
  prometheusPort,
  prometheusService,
  tokenSecret,
  variable,
} from './compose-containers.js';
import type { Monitoring, MonitoringFile } from './monitoring.js';
import { gatewayPort } from './prometheus/gateway.js';
import { yamlDocument, yamlText } from './prometheus/yaml-text.js';
import { addressOf, listensTo, type Peer, type Runs } from './reach.js';

/** Where the service runs when it is started with Compose. */
export type ComposeApp =
  /** A service of the user's own compose files. */
  | { readonly in: 'service'; readonly service: Peer }
  /** No service yet; its image can be built. It listens to this port, which need not be the one that is scraped. */
  | { readonly in: 'dockerfile'; readonly path: string; readonly port: number }
  /** Outside of Compose, on this machine. */
  | { readonly in: 'host' };

/** What the file is made for. */
export interface ComposeSetup {
  readonly app: ComposeApp;
  /** The user's own files, relative to the target; none when this one stands alone. */
  readonly files: readonly string[];
  /** The target, from the folder of the first of them: Compose reads all paths from there. */
  readonly folder: string;
  /** The user's own files that go over these, one or the other. */
  readonly variants: readonly string[];
  /** Where each runs; those in the overlay are started by this file. Undefined: there is none. */
  readonly prometheus: Runs;
  readonly grafana: Runs | undefined;
  readonly gateway: Runs | undefined;
  /** Prometheus' configuration, by its file's name. */
  readonly config: string;
  /** The dashboard that Grafana opens with, by its file's name; undefined without Grafana. */
  readonly dashboard: string | undefined;
}

export const composePath = 'compose.monitoring.yaml';

/** The name of the service that this file has for the app, where the user has none. */
const ownService = 'app';
/** Where Compose puts the secret with the token: https://docs.docker.com/compose/how-tos/use-secrets/ */
export const tokenPath = `/run/secrets/${tokenSecret}`;
/** The token as the service's environment has it, and as a secret for who scrapes it. */
export const tokenVariable = { METRICS_TOKEN: `\${METRICS_TOKEN:?the bearer token that Prometheus shows}` };
export const tokenSecrets = { [tokenSecret]: { environment: 'METRICS_TOKEN' } };

/**
 * Prometheus and Grafana, provisioned, beside the service: an overlay over the user's own compose files, or a whole one.
 * All listen on this machine only. https://github.com/compose-spec/compose-spec/blob/main/spec.md
 */
export function composeFile(monitoring: Monitoring, setup: ComposeSetup): MonitoringFile {
  const starts = startsOf(setup);
  const app = runsOf(setup.app);
  const document = yamlDocument({
    services: {
      ...appService(monitoring, setup),
      ...(starts.prometheus === undefined
        ? {}
        : { prometheus: prometheusService(monitoring, setup, app, starts.prometheus) }),
      ...(starts.grafana === undefined ? {} : { grafana: grafanaService(setup, starts.grafana) }),
      ...(starts.gateway === undefined ? {} : { pushgateway: gatewayService(setup, app, starts.gateway) }),
    },
    ...(monitoring.token && starts.prometheus !== undefined ? { secrets: tokenSecrets } : {}),
    volumes: Object.fromEntries(started(setup).map((name) => [`${name}-data`, {}])),
  });
  const over = setup.files.length === 0 ? 'The service with' : 'Over your own compose file:';
  document.commentBefore = ` ${over} ${startedNames(setup)}; made by add-prom-metrics once, and yours to change.
   ${composeCommand(setup).join(' ')}${variantsNote(setup)}
 Paths are relative to the folder of the first file.`;
  commentService(document, 'prometheus', 'ports', ' This machine only: Prometheus has no password.');
  commentService(document, 'pushgateway', 'ports', ' This machine only: whoever reaches it can push and delete.');
  commentService(
    document,
    'grafana',
    'environment',
    ' Whoever reaches the port may look; changing things needs the password.',
  );
  return { path: composePath, text: yamlText(document), kind: 'seeded' };
}

/** What the file starts, as words for a sentence. */
export function startedNames(setup: Pick<ComposeSetup, 'prometheus' | 'grafana' | 'gateway'>): string {
  const names = started(setup).map((name) => `${name[0]?.toUpperCase()}${name.slice(1)}`);
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

function started(setup: Pick<ComposeSetup, 'prometheus' | 'grafana' | 'gateway'>): string[] {
  const { prometheus, grafana, gateway } = startsOf(setup);
  return [
    ...(prometheus === undefined ? [] : ['prometheus']),
    ...(grafana === undefined ? [] : ['grafana']),
    ...(gateway === undefined ? [] : ['pushgateway']),
  ];
}

function startsOf({ prometheus, grafana, gateway }: Pick<ComposeSetup, 'prometheus' | 'grafana' | 'gateway'>) {
  const own = (runs: Runs | undefined): Overlay | undefined => (runs?.in === 'overlay' ? runs : undefined);
  return { prometheus: own(prometheus), grafana: own(grafana), gateway: own(gateway) };
}

/** Where the app runs, as others reach it. */
export function runsOf(app: ComposeApp): Runs {
  return app.in === 'dockerfile' ? { in: 'overlay', name: ownService, hostPort: app.port } : app;
}

/** The command that starts it all, as words. */
export function composeCommand({
  files,
  ...setup
}: Pick<ComposeSetup, 'files' | 'app' | 'prometheus' | 'grafana' | 'gateway'>): string[] {
  const profiles: string[] = [];
  for (const runs of [setup.app, setup.prometheus, setup.grafana, setup.gateway]) {
    const own = runs?.in === 'service' ? runs.service.profiles : [];
    if (own[0] !== undefined && !own.some((name) => profiles.includes(name))) profiles.push(own[0]);
  }
  const chosen = profiles.flatMap((name) => ['--profile', name]);
  return ['docker', 'compose', ...chosen, ...[...files, composePath].flatMap((path) => ['-f', path]), 'up'];
}

/** What a service lacks that is completed by another file, such as its command, is in that file. */
function variantsNote({ files, variants }: ComposeSetup): string {
  if (variants.length === 0) return '';
  return `\n Where you start it with ${variants.join(' or ')}, too, put that after ${files.at(-1)}.`;
}

/** Where a batch job pushes to. */
export function gatewayUrl(gateway: Runs, from: Runs): string {
  return `http://${addressOf(gateway, listensTo(gatewayPort, gateway), from)}`;
}

/** The service that is scraped, as far as this file has to say something about it. */
function appService({ token }: Monitoring, { app, gateway }: ComposeSetup): Record<string, object> {
  const environment = {
    ...(token ? tokenVariable : {}),
    ...(gateway?.in === 'overlay' ? { PUSHGATEWAY_URL: gatewayUrl(gateway, runsOf(app)) } : {}),
  };
  const more = Object.keys(environment).length > 0 ? { environment } : {};
  switch (app.in) {
    case 'service':
      return 'environment' in more ? { [app.service.name]: more } : {};
    case 'dockerfile':
      return {
        [ownService]: {
          build: app.path === 'Dockerfile' ? '.' : { context: '.', dockerfile: app.path },
          ...more,
          ports: [`127.0.0.1:${variable('APP_PORT', app.port)}:${app.port}`],
        },
      };
    case 'host':
      return {};
  }
}

/** Ports of this machine for what the file starts; a variable puts another one in the place of each. */
export function hostPorts(taken: readonly number[]): { prometheus: number; grafana: number; gateway: number } {
  const prometheus = freePort(prometheusPort, taken);
  // Not 3000: services like this one are there.
  const grafana = freePort(3001, taken);
  return { prometheus, grafana, gateway: freePort(gatewayPort, [...taken, prometheus]) };
}

function freePort(wanted: number, taken: readonly number[]): number {
  return taken.includes(wanted) ? freePort(wanted + 1, taken) : wanted;
}

function commentService(document: Document, service: string, key: string, text: string): void {
  const map = document.getIn(['services', service]);
  for (const { key: node } of isMap(map) ? (map as YAMLMap).items : []) {
    if (isScalar(node) && node.value === key) node.commentBefore = text;
  }
}
