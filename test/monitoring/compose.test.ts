import path from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  type ComposeApp,
  type ComposeSetup,
  composeCommand,
  composeFile,
  composePath,
  hostPorts,
} from '../../src/monitoring/compose.js';
import type { Peer, Runs } from '../../src/monitoring/reach.js';
import { requireDebianPackage } from '../support/debian-package.js';
import { awkwardTags, monitoringOf } from './prometheus/support/monitorings.js';
import { temporaryFolder, write } from './prometheus/support/written.js';
import { expectToFit } from './support/schema.js';

const dockerCompose = await requireDebianPackage('docker-compose', 'docker-compose');

function peer(name: string, more: Partial<Peer> = {}): Peer {
  return { name, networks: [], profiles: [], usesHostNetwork: false, ports: [], published: [], ...more };
}

function theirs(name: string, more: Partial<Peer> = {}): { in: 'service'; service: Peer } {
  return { in: 'service', service: peer(name, more) };
}

const apps: readonly ComposeApp[] = [
  theirs('api'),
  theirs('my.app-1', { networks: ['default'] }),
  theirs('api', { networks: ['backend', 'edge'] }),
  theirs('api', { usesHostNetwork: true }),
  { in: 'dockerfile', path: 'Dockerfile', port: 3000 },
  { in: 'dockerfile', path: 'docker/api.Dockerfile', port: 8080 },
  { in: 'host' },
];
const both = [true, false] as const;
const ours = {
  prometheus: { in: 'overlay', name: 'prometheus', hostPort: 9090 },
  grafana: { in: 'overlay', name: 'grafana', hostPort: 3001 },
  gateway: { in: 'overlay', name: 'pushgateway', hostPort: 9091 },
} as const satisfies Record<string, Runs>;
const starts: readonly Pick<ComposeSetup, 'prometheus' | 'grafana' | 'gateway'>[] = [
  { ...ours, gateway: undefined },
  ours,
  { prometheus: ours.prometheus, grafana: undefined, gateway: undefined },
  { prometheus: theirs('metricsdb', { networks: ['obs'] }), grafana: ours.grafana, gateway: ours.gateway },
  { prometheus: theirs('p', { usesHostNetwork: true }), grafana: ours.grafana, gateway: undefined },
];

const combinations = apps.flatMap((app) =>
  starts.flatMap((start) => both.map((token) => ({ app, ...start, token }) as const)),
);

function setupOf(given: Partial<ComposeSetup> = {}): ComposeSetup {
  return {
    app: theirs('api'),
    ...{ prometheus: ours.prometheus, grafana: ours.grafana, gateway: undefined },
    files: ['compose.yaml'],
    folder: '.',
    variants: [],
    config: 'prometheus.yml',
    dashboard: 'shop.json',
    ...given,
  };
}

/** The file as Compose reads it. */
function readFor(given: Partial<ComposeSetup>, token = false) {
  const { text, path: name, kind } = composeFile(monitoringOf({ token }), setupOf(given));
  expect({ name, kind }).toEqual({ name: composePath, kind: 'seeded' });
  return parse(text, { version: '1.1' });
}

describe('composeFile', () => {
  it.each(combinations.map((one) => [JSON.stringify(one), one] as const))('fits the specification: %s', (_, one) => {
    const file = readFor(one, one.token);
    expectToFit('compose-spec', file);
    expect(file).not.toHaveProperty('version');
    expect('prometheus' in file.services).toBe(one.prometheus.in === 'overlay');
    expect('grafana' in file.services).toBe(one.grafana !== undefined);
    expect('pushgateway' in file.services).toBe(one.gateway !== undefined);
    // A secret that nobody is given is none.
    expect('secrets' in file).toBe(one.token && one.prometheus.in === 'overlay');
    for (const service of ['prometheus', 'grafana', 'pushgateway'].flatMap((name) => file.services[name] ?? [])) {
      expect(service.image).toMatch(/^\$\{(PROMETHEUS|GRAFANA|PUSHGATEWAY)_IMAGE:-[\w./-]+:v?\d+\.\d+\.\d+\}$/);
      expect(service.healthcheck.test[0]).toBe('CMD');
      for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
      const named = service.volumes.filter((volume: string) => !volume.startsWith('.'));
      expect(named).toHaveLength(1);
      expect(file.volumes).toHaveProperty(named[0].split(':')[0]);
      for (const volume of service.volumes) if (volume.startsWith('.')) expect(volume).toMatch(/:ro$/);
    }
  });

  it('joins the service of the user, and its network, and says nothing else about it', () => {
    const file = readFor({ app: theirs('api', { networks: ['backend'] }) });
    expect(file.services).not.toHaveProperty('api');
    expect(file.services.prometheus.depends_on).toEqual(['api']);
    expect(file.services.prometheus.networks).toEqual(['default', 'backend']);
  });

  it("stays in the project's own network where the service does", () => {
    for (const networks of [[], ['default']]) {
      const { prometheus } = readFor({ app: theirs('api', { networks }) }).services;
      expect(prometheus).not.toHaveProperty('networks');
    }
  });

  it('builds the service where the user has no compose file', () => {
    const { app } = readFor({
      app: { in: 'dockerfile', path: 'docker/api.Dockerfile', port: 8080 },
      files: [],
    }).services;
    expect(app).toEqual({
      build: { context: '.', dockerfile: 'docker/api.Dockerfile' },
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's
      ports: ['127.0.0.1:${APP_PORT:-8080}:8080'],
    });
  });

  it('reaches a service that runs on this machine, or in its network', () => {
    for (const app of [{ in: 'host' } as const, theirs('api', { usesHostNetwork: true })]) {
      const { prometheus } = readFor({ app }).services;
      expect(prometheus.extra_hosts).toEqual(['host.docker.internal:host-gateway']);
    }
    expect(readFor({}).services.prometheus).not.toHaveProperty('extra_hosts');
  });

  it("Grafana and the gateway join the network of the user's Prometheus", () => {
    const { services } = readFor({ ...ours, prometheus: theirs('metricsdb', { networks: ['obs'] }) });
    expect(services.grafana.networks).toEqual(['default', 'obs']);
    expect(services.pushgateway.networks).toEqual(['default', 'obs']);
    expect(services.grafana).not.toHaveProperty('depends_on');
    const onMachine = readFor({ prometheus: theirs('p', { usesHostNetwork: true }) }).services;
    expect(onMachine.grafana.extra_hosts).toEqual(['host.docker.internal:host-gateway']);
    expect(onMachine.grafana).not.toHaveProperty('networks');
  });

  it("Prometheus joins the network of the user's Grafana", () => {
    const { services } = readFor({ grafana: theirs('g', { networks: ['front'] }) });
    expect(services.prometheus.networks).toEqual(['default', 'front']);
  });

  it('starts a gateway that keeps what was pushed, and tells the service where it is', () => {
    const { services, volumes } = readFor({ gateway: ours.gateway });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's
    expect(services.pushgateway.ports).toEqual(['127.0.0.1:${PUSHGATEWAY_PORT:-9091}:9091']);
    expect(services.pushgateway.command).toEqual(['--persistence.file=/pushgateway/metrics']);
    expect(volumes).toHaveProperty('pushgateway-data');
    expect(services.api.environment).toEqual({ PUSHGATEWAY_URL: 'http://pushgateway:9091' });
    const onMachine = readFor({ ...ours, app: theirs('api', { usesHostNetwork: true }) });
    expect(onMachine.services.api.environment).toEqual({ PUSHGATEWAY_URL: 'http://localhost:9091' });
  });

  it('asks for a profile of each service that has one and is needed', () => {
    const app = theirs('api', { profiles: ['app', 'all'] });
    expect(composeCommand(setupOf({ app })).join(' ')).toBe(
      'docker compose --profile app -f compose.yaml -f compose.monitoring.yaml up',
    );
    const prometheus = theirs('p', { profiles: ['monitoring'] });
    expect(composeCommand(setupOf({ app, prometheus })).join(' ')).toContain('--profile app --profile monitoring -f');
    const shared = theirs('p', { profiles: ['monitoring', 'app'] });
    expect(composeCommand(setupOf({ app, prometheus: shared })).join(' ')).toContain('--profile app -f');
  });

  it('tells of files that complete the service', () => {
    const { text } = composeFile(monitoringOf(), setupOf({ variants: ['compose.dev.yaml', 'compose.prod.yaml'] }));
    expect(text).toContain(
      '# Where you start it with compose.dev.yaml or compose.prod.yaml, too, put that after compose.yaml.',
    );
  });

  it('hands the token to the service and, as a secret, to Prometheus; nowhere does it stand', () => {
    const file = readFor({}, true);
    expect(file.services.api.environment.METRICS_TOKEN).toMatch(/^\$\{METRICS_TOKEN:\?/);
    expect(file.secrets).toEqual({ 'metrics-token': { environment: 'METRICS_TOKEN' } });
    expect(file.services.prometheus.secrets).toEqual(['metrics-token']);
    expect(readFor({}, false)).not.toHaveProperty('secrets');
    const onMachine = readFor({ app: theirs('api', { usesHostNetwork: true }) }, true);
    expect(onMachine.services.api.environment).toEqual(file.services.api.environment);
  });

  it('takes no port of the services that are there', () => {
    expect(hostPorts([])).toEqual({ prometheus: 9090, grafana: 3001, gateway: 9091 });
    const ports = hostPorts([9090, 9091, 3001]);
    expect(ports).toEqual({ prometheus: 9092, grafana: 3002, gateway: 9093 });
    const grafana = { ...ours.grafana, hostPort: ports.grafana };
    const { services } = readFor({ prometheus: { ...ours.prometheus, hostPort: ports.prometheus }, grafana });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's
    expect(services.prometheus.ports).toEqual(['127.0.0.1:${PROMETHEUS_PORT:-9092}:9090']);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's
    expect(services.grafana.ports).toEqual(['127.0.0.1:${GRAFANA_PORT:-3002}:3000']);
  });

  it('names its paths from the folder of the first file, as Compose reads them', () => {
    const { prometheus } = readFor({ files: ['deploy/docker/compose.yaml'], folder: '../..' }).services;
    expect(prometheus.volumes[0]).toBe('../../monitoring/prometheus:/etc/prometheus:ro');
    expect(composeCommand(setupOf({ files: ['compose.yaml', 'compose.override.yaml'] }))).toEqual(
      'docker compose -f compose.yaml -f compose.override.yaml -f compose.monitoring.yaml up'.split(' '),
    );
    expect(composeCommand(setupOf({ files: [] }))).toEqual('docker compose -f compose.monitoring.yaml up'.split(' '));
  });

  it.each(awkwardTags)('the dashboard of %s stays a path', (tag) => {
    const { environment } = readFor({ dashboard: `${tag}.json` }).services.grafana;
    expect(environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(`/etc/grafana/dashboards/${tag}.json`);
    for (const value of Object.values(environment)) expect(value).toBeTypeOf('string');
  });
});

describe.skipIf(dockerCompose === undefined)('docker-compose', () => {
  const file = `services:
  api:
    build: .
    networks: [backend, edge]
    ports: ["3000:3000"]
networks:
  backend: {}
  edge: {}
`;

  /** What docker-compose makes of the files together. */
  async function merged(files: readonly { path: string; text: string }[]) {
    const folder = await temporaryFolder();
    await write(folder, [...files, { path: 'Dockerfile', text: 'FROM scratch\n' }]);
    const args = files.flatMap((file) => ['-f', path.join(folder, file.path)]);
    const { stdout } = await execa(dockerCompose ?? '', [...args, 'config'], { cwd: folder, timeout: 60_000 });
    return parse(stdout);
  }

  // 1.29 knows no secret that comes from a variable, so that files with a token are held against the specification alone.
  it('takes the overlay together with the file of the user', async () => {
    const app = theirs('api', { networks: ['backend', 'edge'] });
    const overlay = composeFile(monitoringOf(), setupOf({ app, gateway: ours.gateway }));
    const { services, volumes } = await merged([{ path: 'compose.yaml', text: file }, overlay]);
    expect(Object.keys(services).sort()).toEqual(['api', 'grafana', 'prometheus', 'pushgateway']);
    expect(services.pushgateway.image).toBe('prom/pushgateway:v1.11.3');
    expect(services.api.ports).toHaveLength(1);
    expect(services.prometheus.image).toBe('prom/prometheus:v3.13.4');
    expect(Object.keys(services.prometheus.networks).sort()).toEqual(['backend', 'default']);
    expect(Object.keys(volumes).sort()).toEqual(['grafana-data', 'prometheus-data', 'pushgateway-data']);
  });

  it.each(
    combinations
      .filter(({ token, app, prometheus }) => !token && app.in !== 'service' && prometheus.in === 'overlay')
      .map((one) => [JSON.stringify(one), one] as const),
  )('takes the file alone: %s', async (_, one) => {
    const { services } = await merged([composeFile(monitoringOf(), setupOf({ ...one, files: [] }))]);
    expect('app' in services).toBe(one.app.in === 'dockerfile');
  });
});
