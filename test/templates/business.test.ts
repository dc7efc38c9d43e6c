import { readFileSync } from 'node:fs';
import express from 'express';
import { register } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { loadMetrics, requestCounts, scrape, scrapeAtRest, send, serve, stopServers } from '../support/templates.js';
import { counts } from '../support/templates-exposition.js';

const folder = new URL('../../templates/node/', import.meta.url);

afterEach(stopServers);

describe('the examples', () => {
  it('are used nowhere', async () => {
    const { instrument } = await loadMetrics();
    const port = await serve(instrument(express()));
    const names = ['orders_total', 'queued_jobs', 'report_duration_seconds'];
    for (const name of names) expect((await send(port, 'GET /metrics')).body).not.toContain(name);
  });

  it('have no series until they are used, and show how to use them', async () => {
    const { instrument } = await loadMetrics();
    const examples = await import('../../templates/node/examples.js');
    expect([...(await seriesOf('orders_total')), ...(await seriesOf('queued_jobs'))]).toEqual([]);
    expect(await seriesOf('report_duration_seconds')).toEqual([]);

    const app = instrument(express());
    app.use(examples.countChannel);
    app.get('/report', examples.report);
    app.get('/events', examples.events);
    app.get('/healthz', examples.health);
    const port = await serve(app);
    examples.orderPlaced(true);
    expect(await examples.makeReport(async () => 'made')).toBe('made');
    await expect(examples.makeReport(() => Promise.reject(new Error('no paper')))).rejects.toThrow('no paper');
    await send(port, 'GET /report', { accept: 'application/json' });
    await send(port, 'GET /report', { accept: 'text/csv', 'x-app': '1' });
    expect((await send(port, 'GET /events')).status).toBe(200);
    expect((await send(port, 'GET /healthz')).body).toBe('ok');

    const samples = await scrapeAtRest(port);
    expect(counts(samples, 'orders_total', ['channel'])).toEqual({ web: 2, app: 2 });
    expect(counts(samples, 'report_duration_seconds_count', ['format', 'status_code'])).toEqual({
      'csv 200': 3,
      'json 200': 1,
    });
    expect(counts(samples, 'queued_jobs', ['queue'])).toEqual({});
    expect(requestCounts(samples)).toEqual({ 'GET /report 200': 2 });
  });

  it('that the seeded file shows in its comment work', async () => {
    const { instrument, counter } = await loadMetrics();
    const comment = readFileSync(new URL('custom.ts', folder), 'utf8').matchAll(/^\/\/ {3}(.*)$/gm);
    const code = [...comment].map(([, line]) => line).filter((line) => !line?.startsWith('import'));
    new Function('counter', code.join('\n').replace('export ', ''))(counter);
    const port = await serve(instrument(express()));
    expect(counts(await scrape(port), 'orders_total', ['channel'])).toEqual({ web: 1 });
  });
});

async function seriesOf(name: string): Promise<readonly unknown[]> {
  return (await register.getSingleMetric(name)?.get())?.values ?? ['not declared'];
}
