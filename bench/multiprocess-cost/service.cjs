// One process under measurement, run in the folder of bench/wrong-ways: node service.cjs <variant>. Tells its parent its
// port, and answers its questions. "single" and "shared" are the same code: what differs is PROMETHEUS_MULTIPROC_DIR.
const { createRequire } = require('node:module');
const { join } = require('node:path');

const require_ = createRequire(join(process.cwd(), 'service.cjs'));
const variant = process.argv[2];
const metrics = variant === 'single' || variant === 'shared' ? require_('./metrics') : undefined;
const { together } = metrics === undefined ? {} : require_('./metrics/registry');
const express = require_('express');

const app = metrics ? metrics.instrument(express()) : express();
if (variant === 'bundle') {
  const bundle = require_('express-prom-bundle');
  app.use(bundle({ autoregister: false, includeMethod: true, includePath: true }));
}
app.get('/', (_req, res) => res.send('home'));
app.get('/users/:id', (req, res) => res.json({ id: req.params.id }));

const labelNames = ['method', 'route', 'status_code'];

const answers = {
  /**
   * CPU microseconds that sharing adds to the updates of one request, a counter's and a histogram's: in turns with the same
   * updates of metrics that are not shared, because two processes differ by more than that.
   */
  sharing() {
    const { Counter, Histogram } = require_('prom-client');
    const counter = { name: 'bench_a_total', help: 'R', labelNames };
    const histogram = { name: 'bench_a_seconds', help: 'D', labelNames };
    const shared = [metrics.counter(counter), metrics.histogram(histogram)];
    const plain = [new Counter({ ...counter, registers: [] }), new Histogram({ ...histogram, registers: [] })];
    const samples = [];
    for (let i = 0; i < 60; i++) samples.push(updateCost(shared, together) - updateCost(plain, (work) => work()));
    return samples.slice(10).sort((a, b) => a - b)[25];
  },
  cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  memory() {
    global.gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  },
  /** Half of the lines are counters, half belong to histograms of 11 buckets. */
  series(lines) {
    const total = metrics.counter({ name: 'bench_requests_total', help: 'R', labelNames });
    const seconds = metrics.histogram({ name: 'bench_duration_seconds', help: 'D', labelNames });
    const labels = (i) => ({ method: 'GET', route: `/api/v1/resource-${i}/:id`, status_code: '200' });
    for (let i = 0; i < lines / 2; i++) total.inc(labels(i));
    for (let i = 0; i < lines / 28; i++) seconds.observe(labels(i), 0.1);
    return 0;
  },
};

/** Microseconds of CPU for what a request updates, done as the generated code does it. */
function updateCost([counter, histogram], together) {
  const count = 2000;
  const before = answers.cpu();
  for (let i = 0; i < count; i++) {
    const labels = { method: 'GET', route: i % 2 ? '/' : '/users/:id', status_code: '200' };
    together(() => {
      counter.inc(labels);
      histogram.observe(labels, 0.001);
    });
  }
  return (answers.cpu() - before) / count;
}

const server = app.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.on('message', ({ question, value }) => process.send(answers[question](value)));
process.on('disconnect', () => process.exit());
