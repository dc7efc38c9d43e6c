import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Texts } from '../cli/support/folders.js';
import { composeUp, leadsTo, named, type Started } from './support/compose-up.js';
import { plan } from './support/planned-monitoring.js';

const app = 'api: { build: ., environment: { PORT: 8080 } }';
const inBack = 'api: { build: ., environment: { PORT: 8080 }, networks: [back] }';
const onMachine = 'api: { build: ., environment: { PORT: 8080 }, network_mode: host }';
const database = 'db: { image: postgres }';

function compose(...services: readonly string[]): Texts {
  return { 'compose.yaml': `services:\n${services.map((one) => `  ${one}\n`).join('')}` };
}

const config = 'scrape_configs:\n  - job_name: x\n';
const mounted = 'volumes: ["./ops/prometheus.yml:/etc/prometheus/prometheus.yml"]';
const their = {
  prometheus: `metricsdb: { image: "prom/prometheus:v2.55.1", ${mounted} }`,
  inObs: `metricsdb: { image: "prom/prometheus:v2.55.1", networks: [obs], ${mounted} }`,
  onPort: `metricsdb: { image: prom/prometheus, ports: ["9099:9095"] }`,
  onMachine: 'metricsdb: { image: prom/prometheus, network_mode: host }',
  grafana: 'dashboards: { image: grafana/grafana, networks: [front] }',
  grafanaOnMachine: 'dashboards: { image: grafana/grafana, network_mode: host }',
  gateway: 'pushed: { image: prom/pushgateway, networks: [jobs] }',
};
const own = { 'ops/prometheus.yml': config };

/** The user's files, the service that is Prometheus when all is started (`host`: by hand), and Grafana's. */
const setUps: readonly (readonly [name: string, texts: Texts, prometheus: string, grafana: string | undefined])[] = [
  ['a compose file', compose(app), 'prometheus', 'grafana'],
  ['a network', compose(inBack), 'prometheus', 'grafana'],
  ["the machine's network", compose(onMachine), 'prometheus', 'grafana'],
  ['a compose file without the service', compose(database), 'prometheus', 'grafana'],
  ['its own Prometheus', { ...compose(app, their.prometheus), ...own }, 'metricsdb', 'grafana'],
  ['its own Prometheus in a network', { ...compose(app, their.inObs), ...own }, 'metricsdb', 'grafana'],
  ['both in networks', { ...compose(inBack, their.inObs), ...own }, 'metricsdb', 'grafana'],
  ['its own Prometheus on another port', compose(app, their.onPort), 'metricsdb', 'grafana'],
  ["its own Prometheus in the machine's network", compose(app, their.onMachine), 'metricsdb', 'grafana'],
  ['its own Prometheus, and no service', { ...compose(database, their.prometheus), ...own }, 'metricsdb', 'grafana'],
  ["its own Prometheus, and the machine's network", compose(onMachine, their.prometheus), 'metricsdb', 'grafana'],
  ['a configuration that compose does not run', { ...compose(app), ...own }, 'prometheus', 'grafana'],
  [
    'such a configuration in our place',
    { ...compose(app), 'monitoring/prometheus/prometheus.yml': config },
    'prometheus',
    'grafana',
  ],
  ['its own Grafana', compose(inBack, their.grafana), 'prometheus', 'dashboards'],
  ["its own Grafana in the machine's network", compose(app, their.grafanaOnMachine), 'prometheus', 'dashboards'],
  ['both its own', { ...compose(app, their.inObs, their.grafana), ...own }, 'metricsdb', 'dashboards'],
  [
    "both its own, in the machine's network",
    compose(app, their.onMachine, their.grafanaOnMachine),
    'metricsdb',
    'dashboards',
  ],
  [
    'a Grafana that it provisions',
    { ...compose(app), 'grafana/provisioning/datasources/a.yml': 'apiVersion: 1\n' },
    'prometheus',
    undefined,
  ],
  ['no compose file', {}, 'host', undefined],
  ['no compose file, and its own configuration', own, 'host', undefined],
];

const sources = 'monitoring/grafana/provisioning/datasources/prometheus.yaml';

/** Grafana's data source: the file, or what the user is told to add. */
function dataSource({ text, manual }: ReturnType<typeof plan>) {
  const snippet = manual.find((step) => step.snippet.includes('datasources:'))?.snippet ?? '';
  return parse(text(sources) || snippet).datasources[0];
}

/** The job of the service: in the configuration that Prometheus is started with, or what goes into the user's. */
function jobs({ text, texts }: ReturnType<typeof plan>, prometheus: string) {
  const isOurs = prometheus === 'prometheus' || texts.has('monitoring/prometheus/prometheus.yml');
  const name = [...texts.keys()].find((path) =>
    /prometheus\/prometheus\..*yml$|prometheus\/prometheus.yml$/.test(path),
  );
  return parse(text(isOurs ? (name ?? '') : 'monitoring/prometheus/scrape-shop.yml')).scrape_configs;
}

describe.each(setUps)('with %s', (_name, texts, prometheus, grafana) => {
  it("the data source's URL leads to the Prometheus that runs", () => {
    const planned = plan(texts);
    const started = composeUp(texts, planned);
    expect(named(started, 'prometheus')?.name ?? 'host').toBe(prometheus);
    expect(named(started, 'grafana')?.name).toBe(grafana);
    const { url, isDefault } = dataSource(planned);
    const isOnMachine = named(started, 'prometheus')?.service.network_mode === 'host';
    const led = leadsTo(started, url, named(started, 'grafana')?.service);
    expect([led, isOnMachine]).toEqual(isOnMachine ? ['host', url.endsWith(':9090')] : [prometheus, false]);
    // A Grafana of the user's own has one already, or may have.
    expect(isDefault).toBe(
      grafana === 'grafana' || (!Object.keys(texts).some((path) => path.includes('grafana')) && grafana === undefined),
    );
  });

  it('Prometheus reaches the service', () => {
    const planned = plan(texts);
    const started = composeUp(texts, planned);
    const [job] = jobs(planned, prometheus);
    const target: string = job.static_configs[0].targets[0];
    const service = named(started, 'app');
    const isOnMachine = service === undefined || service.service.network_mode === 'host';
    const led = leadsTo(started, target, named(started, 'prometheus')?.service);
    expect(led).toBe(isOnMachine || prometheus === 'host' || /^localhost/.test(target) ? 'host' : 'api');
    expect(target).toMatch(service === undefined ? /:4000$/ : /:8080$/);
  });

  it('the token gets to both sides', () => {
    const planned = plan(texts, { metricsToken: true });
    const started = composeUp(texts, planned);
    const [job] = jobs(planned, prometheus);
    const file: string = job.authorization.credentials_file;
    if (prometheus === 'host') {
      expect(planned.text('monitoring/prometheus/.gitignore')).toBe('metrics-token\n');
      const from = 'ops/prometheus.yml' in texts ? 'ops/' : 'monitoring/prometheus/';
      expect(new URL(from + file, 'http://x/').pathname).toBe('/monitoring/prometheus/metrics-token');
      return;
    }
    expect(file).toBe('/run/secrets/metrics-token');
    expect(started.secrets).toEqual({ 'metrics-token': { environment: 'METRICS_TOKEN' } });
    expect(named(started, 'prometheus')?.service.secrets).toEqual(['metrics-token']);
    const service = named(started, 'app')?.service;
    if (service !== undefined) expect(service.environment?.['METRICS_TOKEN']).toContain('${METRICS_TOKEN:?');
    // What is not used is not there, either.
    const overlay = planned.text('compose.monitoring.yaml');
    if (prometheus === 'metricsdb') expect(overlay).not.toContain('secrets:');
  });
});

const inCompose = setUps.filter(([, texts]) => 'compose.yaml' in texts);

describe.each(inCompose)('what jobs push gets to Prometheus with %s', (_name, texts, prometheus) => {
  it('by the gateway of the overlay, which the service is told of', () => {
    const planned = plan(texts, { with: ['pushgateway'] });
    const started = composeUp(texts, planned);
    expect(reached(planned, started, prometheus)).toBe('pushgateway');
    const service = named(started, 'app')?.service;
    const url = service === undefined ? 'http://localhost:9091' : (service.environment?.['PUSHGATEWAY_URL'] ?? '');
    expect(leadsTo(started, url, service)).toBe('pushgateway');
    expect(planned.text('monitoring/README.md')).toContain(`\`${url}\``);
  });

  it('by a gateway of the user', () => {
    const all = { ...texts, 'compose.yaml': `${texts['compose.yaml']}  ${their.gateway}\n` };
    const planned = plan(all, { with: ['pushgateway'] });
    const started = composeUp(all, planned);
    expect(named(started, 'pushgateway')?.name).toBe('pushed');
    // Nothing leads from the machine to a container that publishes no port.
    const isHidden = named(started, 'prometheus')?.service.network_mode === 'host';
    expect(reached(planned, started, prometheus)).toBe(isHidden ? 'host' : 'pushed');
  });
});

/** Where the job of the gateway leads Prometheus. */
function reached(planned: ReturnType<typeof plan>, started: Started, prometheus: string): string {
  const [, job] = jobs(planned, prometheus);
  expect(job).toMatchObject({ job_name: 'shop-pushgateway', honor_labels: true });
  // It is no instance of the service.
  expect(job.static_configs[0]).not.toHaveProperty('labels');
  return leadsTo(started, job.static_configs[0].targets[0], named(started, 'prometheus')?.service);
}

it.each([{}, own])('where no gateway runs, its job is prepared as a comment: %j', (texts) => {
  const planned = plan(texts, { with: ['pushgateway'] });
  expect(jobs(planned, 'host')).toHaveLength(1);
  expect([...planned.texts.values()].join('')).toContain('# - job_name: shop-pushgateway');
  expect(planned.text('monitoring/README.md')).toContain('No gateway was found here');
});

it('without a compose file, what is started by hand is Prometheus and Grafana, in the same network', () => {
  const readme = plan().text('monitoring/README.md');
  expect(readme).toContain('prometheus --config.file=monitoring/prometheus/prometheus.yml');
  expect(readme).toMatch(/docker run --rm --network host [\s\S]*GF_SERVER_HTTP_PORT=3001[\s\S]* grafana\/grafana:\d/);
  expect(readme).toContain('Grafana beside it, at http://localhost:3001');
  const taken = plan({}, { port: 3001 }).text('monitoring/README.md');
  expect(taken).toContain('Grafana beside it, at http://localhost:3002');
  expect(plan(compose(app)).text('monitoring/README.md')).not.toContain('docker run');
});

it('a gateway is there only where jobs push', () => {
  for (const texts of [compose(app), {}]) {
    const all = [...plan(texts).texts.values()].join('');
    expect(all).not.toMatch(/pushgateway/i);
  }
});
