import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { config } from '../../src/checks/config.js';
import { filledIn, findMonitoringFiles } from '../../src/checks/monitoring-files.js';
import type { Service } from '../../src/checks/service.js';
import { makeFolder } from '../cli/support/folders.js';

const dashboard = {
  templating: {
    list: [
      { name: 'application', type: 'constant', query: 'shop' },
      { name: 'route', type: 'query', allValue: '.*', current: { value: ['$__all'] } },
      { name: 'plain', type: 'query' },
    ],
  },
  panels: [
    {
      title: 'Requests',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own spelling
      targets: [{ expr: 'sum(rate(a_total{application="$application",route=~"${route}"}[$__rate_interval]))' }],
    },
    {
      title: 'Row',
      type: 'row',
      panels: [{ title: 'Errors', targets: [{ expr: 'b_total{x=~"[[plain]]"}' }, { expr: '' }] }],
    },
  ],
};

describe('the files of monitoring/', () => {
  test('are found by what is in them', () => {
    const root = makeFolder();
    const files = {
      'monitoring/a/prometheus.yml': 'scrape_configs: []\n',
      'monitoring/a/rules/x.yaml': 'groups: []\n',
      'monitoring/a/tests/x.yml': 'rule_files: [../rules/x.yaml]\ntests: []\n',
      'monitoring/chart/templates/x.yaml': '{{- if .Values.on }}\ngroups: []\n{{ end }}\n',
      'monitoring/compose.yml': 'services: {}\n',
      'monitoring/d.json': JSON.stringify(dashboard),
      'monitoring/other.json': '{"panels": 3}',
      'monitoring/broken.json': '{',
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const found = findMonitoringFiles(root);
    expect(found).toMatchObject({
      configs: [join(root, 'monitoring/a/prometheus.yml')],
      rules: [join(root, 'monitoring/a/rules/x.yaml')],
      tests: [join(root, 'monitoring/a/tests/x.yml')],
    });
    expect(found?.dashboards.map(({ queries }) => queries.map(({ panel }) => panel))).toEqual([['Requests', 'Errors']]);
  });

  test('are not those of its neighbours, which look alike', async () => {
    const root = makeFolder({
      'monitoring/promtail.yml': 'server: {}\nclients: []\nscrape_configs: []\n',
      'monitoring/agent.yml': 'positions: {}\nscrape_configs: []\n',
      'monitoring/grafana/alerts.yaml': 'apiVersion: 1\ngroups: []\n',
      'monitoring/mimir.yaml': 'namespace: shop\ngroups: []\n',
      'monitoring/loki.yaml':
        'groups: [{ name: a, rules: [{ alert: b, expr: \'sum(rate({app="a"} |= "x|y" [5m])) > 1\' }] }]\n',
      'monitoring/logfmt.yaml':
        'groups: [{ name: a, rules: [{ record: b, expr: \'rate({app="a"} | logfmt [5m])\' }] }]\n',
    });
    expect(findMonitoringFiles(root)).toEqual({ configs: [], rules: [], tests: [], dashboards: [] });
    const service = { options: { dir: root, prometheus: 'http://127.0.0.1:1' } } as unknown as Service;
    expect(await config.run(service)).toMatchObject({
      status: 'skip',
      measured: 'nothing in monitoring/ is for Prometheus, or a dashboard of it',
    });
  });

  test('are those whose strings have a pipe in them', () => {
    const rules = 'groups: [{ name: a, rules: [{ record: b, expr: \'rate(c{route=~"/a|/b", d=~"x|=y"}[5m])\' }] }]\n';
    const root = makeFolder({ 'monitoring/rules.yml': rules });
    expect(findMonitoringFiles(root)?.rules).toHaveLength(1);
  });

  test('are none without the folder', () => {
    expect(findMonitoringFiles(makeFolder())).toBeUndefined();
  });
});

test('an expression is filled in as Grafana does it when everything is chosen', () => {
  const variables = { application: 'shop', route: '.*' };
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own spelling
  expect(filledIn('rate(a{x="$application",y=~"${route:regex}",z="[[route]]"}[$__rate_interval])', variables, 15)).toBe(
    'rate(a{x="shop",y=~".*",z=".*"}[300s])',
  );
  expect(filledIn('increase(a[$__range]) / $__range_s $unknown a{b="c$"}', variables, 15)).toBe(
    'increase(a[1h]) / 3600 $unknown a{b="c$"}',
  );
});

describe('the queries of a dashboard', () => {
  let server: http.Server;
  afterEach(() => void server.close());

  /** A Prometheus as far as queries go: knows some metrics. */
  async function check(known: RegExp, path = '/'): Promise<string> {
    server = http.createServer((req, res) => {
      const query = new URL(req.url ?? '', 'http://x').searchParams.get('query') ?? '';
      if (!req.url?.startsWith(`${path}api/v1/query?`) || query.includes('[[')) {
        res.statusCode = 400;
        return res.end('{"status":"error","error":"parse error"}');
      }
      const result = known.test(query) ? [{ metric: {}, value: [1, '1'] }] : [];
      return res.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const dir = makeFolder({ 'monitoring/d.json': JSON.stringify(dashboard) });
    const prometheus = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
    const options = { dir, prometheus, scrapeIntervalSeconds: 15 };
    const service = { options, signal: new AbortController().signal } as unknown as Service;
    const { status, measured } = await config.run(service);
    return `${status}: ${measured}`;
  }

  test('all give data', async () => {
    expect(await check(/_total/)).toMatch(/^pass: .*; 2 of 2 dashboard queries return data$/);
  });

  test('some give none', async () => {
    expect(await check(/a_total/)).toMatch(/^warn: .*; 1 of 2 dashboard queries return data; nothing for Errors$/);
  });

  test('none gives any', async () => {
    expect(await check(/nothing/)).toMatch(
      /^fail: .*; 0 of 2 dashboard queries return data; nothing for Requests, Errors$/,
    );
  });

  test('of a Prometheus behind a path', async () => {
    expect(await check(/_total/, '/prometheus/')).toMatch(/^pass/);
  });
});
