// A service as users have it: node:cluster, dead workers are replaced, any worker answers the scrape.
// argv: the folder with the built templates, the number of workers (0: this process serves alone, as under PM2).
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createServer } from 'node:http';

const [, , folder, workers = '0'] = process.argv;

if (Number(workers) > 0 && cluster.isPrimary) supervise(Number(workers));
else await serve();

function supervise(count) {
  let stopping = false;
  const report = () => process.send?.({ pids: Object.values(cluster.workers).map((worker) => worker.process.pid) });
  cluster.on('listening', (_worker, { port }) => {
    process.send?.({ port });
    report();
  });
  cluster.on('exit', () => {
    if (!stopping) cluster.fork();
    report();
  });
  process.on('message', async ({ recycle }) => {
    if (recycle) {
      const [worker] = Object.values(cluster.workers);
      worker.kill('SIGTERM');
    }
  });
  process.on('SIGTERM', () => {
    stopping = true;
    for (const worker of Object.values(cluster.workers)) worker.kill('SIGTERM');
    process.disconnect?.();
  });
  process.on('disconnect', () => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
    process.exit();
  });
  for (let i = 0; i < count; i++) cluster.fork();
}

async function serve() {
  const { Counter, Gauge, Histogram, Summary, collectDefaultMetrics, register } = await import(
    process.env.TEST_CLIENT ?? `${folder}/client.mjs`
  );
  const { openShared } = await import(`${folder}/multiprocess.js`);
  const shared = openShared(process.env.TEST_APPLICATION ?? 'test-app', register);
  register.setDefaultLabels({ application: process.env.TEST_APPLICATION ?? 'test-app' });
  if (process.env.TEST_DEFAULTS) collectDefaultMetrics();
  const requests = new Counter({ name: 'requests_total', help: 'Requests', labelNames: ['method', 'route'] });
  const durations = new Histogram({
    name: 'duration_seconds',
    help: 'Duration',
    labelNames: ['route'],
    buckets: (process.env.TEST_BUCKETS ?? '0.1,0.5,1,2.5').split(',').map(Number),
  });
  const sizes = new Summary({ name: 'size_bytes', help: 'Size' });
  for (const metric of [requests, durations, sizes]) shared?.track(metric);
  const foreign = new Counter({ name: 'foreign_total', help: 'Not tracked' });
  const busy = new Gauge({ name: 'busy', help: 'One for each worker' });
  const highest = new Gauge({ name: 'highest', help: 'The highest', aggregator: 'max' });
  busy.set(1);
  let collections = 0;
  const collect = () => collected.set(++collections);
  const collected = new Gauge({ name: 'collections', help: 'How often it was collected', aggregator: 'max', collect });
  if (process.env.TEST_HANGING)
    new Gauge({ name: 'hanging', help: 'Never there', collect: () => new Promise(() => {}) });
  highest.set(process.pid);

  const scrape = () => (shared ? shared.exposition() : register.metrics());
  const server = createServer(async (req, res) => {
    const url = new URL(req.url, 'http://localhost');
    if (url.pathname === '/metrics') {
      return scrape().then(
        (text) => res.end(text),
        (error) => res.writeHead(500).end(String(error)),
      );
    }
    if (url.pathname === '/pid') return res.end(String(process.pid));
    if (url.pathname === '/block') {
      res.end(String(process.pid));
      await once(res, 'close');
      const until = Date.now() + Number(url.searchParams.get('ms'));
      while (Date.now() < until);
      return;
    }
    // Counted before the answer leaves: the client's count is then exactly known.
    requests.inc({ method: req.method, route: url.pathname });
    durations.labels(url.pathname).observe(Number(url.searchParams.get('s') ?? 0.3));
    sizes.observe(100);
    foreign.inc();
    res.end('ok');
  });
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
    if (!cluster.isWorker) process.send?.({ port: server.address().port, pids: [process.pid] });
  });
  process.on('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeAllConnections?.();
  });
}
