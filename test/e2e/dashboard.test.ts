import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dashboard } from '../../src/monitoring/grafana/dashboard.js';
import type { Dashboard, Panel } from '../../src/monitoring/grafana/model.js';
import { COMBINATIONS } from '../monitoring/grafana/support/monitoring.js';
import type { Series } from '../monitoring/grafana/support/prometheus.js';
import { withVariables } from '../monitoring/grafana/support/promql.js';
import { type Stage, setStage, WORKERS } from '../monitoring/grafana/support/stage.js';
import { requireDebianPackage } from '../support/debian-package.js';
import { findRedis } from '../support/redis.js';

// A dashboard is right when it shows something, and what it shows is true: a service with four workers, made by the
// tool, under load with errors, on a real Prometheus with the generated configuration.

const prometheus = await requireDebianPackage('prometheus', 'prometheus');
const redis = await findRedis();

/** Grafana's variables as they are for scrapes each second, with "All" chosen. */
const RATE_SECONDS = 8;
const SHOWN_SECONDS = 24;
const VARIABLES = {
  application: 'todo-api',
  job: '.+',
  instance: '.+',
  route: '.*',
  __rate_interval: `${RATE_SECONDS}s`,
  __range: `${SHOWN_SECONDS}s`,
};
const PER_SECOND = 48;

describe.skipIf(prometheus === undefined || redis === undefined)('the dashboard on a real Prometheus', () => {
  let stage: Stage;
  let made: Dashboard;
  let end: number;
  let answered: Readonly<Record<number, number>>;

  beforeAll(async () => {
    stage = await setStage({ prometheus: prometheus ?? '', redis: redis ?? '' });
    made = dashboard(stage.monitoring);
    // The first scrapes show every series before it is counted in what follows.
    await stage.load(2, PER_SECOND);
    await sleep(3_000);
    const loading = stage.load(SHOWN_SECONDS - 4, PER_SECOND);
    await sleep(6_000);
    await stage.killWorker();
    answered = await loading;
    end = Date.now() / 1000;
    await sleep(1_500);
  });
  afterAll(() => stage?.stop());

  const run = (expression: string, instant: boolean): Promise<readonly Series[]> => {
    const text = withVariables(expression, VARIABLES);
    if (instant) return stage.prometheus.at(text, end);
    return stage.prometheus.over(text, end - SHOWN_SECONDS - 4, end, 1);
  };

  it('has data for every query of every panel', async () => {
    const empty: string[] = [];
    let queries = 0;
    for (const { title, targets } of panelsOf(made)) {
      for (const { expr, instant } of targets) {
        queries += 1;
        if (!hasNumbers(await run(expr, instant === true))) empty.push(`${title}: ${expr}`);
      }
    }
    expect(empty).toEqual([]);
    expect(queries).toBeGreaterThan(50);
  });

  it('has no query, in any combination of answers, that Prometheus does not take', async () => {
    const all = COMBINATIONS.flatMap(([, monitoring]) => {
      const one = dashboard(monitoring);
      return [...panelsOf(one).flatMap(({ targets }) => targets), ...one.annotations.list];
    });
    const expressions = new Set(all.map(({ expr = '' }) => withVariables(expr, VARIABLES)));
    expect(expressions.size).toBeGreaterThan(80);
    for (const expression of expressions) await stage.prometheus.at(expression, end);
    await expect(stage.prometheus.at('sum(rate(up))', end)).rejects.toThrow('expected type range vector');
  });

  it('marks the restart of the worker that was killed, and the version that came', async () => {
    for (const { name, expr = '' } of made.annotations.list) {
      expect(hasNumbers(await run(expr, false)), name).toBe(true);
    }
  });

  it('shows the true share of errors, and the budget that they leave', async () => {
    const sum = Object.values(answered).reduce((total, count) => total + count, 0);
    const errors = answered[500] ?? 0;
    expect(errors / sum).toBeCloseTo(1 / 16, 2);
    expect(await lastOf('Errors')).toBeCloseTo(errors / sum, 2);
    // 1/16 of the requests is for no route, and a client error: it does not count.
    const spent = errors / (sum * (15 / 16)) / 0.05;
    expect(await lastOf('Error budget left')).toBeCloseTo(1 - spent, 1);
    expect(await lastOf('Requests')).toBeGreaterThan(PER_SECOND * 0.85);
    expect(await lastOf('Requests')).toBeLessThan(PER_SECOND * 1.15);
  });

  it('shows every route apart, by its pattern', async () => {
    const [query] = panelOf('Requests by route').targets;
    const series = await run(query?.expr ?? '', false);
    expect(series.map(({ metric }) => metric['route']).sort()).toEqual([
      '/',
      '/orders/:id',
      '/reports/:format',
      '/signups',
      '/todos',
      '/todos/:id',
      '<unmatched>',
    ]);
  });

  it('shows all workers, and the number in Redis once', async () => {
    expect(await lastOf('Workers')).toBe(WORKERS);
    expect(await lastOf('Instances up')).toBe(1);
    const [query] = panelOf('shared_signups_total').targets;
    const series = await run(query?.expr ?? '', false);
    expect(series.map(({ metric }) => metric)).toEqual([{ plan: 'free' }, { plan: 'paid' }]);
    const last = series.map(({ values }) => Number(values.at(-1)?.[1]));
    for (const value of last) expect(value).toBeCloseTo(PER_SECOND / 16, 0);
  });

  it('is, but for the metrics that were declared later, the one that add has written', async () => {
    const file = path.join(stage.target.dir, `monitoring/grafana/dashboards/${made.title}.json`);
    const written = JSON.parse(await readFile(file, 'utf8')) as Dashboard;
    const own = made.panels.findIndex(({ title }) => title === 'Own metrics');
    const ours = panelsOf({ ...made, panels: made.panels.slice(0, own) });
    expect(panelsOf(written).map(({ title }) => title)).toEqual(ours.map(({ title }) => title));
    expect({ ...written, panels: [] }).toEqual(JSON.parse(JSON.stringify({ ...made, panels: [] })));
  });

  function panelOf(title: string): Panel {
    const panel = panelsOf(made).find((one) => one.title === title);
    if (panel === undefined) throw new Error(`no panel ${title}`);
    return panel;
  }

  /** The value at the end of the first query of a panel. */
  async function lastOf(title: string): Promise<number> {
    const [query] = panelOf(title).targets;
    const [series] = await run(query?.expr ?? '', true);
    return Number(series?.values.at(-1)?.[1]);
  }
});

function panelsOf({ panels }: Dashboard): Panel[] {
  return panels.filter((panel): panel is Panel => panel.type !== 'row');
}

function hasNumbers(series: readonly Series[]): boolean {
  return series.some(({ values }) => values.some(([, value]) => Number.isFinite(Number(value))));
}
