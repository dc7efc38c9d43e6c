import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Workspace } from '../../src/plan/workspace.js';
import { withAbove } from '../../src/project/monitoring-above.js';
import { findMonitoring } from '../../src/project/monitoring-facts.js';
import { makeFolder, type Texts } from '../cli/support/folders.js';

/** The facts of services/api in a repository with these files. */
function find(texts: Texts) {
  const root = makeFolder({ 'services/api/package.json': '{}', ...texts });
  const folder = (path: string) => new Workspace(posix.join(root, path));
  const above = [
    { files: folder('services'), below: 'api' },
    { files: folder('.'), below: 'services/api' },
  ];
  return withAbove(findMonitoring(folder('services/api')), above, ['orders', '@acme/orders']);
}

const services = (...lines: string[]) => `services:\n${lines.map((line) => `  ${line}\n`).join('')}`;
const config = 'scrape_configs:\n  - job_name: x\n';
const workload = (name: string) =>
  `kind: Deployment\nmetadata: { name: ${name} }\nspec: { template: { metadata: { labels: { app: ${name} } }, spec: { containers: [{ image: x }] } } }\n`;

describe('the compose file above the target', () => {
  test.each([
    ['its context', 'api: { build: ./services/api }', { context: '.' }],
    [
      'its Dockerfile',
      'api: { build: { context: ., dockerfile: services/api/Dockerfile } }',
      { dockerfile: 'Dockerfile' },
    ],
    [
      'its files',
      'api: { image: node, volumes: ["./services/api:/app"] }',
      { mounts: [{ source: '.', target: '/app' }] },
    ],
  ])('is the one that has %s', (_, service, expected) => {
    const { compose } = find({ 'docker-compose.yml': services(service, 'web: { build: ./services/web }') });
    expect(compose?.files).toEqual(['../../docker-compose.yml']);
    expect(compose?.services).toMatchObject([
      { name: 'api', ...expected },
      { name: 'web', context: '../web' },
    ]);
  });

  test('is none that builds its services from somewhere else', () => {
    const elsewhere = services(
      'web: { build: { context: ., dockerfile: services/web/Dockerfile } }',
      'db: { image: postgres }',
    );
    expect(find({ 'docker-compose.yml': elsewhere }).compose).toBeUndefined();
  });

  test('with its override file and the Prometheus and Grafana beside it', () => {
    const facts = find({
      'deploy/compose.yaml': services('api: { build: ../services/api }'),
      'deploy/compose.override.yaml': services('api: { ports: ["3000:3000"] }'),
      'ops/prometheus/prometheus.yml': config,
      'grafana/provisioning/datasources/a.yml': '',
    });
    expect(facts.compose?.files).toEqual(['../../deploy/compose.yaml', '../../deploy/compose.override.yaml']);
    expect(facts.prometheusConfig).toBe('../../ops/prometheus/prometheus.yml');
    expect(facts.grafanaProvisioning).toBe('../../grafana/provisioning');
  });

  test('is the nearest', () => {
    const text = services('api: { build: ./api }');
    const root = services('api: { build: ./services/api }');
    expect(find({ 'services/compose.yaml': text, 'compose.yaml': root }).compose?.files).toEqual(['../compose.yaml']);
  });

  test('is none that knows only other packages, and its Prometheus is theirs', () => {
    const facts = find({ 'compose.yaml': services('web: { build: ./services/web }'), 'prometheus.yml': config });
    expect([facts.compose, facts.prometheusConfig]).toEqual([undefined, undefined]);
  });

  test("does not count where the target has one, and is none of an earlier run's", () => {
    const own = services('api: { build: . }');
    const root = services('api: { build: ./services/api }');
    expect(find({ 'services/api/compose.yaml': own, 'compose.yaml': root }).compose?.files).toEqual(['compose.yaml']);
    expect(find({ 'services/api/compose.monitoring.yaml': own }).compose?.files).toEqual(['compose.monitoring.yaml']);
    expect(find({ 'compose.yaml': services('x: {}') }).compose).toBeUndefined();
  });
});

describe('the manifest above the target', () => {
  test('is the one of its name', () => {
    const { kubernetes } = find({ 'k8s/orders.yaml': workload('orders'), 'k8s/web.yaml': workload('web') });
    expect(kubernetes.workloads.map(({ name, path }) => `${name} ${path}`)).toContain('orders ../../k8s/orders.yaml');
  });

  test('is not the only one when that is another package’s', () => {
    expect(find({ 'k8s/web.yaml': workload('web') }).kubernetes.workloads).toEqual([]);
  });

  test('has no chart beside it that we would write into', () => {
    const { kubernetes } = find({ 'k8s/orders.yaml': workload('orders'), 'charts/web/Chart.yaml': 'name: web\n' });
    expect(kubernetes.charts).toEqual([]);
  });
});
