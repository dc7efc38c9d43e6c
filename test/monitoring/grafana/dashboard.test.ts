import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboard, dashboardFiles, dashboardUid } from '../../../src/monitoring/grafana/dashboard.js';
import type { Dashboard, Panel } from '../../../src/monitoring/grafana/model.js';
import { awkwardTags } from '../prometheus/support/monitorings.js';
import { COMBINATIONS, monitoringOf, OWN, ownMetric } from './support/monitoring.js';

const provisioned = { url: 'http://prometheus:9090' };

describe('dashboardFiles', () => {
  it('gives the dashboard, which is sealed, and the provisioning, which is the user’s', () => {
    expect(dashboardFiles(monitoringOf(), provisioned).map(({ path, kind }) => [path, kind])).toEqual([
      ['monitoring/grafana/dashboards/shop.json', 'sealed'],
      ['monitoring/grafana/provisioning/datasources/prometheus.yaml', 'seeded'],
      ['monitoring/grafana/provisioning/dashboards/dashboards.yaml', 'seeded'],
    ]);
  });

  it.each(COMBINATIONS)('gives the same bytes for the same input: %s', (_name, monitoring) => {
    const [file] = dashboardFiles(monitoring, provisioned);
    expect(dashboardFiles(structuredClone(monitoring), provisioned)[0]).toEqual(file);
    expect(file?.text.endsWith('}\n')).toBe(true);
  });

  it('provisions the data source that the dashboard begins with, and its scrape interval', () => {
    const [, source] = dashboardFiles(monitoringOf(), provisioned);
    const { datasources } = parse(source?.text ?? '') as { datasources: { uid: string; jsonData: object }[] };
    expect(datasources).toMatchObject([
      { uid: 'prometheus', isDefault: true, url: 'http://prometheus:9090', jsonData: { timeInterval: '15s' } },
    ]);
    const variable = dashboard(monitoringOf()).templating.list.find(({ name }) => name === 'datasource');
    expect(variable?.current?.value).toBe('prometheus');
  });
});

describe("a Grafana of the user's own", () => {
  it.each(awkwardTags)('has no second default data source, nor a second one of a name or uid: %s', (application) => {
    const shared = { url: 'http://metricsdb:9090', sharedAs: application, dashboards: '/there' };
    const [, source, provider] = dashboardFiles(monitoringOf({}, { application }), shared);
    for (const version of ['1.1', '1.2'] as const) {
      const { datasources } = parse(source?.text ?? '', { version });
      expect(datasources).toMatchObject([{ name: `Prometheus for ${application}`, isDefault: false, url: shared.url }]);
      expect(datasources[0]).not.toHaveProperty('uid');
      const { providers } = parse(provider?.text ?? '', { version });
      expect(providers).toMatchObject([{ name: application, options: { path: '/there' } }]);
    }
  });
});

describe('the panels', () => {
  it.each(COMBINATIONS)('have ids of their own and do not lie on each other: %s', (_name, monitoring) => {
    const { panels } = dashboard(monitoring);
    const ids = panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = panels.flatMap(({ gridPos }) => cellsOf(gridPos));
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos }) => gridPos !== undefined && gridPos.x + gridPos.w <= 24)).toBe(true);
  });

  it('are there only for what the service has', () => {
    const rows = (monitoring: Parameters<typeof dashboard>[0]) =>
      dashboard(monitoring).panels.flatMap(({ type, title }) => (type === 'row' ? [title] : []));
    const always = ['Overview', 'Requests by route', 'Objective', 'Runtime', 'Health of the measurement'];
    expect(rows(monitoringOf())).toEqual(always);
    expect(rows(monitoringOf({ multiprocess: true, redis: true }, { own: OWN }))).toEqual([
      ...always.slice(0, 4),
      'Workers',
      'Health of the measurement',
      'Metrics in Redis',
      'Own metrics',
    ]);
    // Its processes are added up by the client: nothing tells workers apart, but whether all are counted is known.
    const workers = [...always.slice(0, 4), 'Workers', 'Health of the measurement'];
    expect(rows(monitoringOf({ flavour: 'flask-client', multiprocess: true }))).toEqual(workers);
    const titles = (flavour: 'node' | 'flask-exporter') => titlesOf(dashboard(monitoringOf({ flavour })));
    expect(titles('node')).toEqual(expect.arrayContaining(['Event-loop delay, p99', 'In progress']));
    expect(titles('flask-exporter')).not.toEqual(expect.arrayContaining(['In progress']));
    expect(titles('flask-exporter')).toEqual(expect.arrayContaining(['CPU', 'Exceptions', 'Busiest routes']));
  });

  it('link only to panels that are there', () => {
    for (const [, monitoring] of COMBINATIONS) {
      const { panels } = dashboard(monitoring);
      const ids = panels.map(({ id }) => id);
      const links = panels.flatMap((panel) => ('links' in panel ? (panel.links ?? []) : []));
      const targets = links.map(({ url = '' }) => Number(/viewPanel=(\d+)/.exec(url)?.[1]));
      expect(targets.length).toBeGreaterThan(3);
      expect(ids).toEqual(expect.arrayContaining(targets));
    }
  });

  it('draw the objective’s bounds', () => {
    const objective = { availability: 99.5, latencySeconds: 2.5, isGiven: true };
    const made = dashboard(monitoringOf({}, { objective }));
    const stepsOf = (title: string) =>
      panelOf(made, title).fieldConfig.defaults.thresholds?.steps.map(({ value }) => value);
    expect(stepsOf('Errors')).toEqual([null, 0.005, 0.072]);
    expect(stepsOf('Duration, p99')).toEqual([null, 2.5]);
    expect(panelOf(made, 'Burn rate: 5xx').targets.every(({ expr }) => expr.endsWith(' / 0.005'))).toBe(true);
  });
});

describe('a regenerated dashboard', () => {
  it('differs in the added metric’s part only', () => {
    const before = dashboard(monitoringOf({}, { own: OWN }));
    const added = ownMetric({ name: 'payments_total', type: 'counter' });
    const after = dashboard(monitoringOf({}, { own: [...OWN, added].sort((a, b) => (a.name < b.name ? -1 : 1)) }));
    expect({ ...after, panels: [] }).toEqual({ ...before, panels: [] });
    const [first, ...others] = after.panels.filter(({ id }) => !before.panels.some((panel) => panel.id === id));
    expect([first?.title, others]).toEqual(['payments_total', []]);
    // Panels that stood before it stay where they were, those behind it may move, and only that.
    const index = after.panels.findIndex(({ id }) => id === first?.id);
    expect(after.panels.slice(0, index)).toEqual(before.panels.slice(0, index));
    expect(after.panels.slice(index + 1).map(unplaced)).toEqual(before.panels.slice(index).map(unplaced));
  });

  it('does not follow where a metric is declared, line by line', () => {
    const moved = OWN.map((metric) => ({ ...metric, line: metric.line + 1 }));
    expect(dashboard(monitoringOf({}, { own: moved }))).toEqual(dashboard(monitoringOf({}, { own: OWN })));
  });

  it('takes the order of the names, not that of the input', () => {
    const reversed = [...OWN].reverse();
    expect(dashboard(monitoringOf({}, { own: reversed }))).toEqual(dashboard(monitoringOf({}, { own: OWN })));
  });
});

describe('dashboardUid', () => {
  it('is the tag where it fits', () => {
    expect(dashboardUid('shop')).toBe('shop-metrics');
    expect(dashboardUid('a'.repeat(32))).toBe(`${'a'.repeat(32)}-metrics`);
  });

  it.each(['shop.eu', 'a'.repeat(33), 'a'.repeat(63), 'a.b-c.'.repeat(10)])('fits for %s', (tag) => {
    expect(dashboardUid(tag)).toMatch(/^[a-zA-Z0-9_-]{1,40}$/);
    expect(dashboardUid(tag)).toBe(dashboardUid(tag));
  });

  it('differs where tags differ only in what it cannot hold', () => {
    const tags = ['shop.eu', 'shop-eu', 'shop_eu', `${'a'.repeat(62)}b`, `${'a'.repeat(62)}c`];
    expect(new Set(tags.map(dashboardUid)).size).toBe(tags.length);
  });
});

describe('the link to the logs', () => {
  it('asks Loki for the same application and time', () => {
    const [link] = dashboard(monitoringOf()).links ?? [];
    const address = (link?.url ?? '').replace(/\$\{__from\}/, '1700000000000').replace(/\$\{__to\}/, '1700003600000');
    const panes = new URL(address, 'http://localhost').searchParams.get('panes') ?? '';
    expect(JSON.parse(panes)).toEqual({
      logs: {
        datasource: 'loki',
        queries: [{ refId: 'A', datasource: { type: 'loki', uid: 'loki' }, expr: '{application="shop"}' }],
        range: { from: '1700000000000', to: '1700003600000' },
      },
    });
  });
});

function panelOf({ panels }: Dashboard, title: string): Panel {
  const panel = panels.find((one): one is Panel => one.type !== 'row' && one.title === title);
  if (panel === undefined) throw new Error(`no panel ${title}`);
  return panel;
}

function titlesOf({ panels }: Dashboard): string[] {
  return panels.map(({ title }) => title ?? '');
}

function unplaced({ gridPos: _gridPos, ...panel }: Dashboard['panels'][number]): object {
  return panel;
}

function cellsOf(position: Dashboard['panels'][number]['gridPos']): string[] {
  const { x, y, w, h } = position ?? { x: 0, y: 0, w: 0, h: 0 };
  return Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`);
}
