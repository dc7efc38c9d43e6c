import { describe, expect, test } from 'vitest';
import { Workspace } from '../../src/plan/workspace.js';
import { findMonitoring, runsImage } from '../../src/project/monitoring-facts.js';
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

  test('nothing is there', () => {
    expect(find({})).toEqual({
      prometheusConfig: undefined,
      grafanaProvisioning: undefined,
      compose: undefined,
      kubernetes: { workloads: [], charts: [], kustomizations: [], networkPolicies: [] },
    });
  });
});

describe('runsImage', () => {
  test.each([
    ['prometheus: { image: "quay.io/x/y" }', true],
    ['metrics: { image: "prom/prometheus:v3" }', true],
    ['a: { image: grafana/grafana }', false],
    ['a: { build: . }', false],
  ])('%s: %s', (service, runs) => {
    expect(runsImage(find({ 'compose.yaml': `services:\n  ${service}\n` }), 'prometheus')).toBe(runs);
  });

  test("knows Grafana's other editions", () => {
    for (const image of ['grafana/grafana', 'grafana/grafana-oss:11', 'grafana/grafana-enterprise']) {
      expect(runsImage(find({ 'compose.yaml': `services:\n  a: { image: "${image}" }\n` }), 'grafana'), image).toBe(
        true,
      );
    }
    expect(runsImage(find({}), 'grafana')).toBe(false);
  });
});
