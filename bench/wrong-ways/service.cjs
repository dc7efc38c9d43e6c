// A service with four workers, instrumented in one of the usual ways: node service.cjs <way> [port], or as PM2's instances.
// A worker that dies is replaced; SIGTERM ends one gracefully. The parent is told the ports and the living workers.
const cluster = require('node:cluster');
const { join } = require('node:path');

const WORKERS = 4;
const way = process.argv[2];
const underPm2 = process.env.pm_id !== undefined;

const labelNames = ['method', 'route', 'status_code'];

/** For each way: what the app does, and what the primary serves, when the primary serves the metrics. */
const ways = {
  'own-registry': { client: 'prom-client', middleware: countByHand, answer: (client) => client.register.metrics() },
  aggregator: {
    client: 'prom-client',
    middleware: countByHand,
    // What its documentation has in the primary. PM2's primary is PM2, so there each worker can only ask itself.
    [underPm2 ? 'answer' : 'primary']: (_client, registry) => registry.clusterMetrics(),
  },
  bundle: {
    client: 'prom-client',
    middleware: () => require('express-prom-bundle')({ autoregister: false, includeMethod: true, includePath: true }),
    primary: (_client, registry) => registry.clusterMetrics(),
  },
  successor: {
    client: '@prometheus-io/client',
    middleware: countByHand,
    primary: (_client, registry) => registry.clusterMetrics(),
    goodbye: (registry) => registry.shutdown(),
  },
  ours: {},
};

const { client: clientName, middleware, answer, primary, goodbye } = ways[way];
// Ours has to be loaded before the routes are made.
const metrics = way === 'ours' ? require(join(process.cwd(), 'metrics')) : undefined;
const client = clientName && require(clientName);
// In both the primary and the workers: it installs the listeners through which they talk.
const registry = client && way !== 'own-registry' ? new client.AggregatorRegistry() : undefined;

if (cluster.isPrimary) supervise();
else work();

function supervise() {
  const pids = () => Object.values(cluster.workers).map((worker) => worker.process.pid);
  cluster.on('listening', (_worker, { port }) => process.send({ port, pids: pids() }));
  cluster.on('exit', () => {
    process.send({ pids: pids() });
    cluster.fork();
  });
  process.on('disconnect', () => {
    for (const pid of pids()) process.kill(pid, 'SIGKILL');
    process.exit();
  });
  if (primary) serveMetrics();
  for (let i = 0; i < WORKERS; i++) cluster.fork();
}

function serveMetrics() {
  const app = require('express')();
  app.get('/metrics', async (_req, res) => res.type('text/plain').send(await primary(client, registry)));
  const server = app.listen(0, '127.0.0.1', () => process.send({ metricsPort: server.address().port, pids: [] }));
}

function work() {
  const express = require('express');
  const app = metrics ? metrics.instrument(express()) : express();
  if (answer) app.get('/metrics', async (_req, res) => res.type('text/plain').send(await answer(client, registry)));
  if (middleware) app.use(middleware());
  app.get('/orders/:id', (req, res) => res.json({ id: req.params.id }));
  app.get('/block', (_req, res) => {
    res.on('close', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 6000));
    res.end();
  });
  const server = app.listen(Number(process.argv[3] ?? 0), '127.0.0.1');
  process.on('SIGTERM', () => server.close(() => Promise.resolve(goodbye?.(registry)).then(() => process.exit())));
}

/** What a careful engineer writes with the client. */
function countByHand() {
  const total = new client.Counter({ name: 'http_requests_total', help: 'Requests.', labelNames });
  return (req, res, next) => {
    res.on('close', () => total.inc({ method: req.method, route: req.route?.path, status_code: res.statusCode }));
    next();
  };
}
