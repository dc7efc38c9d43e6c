import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { kubernetesFiles, scrapeAnnotations } from '../../../src/monitoring/kubernetes/kubernetes-files.js';
import { type KubernetesSetup, objectName } from '../../../src/monitoring/kubernetes/setup.js';
import type { Monitoring } from '../../../src/monitoring/monitoring.js';
import { ruleFiles } from '../../../src/monitoring/prometheus/rules.js';
import { ownMetric } from '../grafana/support/monitoring.js';
import { prometheusBinary } from '../prometheus/support/binaries.js';
import { awkwardTags, monitoringOf, nameOf, type Options, ruleOptions } from '../prometheus/support/monitorings.js';
import { runPromtool, temporaryFolder, write } from '../prometheus/support/written.js';
import { expectToFit } from '../support/schema.js';
import { renderTemplate } from './support/helm.js';

const promtool = await prometheusBinary('promtool');

const plain: KubernetesSetup = {
  labels: { app: 'shop' },
  namespace: undefined,
  portName: 'http',
  otherPorts: [{ port: 3000, protocol: 'TCP' }],
  networkPolicy: false,
  chart: undefined,
};
const everything = { rules: false, dashboard: false };
const schemas = { PodMonitor: 'podmonitors', PrometheusRule: 'prometheusrules' } as const;

/** Kubernetes' own rules for names and for values of labels. */
const dnsLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const labelValue = /^[a-z0-9A-Z](?:[\w.-]{0,61}[a-z0-9A-Z])?$/;

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: what is below differs with the kind
  readonly spec: any;
  readonly data: Record<string, string>;
}

function expectSound(manifest: Manifest): void {
  const { kind, metadata } = manifest;
  expect(metadata.name).toMatch(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/);
  expect(metadata.name.length).toBeLessThanOrEqual(253);
  for (const value of Object.values(metadata.labels)) expect(value).toMatch(labelValue);
  if (kind === 'PodMonitor' || kind === 'PrometheusRule') expectToFit(schemas[kind], manifest);
}

/** The manifests by their kind, as Kubernetes reads them (YAML 1.1), the kustomization left out. */
function manifestsOf(options: Options = {}, setup: Partial<KubernetesSetup> = {}, omitted = everything) {
  const files = kubernetesFiles(monitoringOf(options), { ...plain, ...setup }, omitted);
  const manifests = files
    .map(({ text }) => parse(text, { version: '1.1' }) as Manifest)
    .filter(({ kind }) => kind !== 'Kustomization');
  return Object.fromEntries(manifests.map((one) => [one.kind, one])) as Record<string, Manifest | undefined>;
}

describe('manifests', () => {
  it.each(ruleOptions.map((options) => [nameOf(options), options] as const))(
    'fit the definitions: %s',
    (_, options) => {
      const manifests = manifestsOf(options);
      expect(Object.keys(manifests)).toEqual(['PodMonitor', 'PrometheusRule', 'ConfigMap']);
      for (const manifest of Object.values(manifests)) if (manifest) expectSound(manifest);
    },
  );

  it.each(awkwardTags)('keep the tag %s a text, and make a name of it', (application) => {
    const manifests = manifestsOf({ application });
    for (const manifest of Object.values(manifests)) {
      if (manifest) expectSound(manifest);
      expect(manifest?.metadata.labels['app.kubernetes.io/name']).toBe(application);
    }
    const [endpoint] = manifests['PodMonitor']?.spec.podMetricsEndpoints ?? [];
    expect(endpoint.relabelings).toEqual([{ targetLabel: 'application', replacement: application }]);
    expect(Object.keys(manifests['ConfigMap']?.data ?? {})).toEqual([`${application}.json`]);
  });

  it('scrape the pods themselves, by the name of their port, and keep what they say', () => {
    const { spec } =
      manifestsOf({}, { portName: 'web', labels: { 'app.kubernetes.io/name': 'x' } })['PodMonitor'] ?? {};
    expect(spec.selector).toEqual({ matchLabels: { 'app.kubernetes.io/name': 'x' } });
    expect(spec.podMetricsEndpoints).toEqual([
      expect.objectContaining({ port: 'web', path: '/metrics', interval: '15s', honorLabels: true }),
    ]);
    expect(spec.sampleLimit).toBeGreaterThan(0);
    expect(spec.podMetricsEndpoints[0]).not.toHaveProperty('authorization');
  });

  it('take the token from a Secret', () => {
    const monitor = manifestsOf({ token: true })['PodMonitor'];
    if (monitor) expectSound(monitor);
    expect(monitor?.spec.podMetricsEndpoints[0].authorization).toEqual({
      type: 'Bearer',
      credentials: { name: 'shop-metrics-token', key: 'token' },
    });
  });

  it('have the namespace of the service', () => {
    const manifests = manifestsOf({}, { namespace: 'shops', networkPolicy: true });
    for (const manifest of Object.values(manifests)) expect(manifest?.metadata.namespace).toBe('shops');
    expect(manifestsOf()['PodMonitor']?.metadata).not.toHaveProperty('namespace');
  });

  it('have the very rules and the very dashboard of the other files', async () => {
    const monitoring = monitoringOf();
    const manifests = manifestsOf();
    expect(manifests['PrometheusRule']?.spec).toEqual(parse(ruleFiles(monitoring)[0]?.text ?? ''));
    expect(JSON.parse(manifests['ConfigMap']?.data['shop.json'] ?? '')).toMatchObject({ title: 'shop' });
    expect(manifests['ConfigMap']?.metadata.labels['grafana_dashboard']).toBe('1');
  });

  it('have a dashboard that fits into the annotation in which "kubectl apply" keeps a copy, with 60 metrics of its own', () => {
    const types = ['counter', 'gauge', 'histogram', 'summary'] as const;
    const own = Array.from({ length: 60 }, (_, index) =>
      ownMetric({
        name: `shop_metric_${index}_seconds`,
        type: types[index % 4] ?? 'counter',
        labels: ['channel', 'plan'],
      }),
    );
    const size = (monitoring: Monitoring) => {
      const all = kubernetesFiles(monitoring, plain, everything);
      const file = all.find(({ path }) => path.endsWith('dashboard.yaml'));
      return JSON.stringify(parse(file?.text ?? '', { version: '1.1' })).length;
    };
    expect(size({ ...monitoringOf(), own })).toBeLessThan(262_144);
    expect(size(monitoringOf())).toBeLessThan(80_000);
    // Each panel has a line of its own.
    const lines = manifestsOf()['ConfigMap']?.data['shop.json']?.split('\n') ?? [];
    expect(lines.filter((line) => /^\{"id":\d+/.test(line)).length).toBeGreaterThan(20);
  });

  it.skipIf(promtool === undefined)('have rules that Prometheus takes', async () => {
    const folder = await temporaryFolder();
    await write(folder, [{ path: 'rules.yml', text: stringify(manifestsOf()['PrometheusRule']?.spec) }]);
    const { ok, said } = await runPromtool(promtool ?? '', folder, 'check', 'rules', 'rules.yml');
    expect(ok, said).toBe(true);
  });

  it('leave out what was skipped; the kustomization names what is there', () => {
    for (const [omitted, names] of [
      [everything, ['podmonitor.yaml', 'prometheusrule.yaml', 'dashboard.yaml']],
      [{ rules: true, dashboard: false }, ['podmonitor.yaml', 'dashboard.yaml']],
      [{ rules: true, dashboard: true }, ['podmonitor.yaml']],
    ] as const) {
      const files = kubernetesFiles(monitoringOf(), plain, omitted);
      expect(files.map(({ path }) => path)).toEqual(
        [...names, 'kustomization.yaml'].map((name) => `monitoring/kubernetes/${name}`),
      );
      expect(parse(files.at(-1)?.text ?? '')).toMatchObject({ kind: 'Kustomization', resources: names });
    }
  });
});

describe('the network policy', () => {
  const setup = {
    networkPolicy: true,
    otherPorts: [
      { port: 3000, protocol: 'TCP' },
      { port: 8125, protocol: 'UDP' },
    ],
  };

  it('is there only when asked for', () => {
    expect(manifestsOf()['NetworkPolicy']).toBeUndefined();
    expect(manifestsOf({}, setup)['NetworkPolicy']).toBeDefined();
  });

  it("keeps the application's ports open to everyone, and the metrics' for Prometheus", () => {
    const { spec } = manifestsOf({}, setup)['NetworkPolicy'] ?? {};
    expect(spec).toMatchObject({ podSelector: { matchLabels: { app: 'shop' } }, policyTypes: ['Ingress'] });
    const [open, metrics] = spec.ingress;
    // No "from": from everywhere. https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
    expect(open).toEqual({ ports: setup.otherPorts });
    expect(metrics.ports).toEqual([{ port: 3000, protocol: 'TCP' }]);
    expect(metrics.from).toHaveLength(1);
  });
});

describe('a chart', () => {
  const chart = { folder: 'charts/shop', selectorTemplate: 'shop.selectorLabels', selectorLines: [] };
  const release = {
    name: 'blue',
    templates: { 'shop.selectorLabels': 'app.kubernetes.io/name: shop\napp.kubernetes.io/instance: blue' },
    apiVersions: ['monitoring.coreos.com/v1'],
  };

  function rendered(options: Options, setup: Partial<KubernetesSetup>, apiVersions = release.apiVersions) {
    const all = kubernetesFiles(monitoringOf(options), { ...plain, chart, ...setup }, everything);
    const files = Object.fromEntries(all.map(({ path, text }) => [path.replace('charts/shop/', ''), text]));
    const text = renderTemplate(files['templates/monitoring.yaml'] ?? '', { ...release, files, apiVersions });
    const documents = parseAllDocuments(text, { version: '1.1' });
    return ('empty' in documents ? [] : documents)
      .map((document) => {
        expect(document.errors).toEqual([]);
        return document.toJS() as Manifest | null;
      })
      .filter((one) => one !== null);
  }

  it.each(awkwardTags.filter((tag) => !tag.includes('_')))('renders to sound manifests: %s', (application) => {
    const manifests = rendered({ application, token: true }, { networkPolicy: true });
    expect(manifests.map(({ kind }) => kind)).toEqual(['PodMonitor', 'PrometheusRule', 'NetworkPolicy', 'ConfigMap']);
    for (const manifest of manifests) expectSound(manifest);
  });

  it('finds the pods of its release, and has rules and dashboard as they are', () => {
    const [monitor, rule, configMap] = rendered({}, {});
    expect(monitor?.metadata.name).toBe('blue-metrics');
    expect(monitor?.spec.selector.matchLabels).toEqual({
      'app.kubernetes.io/name': 'shop',
      'app.kubernetes.io/instance': 'blue',
    });
    expect(rule?.spec).toEqual(manifestsOf()['PrometheusRule']?.spec);
    expect(JSON.parse(configMap?.data['shop.json'] ?? '')).toEqual(
      JSON.parse(manifestsOf()['ConfigMap']?.data['shop.json'] ?? ''),
    );
    expect(configMap?.metadata.labels['grafana_dashboard']).toBe('1');
  });

  it('installs in a cluster without the operator', () => {
    expect(rendered({}, {}, []).map(({ kind }) => kind)).toEqual(['ConfigMap']);
  });

  it('takes plain labels where the chart has no template for them', () => {
    const [monitor] = rendered({}, { chart: { ...chart, selectorTemplate: undefined } });
    expect(monitor?.spec.selector.matchLabels).toEqual({ app: 'shop' });
  });

  it("takes the labels of the chart's own template, which may have templates in them", () => {
    const selectorLines = ['app: "{{ .Release.Name }}-selector"', 'version: "current"'];
    const own = { chart: { ...chart, selectorTemplate: undefined, selectorLines }, networkPolicy: true };
    const [monitor, , policy] = rendered({}, own);
    expect(monitor?.spec.selector.matchLabels).toEqual({ app: 'blue-selector', version: 'current' });
    expect(policy?.spec.podSelector.matchLabels).toEqual({ app: 'blue-selector', version: 'current' });
  });
});

describe('objectName', () => {
  it.each([...awkwardTags, 'a_b', 'a..b', 'shop'])('%s becomes a DNS label', (tag) => {
    expect(objectName(tag)).toMatch(dnsLabel);
  });
});

it('annotations are texts, as Kubernetes wants them', () => {
  expect(scrapeAnnotations(monitoringOf())).toEqual({
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': '3000',
    'prometheus.io/path': '/metrics',
  });
});
