import { posix } from 'node:path';
import type { ComposeSetup } from './compose.js';
import { DASHBOARDS_FOLDER, grafanaImage } from './grafana/provisioning.js';
import type { Monitoring } from './monitoring.js';
import { gatewayPort } from './prometheus/gateway.js';
import { hostGateway, nameOf, needsHostGateway, networksToMeet, type Runs } from './reach.js';

/** What is started beside the user's services, and with which port of this machine. */
export type Overlay = Extract<Runs, { in: 'overlay' }>;

/** Long-term support, and the newest that was tried; a variable of the same meaning puts another one in its place. */
const images = {
  prometheus: variable('PROMETHEUS_IMAGE', 'prom/prometheus:v3.13.4'),
  grafana: variable('GRAFANA_IMAGE', grafanaImage),
  gateway: variable('PUSHGATEWAY_IMAGE', 'prom/pushgateway:v1.11.3'),
};

/** Where Prometheus listens, unless it is told otherwise. */
export const prometheusPort = 9090;

/** The secret with the token, in the containers that are given it. */
export const tokenSecret = 'metrics-token';

/** Prometheus, with its configuration and rules. */
export function prometheusService(
  { token }: Monitoring,
  setup: ComposeSetup,
  app: Runs,
  { hostPort }: Overlay,
): object {
  const scraped = [app, ...(setup.gateway === undefined ? [] : [setup.gateway])];
  const beside = nameOf(app);
  return {
    image: images.prometheus,
    command: [
      `--config.file=/etc/prometheus/${setup.config}`,
      '--storage.tsdb.path=/prometheus',
      '--storage.tsdb.retention.time=15d',
    ],
    ports: [`127.0.0.1:${variable('PROMETHEUS_PORT', hostPort)}:${prometheusPort}`],
    volumes: [`${inTarget(setup.folder, 'monitoring/prometheus')}:/etc/prometheus:ro`, 'prometheus-data:/prometheus'],
    ...(token ? { secrets: [tokenSecret] } : {}),
    ...meeting([...scraped, ...(setup.grafana === undefined ? [] : [setup.grafana])]),
    ...reachingMachine(setup.prometheus, scraped),
    ...(beside === undefined ? {} : { depends_on: [beside] }),
    healthcheck: healthcheck(`http://127.0.0.1:${prometheusPort}/-/ready`),
    restart: 'unless-stopped',
  };
}

/** Grafana, provisioned. */
export function grafanaService(setup: ComposeSetup, grafana: Overlay): object {
  const { dashboard, prometheus } = setup;
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
        : { GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: `${DASHBOARDS_FOLDER}/${dashboard}` }),
    },
    ports: [`127.0.0.1:${variable('GRAFANA_PORT', grafana.hostPort)}:3000`],
    volumes: [
      `${folder}/provisioning:/etc/grafana/provisioning:ro`,
      `${folder}/dashboards:${DASHBOARDS_FOLDER}:ro`,
      'grafana-data:/var/lib/grafana',
    ],
    ...meeting([prometheus]),
    ...reachingMachine(grafana, [prometheus]),
    ...(prometheus.in === 'overlay' ? { depends_on: ['prometheus'] } : {}),
    healthcheck: healthcheck('http://127.0.0.1:3000/api/health'),
    restart: 'unless-stopped',
  };
}

/** Keeps what was pushed over a restart: jobs push again only when they run again. */
export function gatewayService({ prometheus }: ComposeSetup, app: Runs, { hostPort }: Overlay): object {
  return {
    image: images.gateway,
    command: ['--persistence.file=/pushgateway/metrics'],
    ports: [`127.0.0.1:${variable('PUSHGATEWAY_PORT', hostPort)}:${gatewayPort}`],
    // The image's own folder: it belongs to the user that the gateway runs as.
    volumes: ['pushgateway-data:/pushgateway'],
    ...meeting([app, prometheus]),
    healthcheck: healthcheck(`http://127.0.0.1:${gatewayPort}/-/ready`),
    restart: 'unless-stopped',
  };
}

/** The networks of those that it talks to, and the project's own, in which the services of this file meet. */
function meeting(others: readonly Runs[]): { networks?: readonly string[] } {
  const networks = networksToMeet(others);
  return networks.length === 0 ? {} : { networks };
}

function reachingMachine(from: Runs, others: readonly Runs[]): { extra_hosts?: readonly string[] } {
  return others.some((other) => needsHostGateway(from, other)) ? { extra_hosts: [hostGateway] } : {};
}

/** All images have BusyBox's wget; none needs a shell for it. */
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
export function variable(name: string, otherwise: string | number): string {
  return `\${${name}:-${otherwise}}`;
}
