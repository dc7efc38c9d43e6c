import { describe, expect, test } from 'vitest';
import { Workspace } from '../../src/plan/workspace.js';
import { findMonitoring, serviceOf } from '../../src/project/monitoring-facts.js';
import { makeFolder, type Texts } from '../cli/support/folders.js';

const find = (texts: Texts) => findMonitoring(new Workspace(makeFolder(texts)));
const config = 'global: {}\nscrape_configs:\n  - job_name: x\n';

describe('findMonitoring', () => {
  test.each([
    'prometheus.yml',
    'prometheus/prometheus.yaml',
    'monitoring/prometheus.yml',
    'docker/prometheus/prometheus.yml',
  ])('%s is a configuration of its own', (path) => {
    expect(find({ [path]: config }).prometheusConfig).toBe(path);
  });

  test.each([
    ['prometheus.yml', 'a: b\n'],
    ['src/prometheus.yml', config],
    ['prometheus.rules.yml', config],
  ])('%s with %j is none', (path, text) => {
    expect(find({ [path]: text }).prometheusConfig).toBeUndefined();
  });

  test('finds what provisions Grafana', () => {
    const path = 'monitoring/grafana/provisioning';
    expect(find({ [`${path}/datasources/a.yml`]: '' }).grafanaProvisioning).toBe(path);
    expect(find({ 'grafana/dashboards/a.json': '{}' }).grafanaProvisioning).toBeUndefined();
  });

  test.each([
    ['./conf/prom:/etc/prometheus', 'conf/prom/prometheus.yml'],
    ['./conf/prom/:/etc/prometheus/config', 'conf/prom/prometheus.yml'],
    ['./conf/dev.yml:/etc/prometheus/prometheus.yml:ro', 'conf/dev.yml'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's
    ['${PWD}/conf/prom.yaml:/prometheus.yaml', 'conf/prom.yaml'],
  ])('a configuration lies where compose mounts it from: %s', (volume, path) => {
    const compose = `services:\n  prometheus:\n    image: prom/prometheus\n    volumes: ["${volume}"]\n`;
    expect(find({ 'compose.yaml': compose, [path]: config, 'prometheus.yml': config }).prometheusConfig).toBe(path);
  });

  test('so does what provisions Grafana', () => {
    const volumes = '[{ type: bind, source: ./conf/g, target: /etc/grafana/provisioning/ }]';
    const compose = `services:\n  g:\n    image: grafana/grafana\n    volumes: ${volumes}\n`;
    expect(find({ 'compose.yaml': compose, 'conf/g/datasources/a.yml': '' }).grafanaProvisioning).toBe('conf/g');
  });

  test('does not ask for what the names in the root rule out', () => {
    const asked: string[] = [];
    const note = <T>(path: string, answer: T) => {
      asked.push(path);
      return answer;
    };
    const files = {
      read: (path: string) => note(path, undefined),
      exists: (path: string) => note(path, false),
      list: (path: string) => note(path, path === '.' ? ['index.js', 'src', 'docker'] : []),
    };
    findMonitoring(files);
    expect(asked).toContain('docker/prometheus/prometheus.yml');
    expect(asked).not.toContain('ops/prometheus/prometheus.yml');
    expect(new Set(asked.filter((path) => path.includes('/'))).size).toBeLessThan(20);
  });

  test('nothing is there', () => {
    expect(find({})).toEqual({
      prometheusConfig: undefined,
      grafanaProvisioning: undefined,
      compose: undefined,
      kubernetes: { workloads: [], charts: [], kustomizations: [], networkPolicies: [] },
    });
  });
});

describe('serviceOf', () => {
  test.each([
    ['prometheus: { image: "quay.io/x/y" }', true],
    ['metrics: { image: "prom/prometheus:v3" }', true],
    ['a: { image: grafana/grafana }', false],
    ['a: { build: . }', false],
  ])('%s: %s', (service, runs) => {
    const found = serviceOf(find({ 'compose.yaml': `services:\n  ${service}\n` }), 'prometheus');
    expect(found !== undefined).toBe(runs);
  });

  test("knows Grafana's other editions", () => {
    for (const image of ['grafana/grafana', 'grafana/grafana-oss:11', 'grafana/grafana-enterprise']) {
      const facts = find({ 'compose.yaml': `services:\n  a: { image: "${image}" }\n` });
      expect(serviceOf(facts, 'grafana')?.name, image).toBe('a');
    }
    expect(serviceOf(find({}), 'grafana')).toBeUndefined();
  });
});
