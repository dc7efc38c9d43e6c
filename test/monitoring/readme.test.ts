import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jobMetrics } from '../../src/metrics/job-metrics.js';
import type { OwnMetric } from '../../src/metrics/own-metric.js';
import type { Monitoring } from '../../src/monitoring/monitoring.js';
import { readmeFile } from '../../src/monitoring/readme.js';
import type { PushedJobs } from '../../src/monitoring/readme-jobs.js';
import { selectorsOf } from './grafana/support/promql.js';
import { prometheusBinary } from './prometheus/support/binaries.js';
import { awkwardTags, monitoringOf, nameOf, ruleOptions } from './prometheus/support/monitorings.js';
import { runPromtool, temporaryFolder, write } from './prometheus/support/written.js';
import { labelsBySeries, strangeLabels } from './support/labels.js';

const promtool = await prometheusBinary('promtool');

const setup = {
  path: 'monitoring/README.md',
  files: [{ path: 'monitoring/prometheus/prometheus.yml', about: 'what Prometheus scrapes' }],
  starts: [{ title: 'Everything', command: 'docker compose up' }],
  renew: 'npx add-prom-metrics dashboard',
  jobs: undefined,
  annotations: undefined,
};

const own: OwnMetric[] = (['counter', 'gauge', 'histogram', 'summary'] as const).map((type) => ({
  name: `shop_${type}`,
  type,
  labels: ['channel'],
  help: `A ${type} | with *signs*,\n\`code\` and <b>`,
  aggregator: undefined,
  inRedis: false,
  path: 'src/orders.js',
  line: 3,
}));

function textFor(monitoring: Monitoring, more: Partial<typeof setup> = {}): string {
  return readmeFile(monitoring, { ...setup, ...more }).text;
}

/** The queries in a text: what is between blank lines of its PromQL blocks, without the comment above. */
function queriesIn(text: string): string[] {
  const blocks = [...text.matchAll(/^```promql\n([\s\S]*?)\n```$/gm)].map((match) => match[1] ?? '');
  return blocks.flatMap((block) => block.split('\n\n').map((part) => part.replace(/^#.*\n/, '')));
}

describe('readmeFile', () => {
  it.each(ruleOptions.map((options) => [nameOf(options), options] as const))(
    'explains every metric: %s',
    (_, options) => {
      const monitoring = monitoringOf(options);
      const text = textFor(monitoring);
      const metrics = Object.values(monitoring.catalogue.metrics);
      const titles = [...text.matchAll(/^### `(.+)`$/gm)].map((match) => match[1]);
      expect(titles.sort()).toEqual(metrics.map(({ name }) => name).sort());
      const known = labelsBySeries(monitoring);
      for (const query of queriesIn(text)) expect(strangeLabels(query, known)).toEqual([]);
      const asked = new Set(
        queriesIn(text)
          .flatMap(selectorsOf)
          .map(({ name }) => name),
      );
      for (const { name } of metrics) {
        expect(
          [name, `${name}_sum`, `${name}_bucket`].some((series) => asked.has(series)),
          name,
        ).toBe(true);
      }
    },
  );

  it.each(awkwardTags)('asks for the series of %s only', (application) => {
    const selectors = queriesIn(textFor({ ...monitoringOf({ application }), own })).flatMap(selectorsOf);
    expect(selectors.length).toBeGreaterThan(20);
    for (const { matchers } of selectors) {
      expect(matchers).toContainEqual({ label: 'application', operator: '=', value: application });
    }
  });

  it("lists the user's own metrics, with a query for each, whatever they wrote about them", () => {
    const text = textFor({ ...monitoringOf(), own });
    const rows = text.split('\n').filter((line) => line.startsWith('| `shop_'));
    expect(rows[0]).toBe(
      '| `shop_counter` | counter | `channel` | A counter \\| with \\*signs\\*, \\`code\\` and \\<b\\> | `src/orders.js` |',
    );
    expect(rows).toHaveLength(4);
    const queries = queriesIn(text);
    for (const { name } of own) expect(queries.filter((query) => query.includes(name))).toHaveLength(1);
    expect(textFor(monitoringOf())).toContain('None was found in the code.');
  });

  it('does not add up what Redis holds once', () => {
    const text = textFor({ ...monitoringOf(), own: own.map((metric) => ({ ...metric, inRedis: true })) });
    expect(text).toContain('max by (channel) (rate(shop_counter{application="shop"}[5m]))');
    expect(text).toContain('max by (channel) (shop_gauge{application="shop"})');
  });

  it('says how to start and to renew, what is here, and whether alerts page', () => {
    const text = textFor(monitoringOf({ isGiven: false }));
    expect(text).toContain('Everything:\n\n```sh\ndocker compose up\n```');
    expect(text).toContain('```sh\nnpx add-prom-metrics dashboard\n```');
    // It takes no answers.
    expect(text).toContain('After the code changed, renew');
    expect(text).toContain('| `monitoring/prometheus/prometheus.yml` | what Prometheus scrapes |');
    expect(text).toContain('every alert has the severity `ticket`');
    expect(textFor(monitoringOf({ isGiven: true, availability: 99.5 }))).toMatch(/^99.5 % of .* severity `page`/m);
  });

  it('speaks of the token, and of annotations, only where there are such', () => {
    expect(textFor(monitoringOf({ token: true }))).toContain('METRICS_TOKEN');
    expect(textFor(monitoringOf())).not.toContain('METRICS_TOKEN');
    expect(textFor(monitoringOf())).not.toContain('annotations');
    const annotations = { 'prometheus.io/scrape': 'true' };
    const text = readmeFile(monitoringOf(), { ...setup, annotations }).text;
    expect(text).toContain('      annotations:\n        prometheus.io/scrape: "true"');
  });

  it('says what batch jobs push to, and what to ask of them, only where there are such', async () => {
    expect(textFor(monitoringOf())).not.toContain('## Batch jobs');
    const configuration = 'monitoring/prometheus/prometheus.yml';
    const textOf = (jobs: PushedJobs) => readmeFile(monitoringOf(), { ...setup, jobs }).text;
    const none = textOf({ gateways: [], configuration });
    expect(none).toContain(`take its comment signs out. The job that reads it is in \`${configuration}\`.`);
    const gateways = [{ from: 'on this machine', url: 'http://localhost:9091' }];
    const text = textOf({ gateways, configuration });
    expect(text).toContain('`PUSHGATEWAY_URL` is `http://localhost:9091` on this machine.');
    // The names are those that the generated code pushes, in both languages.
    const sources = ['node/push.ts', 'flask/push.py'].map((path) =>
      readFileSync(new URL(`../../templates/${path}`, import.meta.url), 'utf8'),
    );
    for (const name of Object.values(jobMetrics)) {
      expect(text).toContain(`${name}{application="shop"`);
      for (const source of sources) expect(source).toMatch(new RegExp(`['"]${name}['"]`));
    }
    expect(
      queriesIn(text)
        .flatMap(selectorsOf)
        .map(({ name }) => name),
    ).toEqual(expect.arrayContaining(Object.values(jobMetrics)));
  });

  it.skipIf(promtool === undefined)('has examples of rules for jobs that Prometheus takes and that fire', async () => {
    const text = readmeFile(monitoringOf(), { ...setup, jobs: { gateways: [], configuration: undefined } }).text;
    const [, rules = ''] = /```yaml\n(groups:[\s\S]*?)\n```/.exec(text) ?? [];
    const folder = await temporaryFolder();
    const series = (name: string, values: string) => ({ series: `${name}{application="shop",job="nightly"}`, values });
    const firing = (alertname: string, job: string) => ({
      eval_time: '27h',
      alertname,
      exp_alerts: [
        {
          exp_labels: { severity: 'ticket', application: 'shop', job },
          exp_annotations: {
            summary: alertname === 'JobFailed' ? `${job} failed` : `${job} has not succeeded for 26 hours`,
          },
        },
      ],
    });
    const test = {
      rule_files: ['jobs.rules.yml'],
      evaluation_interval: '1h',
      tests: [
        {
          interval: '1h',
          input_series: [series(jobMetrics.success, '1x20 0x9'), series(jobMetrics.lastSuccess, '0x29')],
          alert_rule_test: [
            firing('JobFailed', 'nightly'),
            firing('JobTooOld', 'nightly'),
            { eval_time: '25h', alertname: 'JobTooOld', exp_alerts: [] },
            { eval_time: '10h', alertname: 'JobFailed', exp_alerts: [] },
          ],
        },
      ],
    };
    await write(folder, [
      { path: 'jobs.rules.yml', text: rules },
      { path: 'test.yml', text: JSON.stringify(test) },
    ]);
    const { ok, said } = await runPromtool(promtool ?? '', folder, 'test', 'rules', 'test.yml');
    expect(ok, said).toBe(true);
  });

  it('is sealed, and the same for the same metrics', () => {
    expect(readmeFile(monitoringOf(), setup)).toEqual(readmeFile(monitoringOf(), setup));
    expect(readmeFile(monitoringOf(), setup).kind).toBe('sealed');
    expect(textFor(monitoringOf())).toMatch(/^<!-- Made by add-prom-metrics .*, sha256 [0-9a-f]{16}\./);
  });
});
