import http, { type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { createRequire } from 'node:module';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express5 from 'express';
import { register } from 'prom-client';
import { vi } from 'vitest';
import type { Settings } from '../../templates/node/settings.js';
import { counts, parseExposition, type Samples } from './templates-exposition.js';

export type Express = typeof express5;
export type Metrics = typeof import('../../templates/node/index.js');

const require = createRequire(import.meta.url);
const servers = new Set<Server>();

/** The Express versions that the templates are tested on. */
export const EXPRESS: readonly { readonly version: number; readonly express: Express }[] = [
  { version: 5, express: express5 },
  { version: 4, express: require('express4') },
];

/** Another copy of an Express that is loaded already, as two packages with a node_modules of their own have it. */
export function copyOfExpress(name: 'express' | 'express4'): Express {
  const own = Object.entries(require.cache).filter(([file]) => /node_modules\/(express4?|router)\//.test(file));
  for (const [file] of own) delete require.cache[file];
  const copy = require(name);
  for (const [file, module] of own) require.cache[file] = module;
  return copy;
}

/** Evaluates the templates as a process that has just started would; `settings` as if they had been rendered in. */
export async function loadMetrics(settings: Partial<Settings> = {}, name = 'index'): Promise<Metrics> {
  register.clear();
  return await evaluateAgain(settings, name);
}

/** Evaluates the templates once more in the same process, as hot reload and test runners do. */
export async function evaluateAgain(settings: Partial<Settings> = {}, name = 'index'): Promise<Metrics> {
  vi.resetModules();
  vi.doMock('../../templates/node/settings.js', () => ({
    settings: { application: 'my-api', metricsPath: '/metrics', ...settings },
  }));
  const metrics: Metrics = await import(`../../templates/node/${name}.ts`);
  for (const { express } of EXPRESS) metrics.patchRouter(express.Router);
  return metrics;
}

/** Listens on a free port of the loopback address, until `stopServers`. */
export async function serve(app: RequestListener | object): Promise<number> {
  const server = http.createServer(app as RequestListener);
  servers.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

export async function stopServers(): Promise<void> {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  servers.clear();
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends one request, such as `GET /users/1`. */
export function send(port: number, line: string, headers: Record<string, string> = {}): Promise<Answer> {
  const [method, path] = line.split(' ');
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path, headers, agent: false, timeout: 5000 } as const;
    const req = http.request(options as http.RequestOptions, (res) => {
      let body = '';
      res.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      res.on('error', reject).on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body }));
    });
    req.on('error', reject).on('timeout', () => req.destroy(new Error(`no answer to ${line}`)));
    req.end();
  });
}

/** Writes bytes on a connection; gives what has come back when the connection closes or after `waitMs`. */
export async function sendRaw(port: number, bytes: string, waitMs: number): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  await Promise.race([closed, sleep(waitMs)]);
  socket.destroy();
  return received;
}

/** Scrapes once. */
export async function scrape(port: number, path = '/metrics'): Promise<Samples> {
  const { status, body } = await send(port, `GET ${path}`);
  if (status !== 200) throw new Error(`the scrape was answered ${status}: ${body}`);
  return parseExposition(body);
}

/** Scrapes when no request is in progress any more: a client has its answer before the server has closed it. */
export async function scrapeAtRest(port: number): Promise<Samples> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const samples = await scrape(port);
    const open = counts(samples, 'http_requests_in_progress', ['method']);
    if (Object.keys(open).length === 0) return samples;
    if (Date.now() > deadline) throw new Error(`still in progress: ${JSON.stringify(open)}`);
    await sleep(10);
  }
}

/** Requests counted by method, route and status. */
export function requestCounts(samples: Samples): Record<string, number> {
  return counts(samples, 'http_requests_total', ['method', 'route', 'status_code']);
}

/** Exceptions counted by method and route. */
export function exceptionCounts(samples: Samples): Record<string, number> {
  return counts(samples, 'http_request_exceptions_total', ['method', 'route']);
}
