import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import express from 'express';
import { collectDefaultMetrics, register } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { evaluateAgain, loadMetrics, scrape, serve, stopServers } from '../support/templates.js';
import { buildApp, runScript } from '../support/templates-built.js';
import { counts, sampleValue } from '../support/templates-exposition.js';

afterEach(async () => {
  await stopServers();
  vi.unstubAllEnvs();
});

describe('metrics of the process', () => {
  it('are there with the first instrumented app, those that the client lacks included', async () => {
    const { instrument } = await loadMetrics();
    expect(register.getSingleMetric('process_start_time_seconds')).toBeUndefined();
    const port = await serve(instrument(express()));

    const samples = await scrape(port);

    const heapLimit = getHeapStatistics().heap_size_limit;
    expect(sampleValue(samples, 'process_start_time_seconds', {})).toBeGreaterThan(1e9);
    expect(sampleValue(samples, 'nodejs_eventloop_lag_p99_seconds', {})).toBeGreaterThanOrEqual(0);
    expect(sampleValue(samples, 'nodejs_heap_size_limit_bytes', {})).toBe(heapLimit);
  });

  it('are declared once, however often the modules are evaluated, and left to an app that has them', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockReturnValue();
    await loadMetrics();
    collectDefaultMetrics();
    for (let i = 0; i < 3; i++) (await evaluateAgain()).instrument(express());
    expect(warning).not.toHaveBeenCalled();
    warning.mockRestore();
  });

  it('tell the share of time that the event loop was busy', async () => {
    const { instrument } = await loadMetrics();
    const port = await serve(instrument(express()));
    const until = Date.now() + 1100;
    while (Date.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const busy = sampleValue(await scrape(port), 'nodejs_eventloop_utilization_ratio', {}) ?? -1;
    // A scrape within the same second must not measure itself.
    expect(sampleValue(await scrape(port), 'nodejs_eventloop_utilization_ratio', {})).toBe(busy);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const idle = sampleValue(await scrape(port), 'nodejs_eventloop_utilization_ratio', {}) ?? -1;

    expect(busy).toBeGreaterThan(0.7);
    expect(busy).toBeLessThanOrEqual(1);
    expect(idle).toBeGreaterThanOrEqual(0);
    expect(idle).toBeLessThan(0.5);
  });
});

describe('app_info', () => {
  it.each([
    [{ APP_VERSION: '7.8.9', npm_package_version: '4.5.6' }, '7.8.9'],
    [{ APP_VERSION: '', npm_package_version: '4.5.6' }, '4.5.6'],
  ])('with %o has the version %s', async (env, version) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const { instrument } = await loadMetrics();
    const samples = await scrape(await serve(instrument(express())));
    expect(counts(samples, 'app_info', ['application', 'version'])).toEqual({ [`my-api ${version}`]: 1 });
  });

  const print = `
    const { instrument, register } = require(require('node:path').join(process.cwd(), 'metrics/index.js'));
    instrument(require('express')());
    register.getSingleMetricAsString('app_info').then((text) => console.log(text));`;

  it('has the version of the nearest package.json with one, above the script', async () => {
    const folder = buildApp('cjs', {});
    mkdirSync(join(folder, 'dist/bin'), { recursive: true });
    writeFileSync(join(folder, 'dist/package.json'), '{ "type": "commonjs" }');
    writeFileSync(join(folder, 'dist/bin/app.js'), print.replace('process.cwd()', JSON.stringify(folder)));
    expect(await runScript(join(folder, 'dist/bin/app.js'))).toContain(
      'app_info{version="1.2.3",application="my-api"} 1',
    );
  });

  it('is unknown where no package.json has a version', async () => {
    const folder = buildApp('cjs', { 'app.js': print.replace('process.cwd()', '__dirname') });
    writeFileSync(join(folder, 'package.json'), '{}');
    expect(await runScript(join(folder, 'app.js'))).toContain('app_info{version="unknown",application="my-api"} 1');
  });
});
