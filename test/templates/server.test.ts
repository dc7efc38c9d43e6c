import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import express from 'express';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadMetrics, requestCounts, scrape, send, serve, stopServers } from '../support/templates.js';
import { buildApp, runScript } from '../support/templates-built.js';
import { untilPasses } from '../support/until-passes.js';

const running = new Set<http.Server>();

afterEach(async () => {
  await stopServers();
  vi.unstubAllEnvs();
  for (const server of running) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  running.clear();
  forgetServer();
});

/** A process has one server; each test begins as a new process. */
function forgetServer(): void {
  const values = Reflect.get(globalThis, Symbol.for('add-prom-metrics/1')) as Map<string, unknown> | undefined;
  const server = values?.get('server');
  values?.delete('server');
  if (server instanceof http.Server && server.listening) running.add(server);
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the metrics on a port of their own', () => {
  it('are there and only there, counted traffic included, for every app of the process', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockReturnValue();
    const metricsPort = await freePort();
    const { instrument } = await loadMetrics({ metricsPort }, 'index-server');
    const apps = [1, 2].map(() => instrument(express()).get('/a/:id', (_req, res) => void res.end()));
    const ports = await Promise.all(apps.map(serve));
    for (const port of ports) await send(port, 'GET /a/1');

    expect((await send(ports[0] ?? 0, 'GET /metrics')).status).toBe(404);

    await untilPasses(async () =>
      expect(requestCounts(await scrape(metricsPort))).toEqual({ 'GET /a/:id 200': 2, 'GET <unmatched> 404': 1 }),
    );
    expect((await send(metricsPort, 'GET /other')).status).toBe(404);
    expect(warning).not.toHaveBeenCalled();
    warning.mockRestore();
    forgetServer();
  });

  it('METRICS_PORT is stronger than the settings', async () => {
    const [settingsPort, metricsPort] = [await freePort(), await freePort()];
    vi.stubEnv('METRICS_PORT', String(metricsPort));
    const { instrument } = await loadMetrics({ metricsPort: settingsPort }, 'index-server');
    instrument(express());

    await untilPasses(async () => expect((await scrape(metricsPort)).size).toBeGreaterThan(30));
    await expect(send(settingsPort, 'GET /metrics')).rejects.toThrow('ECONNREFUSED');
    forgetServer();
  });

  it.each([
    ['is taken', undefined, /EADDRINUSE/],
    ['is none', 'abc', /NaN/],
  ])('a port that %s is a warning, and the app serves', async (_case, variable, reason) => {
    const taken = http.createServer();
    running.add(taken);
    await new Promise<void>((resolve) => taken.listen(0, resolve));
    if (variable !== undefined) vi.stubEnv('METRICS_PORT', variable);
    const warning = vi.spyOn(process, 'emitWarning').mockReturnValue();
    Reflect.deleteProperty(globalThis, Symbol.for('add-prom-metrics/1'));
    const { port: metricsPort } = taken.address() as AddressInfo;
    const { instrument } = await loadMetrics({ metricsPort }, 'index-server');

    const port = await serve(instrument(express()).get('/a', (_req, res) => void res.end()));

    expect((await send(port, 'GET /a')).status).toBe(200);
    await untilPasses(() => expect(warning).toHaveBeenCalledTimes(1));
    expect(String(warning.mock.calls[0]?.[0])).toMatch(reason);
    warning.mockRestore();
  });

  it.each(['esm', 'cjs'] as const)('do not keep a process alive (%s)', async (module) => {
    const load = (names: string, from: string): string =>
      module === 'esm' ? `import ${names} from '${from}';` : `const ${names} = require('${from}');`;
    const folder = buildApp(module, {
      'app.js': `
        ${load('{ instrument }', './metrics/index-server.js')}
        ${load('express', 'express')}
        instrument(express());
        setTimeout(() => console.log('ends'), 100);`,
    });
    const metricsPort = String(await freePort());
    expect(await runScript(join(folder, 'app.js'), { METRICS_PORT: metricsPort })).toBe('ends\n');
  });
});
