import { posix } from 'node:path';
import { type Document, isMap, isScalar, type YAMLMap } from 'yaml';
import type { Monitoring, MonitoringFile } from './monitoring.js';
import type { Place } from './prometheus/scrape-config.js';
import { yamlDocument, yamlText } from './prometheus/yaml-text.js';

/** Where the service runs when it is started with Compose. */
export type ComposeApp =
  /** A service of the user's own compose files. */
  | {
      readonly in: 'service';
      readonly name: string;
      readonly networks: readonly string[];
      /** One has to be asked for, where there are any. */
      readonly profiles: readonly string[];
    }
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
  /** What it starts. */
  readonly starts: { readonly prometheus: boolean; readonly grafana: boolean };
  /** Ports of this machine that the user's services take. */
  readonly takenPorts: readonly number[];
  /** The dashboard that Grafana opens with, by its file's name; undefined without Grafana. */
  readonly dashboard: string | undefined;
}

export const composePath = 'compose.monitoring.yaml';

/** Long-term support, and the newest that was tried; a variable of the same meaning puts another one in its place. */
const images = {
  prometheus: variable('PROMETHEUS_IMAGE', 'prom/prometheus:v3.13.4'),
  grafana: variable('GRAFANA_IMAGE', 'grafana/grafana:13.2.3'),
};

/** The name of the service that this file has for the app, where the user has none. */
const ownService = 'app';
const tokenSecret = 'metrics-token';
/** Where Compose puts a secret: https://docs.docker.com/compose/how-tos/use-secrets/ */
const tokenPath = `/run/secrets/${tokenSecret}`;

/**
 * Prometheus and Grafana, provisioned, beside the service: an overlay over the user's own compose files, or a whole one.
 * Both listen on this machine only. https://github.com/compose-spec/compose-spec/blob/main/spec.md
 */
export function composeFile(monitoring: Monitoring, setup: ComposeSetup): MonitoringFile {
  const { starts, files } = setup;
  const volumes = [...(starts.prometheus ? ['prometheus-data'] : []), ...(starts.grafana ? ['grafana-data'] : [])];
  const document = yamlDocument({
    services: {
      ...appService(monitoring, setup),
      ...(starts.prometheus ? { prometheus: prometheusService(monitoring, setup) } : {}),
      ...(starts.grafana ? { grafana: grafanaService(setup) } : {}),
    },
    ...(monitoring.token ? { secrets: { [tokenSecret]: { environment: 'METRICS_TOKEN' } } } : {}),
    volumes: Object.fromEntries(volumes.map((name) => [name, {}])),
  });
  const alone = files.length === 0 ? 'The service with' : 'Over your own compose file:';
  document.commentBefore = ` ${alone} Prometheus and Grafana; made by add-prom-metrics once, and yours to change.
   ${composeCommand(setup).join(' ')}${variantsNote(setup)}
 Paths are relative to the folder of the first file.`;
  commentService(document, 'prometheus', 'ports', ' This machine only: Prometheus has no password.');
  commentService(
    document,
    'grafana',
    'environment',
    ' Whoever reaches the port may look; changing things needs the password.',
  );
  return { path: composePath, text: yamlText(document), kind: 'seeded' };
}

/** How Prometheus, started by this file, reaches the service and its token. */
export function composePlace(
  { port }: Monitoring,
  { app }: Pick<ComposeSetup, 'app'>,
): Required<Pick<Place, 'target' | 'tokenFile'>> {
  const host = { service: 'name' in app ? app.name : '', dockerfile: ownService, host: 'host.docker.internal' }[app.in];
  return { target: `${host}:${port}`, tokenFile: tokenPath };
}

/** The command that starts it all, as words. */
export function composeCommand({ files, app }: Pick<ComposeSetup, 'files' | 'app'>): string[] {
  const profile = 'profiles' in app ? app.profiles.slice(0, 1).flatMap((name) => ['--profile', name]) : [];
  return ['docker', 'compose', ...profile, ...[...files, composePath].flatMap((path) => ['-f', path]), 'up'];
}

/** What a service lacks that is completed by another file, such as its command, is in that file. */
function variantsNote({ files, variants }: ComposeSetup): string {
  if (variants.length === 0) return '';
  return `\n Where you start it with ${variants.join(' or ')}, too, put that after ${files.at(-1)}.`;
}

/** The service that is scraped, as far as this file has to say something about it. */
function appService({ token }: Monitoring, { app }: ComposeSetup): Record<string, object> {
  const variables = token ? { METRICS_TOKEN: `\${METRICS_TOKEN:?the bearer token that Prometheus shows}` } : {};
  switch (app.in) {
    case 'service':
      return token ? { [app.name]: { environment: variables } } : {};
    case 'dockerfile':
      return {
        [ownService]: {
          build: app.path === 'Dockerfile' ? '.' : { context: '.', dockerfile: app.path },
          ...(token ? { environment: variables } : {}),
          ports: [`127.0.0.1:${variable('APP_PORT', app.port)}:${app.port}`],
        },
      };
    case 'host':
      return {};
  }
}

function prometheusService({ token }: Monitoring, setup: ComposeSetup): object {
  const { app, folder, takenPorts } = setup;
  const network = 'networks' in app ? app.networks.find((name) => name !== 'default') : undefined;
  const beside = { service: 'name' in app ? [app.name] : [], dockerfile: [ownService], host: [] }[app.in];
  return {
    image: images.prometheus,
    command: [
      '--config.file=/etc/prometheus/prometheus.yml',
      '--storage.tsdb.path=/prometheus',
      '--storage.tsdb.retention.time=15d',
    ],
    ports: [`127.0.0.1:${variable('PROMETHEUS_PORT', freePort(9090, takenPorts))}:9090`],
    volumes: [`${inTarget(folder, 'monitoring/prometheus')}:/etc/prometheus:ro`, 'prometheus-data:/prometheus'],
    ...(token ? { secrets: [tokenSecret] } : {}),
    // The app's network, to reach it; the project's own, to be reached by Grafana.
    ...(network === undefined ? {} : { networks: ['default', network] }),
    ...(app.in === 'host' ? { extra_hosts: ['host.docker.internal:host-gateway'] } : {}),
    ...(beside.length === 0 ? {} : { depends_on: beside }),
    healthcheck: healthcheck('http://127.0.0.1:9090/-/ready'),
    restart: 'unless-stopped',
  };
}

function grafanaService(setup: ComposeSetup): object {
  const { dashboard, starts, takenPorts } = setup;
  const folder = inTarget(setup.folder, 'monitoring/grafana');
  return {
    image: images.grafana,
    environment: {
      GF_SECURITY_ADMIN_PASSWORD: variable('GRAFANA_PASSWORD', 'admin'),
      GF_AUTH_ANONYMOUS_ENABLED: 'true',
      GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
      GF_ANALYTICS_REPORTING_ENABLED: 'false',
      ...(dashboard === undefined
        ? {}
        : { GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: `/etc/grafana/dashboards/${dashboard}` }),
    },
    ports: [`127.0.0.1:${variable('GRAFANA_PORT', grafanaPort(takenPorts))}:3000`],
    volumes: [
      `${folder}/provisioning:/etc/grafana/provisioning:ro`,
      `${folder}/dashboards:/etc/grafana/dashboards:ro`,
      'grafana-data:/var/lib/grafana',
    ],
    ...(starts.prometheus ? { depends_on: ['prometheus'] } : {}),
    healthcheck: healthcheck('http://127.0.0.1:3000/api/health'),
    restart: 'unless-stopped',
  };
}

/** The port of this machine where Grafana is, unless GRAFANA_PORT says otherwise. Not 3000: services like this one are there. */
export function grafanaPort(taken: readonly number[]): number {
  return freePort(3001, taken);
}

/** Both images have BusyBox's wget; neither needs a shell for it. */
function healthcheck(url: string): object {
  return {
    test: ['CMD', 'wget', '-q', '--spider', url],
    interval: '10s',
    timeout: '5s',
    retries: 6,
    start_period: '20s',
  };
}

/** A path of the target as Compose takes it, and not for a volume's name. */
function inTarget(folder: string, path: string): string {
  const whole = posix.join(folder, path);
  return whole.startsWith('.') ? whole : `./${whole}`;
}

/** A variable of the environment that Compose puts in, and what counts without it. */
function variable(name: string, otherwise: string | number): string {
  return `\${${name}:-${otherwise}}`;
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
