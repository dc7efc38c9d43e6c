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
  composePlace,
  grafanaPort,
} from '../../src/monitoring/compose.js';
import { requireDebianPackage } from '../support/debian-package.js';
import { awkwardTags, monitoringOf } from './prometheus/support/monitorings.js';
import { temporaryFolder, write } from './prometheus/support/written.js';
import { expectToFit } from './support/schema.js';

const dockerCompose = await requireDebianPackage('docker-compose', 'docker-compose');

const apps: readonly ComposeApp[] = [
  { in: 'service', name: 'api', networks: [], profiles: [] },
  { in: 'service', name: 'my.app-1', networks: ['default'], profiles: [] },
  { in: 'service', name: 'api', networks: ['backend', 'edge'], profiles: [] },
  { in: 'dockerfile', path: 'Dockerfile', port: 3000 },
  { in: 'dockerfile', path: 'docker/api.Dockerfile', port: 8080 },
  { in: 'host' },
];
const both = [true, false] as const;
const starts = [
  { prometheus: true, grafana: true },
  { prometheus: true, grafana: false },
  { prometheus: false, grafana: true },
] as const;

const combinations = apps.flatMap((app) =>
  starts.flatMap((start) => both.map((token) => ({ app, starts: start, token }) as const)),
);

function setupOf(given: Partial<ComposeSetup> = {}): ComposeSetup {
  const all = { prometheus: true, grafana: true };
  return {
    app: apps[0] ?? { in: 'host' },
    files: ['compose.yaml'],
    folder: '.',
    variants: [],
    starts: all,
    takenPorts: [],
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
    expect(Object.keys(file.services).includes('prometheus')).toBe(one.starts.prometheus);
    expect(Object.keys(file.services).includes('grafana')).toBe(one.starts.grafana);
    for (const name of ['prometheus', 'grafana']) {
      const service = file.services[name];
      if (service === undefined) continue;
      expect(service.image).toMatch(/^\$\{(PROMETHEUS|GRAFANA)_IMAGE:-[\w./-]+:v?\d+\.\d+\.\d+\}$/);
      expect(service.healthcheck.test[0]).toBe('CMD');
      for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
      const named = service.volumes.filter((volume: string) => !volume.startsWith('.'));
      expect(named).toHaveLength(1);
      expect(file.volumes).toHaveProperty(named[0].split(':')[0]);
      for (const volume of service.volumes) if (volume.startsWith('.')) expect(volume).toMatch(/:ro$/);
    }
  });

  it('joins the service of the user, and its network, and says nothing else about it', () => {
    const file = readFor({ app: { in: 'service', name: 'api', networks: ['backend'], profiles: [] } });
    expect(file.services).not.toHaveProperty('api');
    expect(file.services.prometheus.depends_on).toEqual(['api']);
    expect(file.services.prometheus.networks).toEqual(['default', 'backend']);
  });

  it("stays in the project's own network where the service does", () => {
    for (const networks of [[], ['default']]) {
      const { prometheus } = readFor({ app: { in: 'service', name: 'api', networks, profiles: [] } }).services;
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

  it('reaches a service that runs on this machine', () => {
    const { prometheus } = readFor({ app: { in: 'host' } }).services;
    expect(prometheus.extra_hosts).toEqual(['host.docker.internal:host-gateway']);
    expect(composePlace(monitoringOf(), { app: { in: 'host' } }).target).toBe('host.docker.internal:3000');
  });

  it('asks for a profile of a service that has one, which Prometheus depends on', () => {
    const app: ComposeApp = { in: 'service', name: 'api', networks: [], profiles: ['app', 'all'] };
    expect(composeCommand({ files: ['compose.yaml'], app }).join(' ')).toBe(
      'docker compose --profile app -f compose.yaml -f compose.monitoring.yaml up',
    );
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
    expect(composePlace(monitoringOf({ token: true }), setupOf()).tokenFile).toBe('/run/secrets/metrics-token');
    expect(readFor({}, false)).not.toHaveProperty('secrets');
  });

  it('takes no port of the services that are there', () => {
    const { prometheus, grafana } = readFor({ takenPorts: [9090, 9091, 3001] }).services;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's
    expect(prometheus.ports).toEqual(['127.0.0.1:${PROMETHEUS_PORT:-9092}:9090']);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's
    expect(grafana.ports).toEqual(['127.0.0.1:${GRAFANA_PORT:-3002}:3000']);
    expect(grafanaPort([3001])).toBe(3002);
  });

  it('names its paths from the folder of the first file, as Compose reads them', () => {
    const { prometheus } = readFor({ files: ['deploy/docker/compose.yaml'], folder: '../..' }).services;
    expect(prometheus.volumes[0]).toBe('../../monitoring/prometheus:/etc/prometheus:ro');
    expect(composeCommand({ files: ['compose.yaml', 'compose.override.yaml'], app: { in: 'host' } })).toEqual(
      'docker compose -f compose.yaml -f compose.override.yaml -f compose.monitoring.yaml up'.split(' '),
    );
    expect(composeCommand({ files: [], app: { in: 'host' } })).toEqual(
      'docker compose -f compose.monitoring.yaml up'.split(' '),
    );
  });

  it.each(awkwardTags)('the dashboard of %s stays a path', (tag) => {
    const { environment } = readFor({ dashboard: `${tag}.json` }).services.grafana;
    expect(environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(`/etc/grafana/dashboards/${tag}.json`);
    for (const value of Object.values(environment)) expect(value).toBeTypeOf('string');
  });
});

describe.skipIf(dockerCompose === undefined)('docker-compose', () => {
  const theirs = `services:
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
    const app: ComposeApp = { in: 'service', name: 'api', networks: ['backend', 'edge'], profiles: [] };
    const overlay = composeFile(monitoringOf(), setupOf({ app }));
    const { services, volumes } = await merged([{ path: 'compose.yaml', text: theirs }, overlay]);
    expect(Object.keys(services).sort()).toEqual(['api', 'grafana', 'prometheus']);
    expect(services.api.ports).toHaveLength(1);
    expect(services.prometheus.image).toBe('prom/prometheus:v3.13.4');
    expect(Object.keys(services.prometheus.networks).sort()).toEqual(['backend', 'default']);
    expect(Object.keys(volumes).sort()).toEqual(['grafana-data', 'prometheus-data']);
  });

  it.each(
    combinations
      .filter(({ token, app }) => !token && app.in !== 'service')
      .map((one) => [JSON.stringify(one), one] as const),
  )('takes the file alone: %s', async (_, one) => {
    const { services } = await merged([composeFile(monitoringOf(), setupOf({ ...one, files: [] }))]);
    expect('app' in services).toBe(one.app.in === 'dockerfile');
  });
});
