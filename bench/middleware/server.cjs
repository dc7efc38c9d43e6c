// One service under measurement: node server.cjs <variant>. Prints its port; answers every line on its standard input
// with the CPU time used so far, in microseconds.
const { join } = require('node:path');
const { createInterface } = require('node:readline');

const variants = {
  bare: (express) => express(),
  'hand-written': handWritten,
  ours: (express) => require(join(process.cwd(), 'metrics')).instrument(express()),
  'express-prom-bundle': (express) =>
    express().use(require('express-prom-bundle')({ includeMethod: true, includePath: true })),
  'express-prometheus-middleware': (express) =>
    express().use(require('express-prometheus-middleware')({ metricsPath: '/metrics', collectDefaultMetrics: true })),
  'prometheus-api-metrics': (express) => express().use(require('prometheus-api-metrics')()),
};

const variant = variants[process.argv[2]];
// Ours has to be loaded before the routes are made, which instrument() needs; see the README.
if (process.argv[2] === 'ours') require(join(process.cwd(), 'metrics'));
const express = require('express');
const app = variant(express);
app.get('/', (_req, res) => res.send('home'));
app.get('/users/:id', (req, res) => res.json({ id: req.params.id }));
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
createInterface({ input: process.stdin })
  .on('line', () => {
    const { user, system } = process.cpuUsage();
    console.log(user + system);
  })
  .on('close', () => process.exit());

/** What a careful engineer writes: a counter, a histogram and a gauge of prom-client, by the route's own path. */
function handWritten(express) {
  const { collectDefaultMetrics, Counter, Gauge, Histogram, register } = require('prom-client');
  collectDefaultMetrics();
  const labelNames = ['method', 'route', 'status_code'];
  const total = new Counter({ name: 'http_requests_total', help: 'requests', labelNames });
  const seconds = new Histogram({ name: 'http_request_duration_seconds', help: 'duration', labelNames });
  const running = new Gauge({ name: 'http_requests_in_progress', help: 'running', labelNames: ['method'] });
  const app = express();
  app.get('/metrics', async (_req, res) => res.type(register.contentType).send(await register.metrics()));
  return app.use((req, res, next) => {
    const started = process.hrtime.bigint();
    const { method } = req;
    running.inc({ method });
    res.on('finish', () => {
      const labels = { method, route: req.route ? req.route.path : '', status_code: res.statusCode };
      total.inc(labels);
      seconds.observe(labels, Number(process.hrtime.bigint() - started) / 1e9);
      running.dec({ method });
    });
    next();
  });
}
