// A service of several processes with metrics in Redis. argv: the number of workers; 0 is one process alone.
// It tells its parent the port. `/count` counts one order here and one in Redis, as fast as it can.
const cluster = require('node:cluster');
const { createServer } = require('node:http');

const workers = Number(process.argv[2]);
if (workers > 0 && cluster.isPrimary) {
  cluster.on('listening', (_worker, { port }) => process.send({ port }));
  for (let i = 0; i < workers; i++) cluster.fork();
  process.on('disconnect', () => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
    process.exit();
  });
} else {
  const { answerScrape } = require('./metrics/endpoint.js');
  const { counter } = require('./metrics/registry.js');
  const { redisCounter, redisGauge } = require('./metrics/redis.js');
  const local = counter({ name: 'local_total', help: 'Orders of this run.' });
  const orders = redisCounter({ name: 'shared_orders_total', help: 'Orders.', labelNames: ['channel'] });
  const money = redisGauge({ name: 'money', help: 'Money.' });
  const server = createServer((req, res) => {
    res.setHeader('x-pid', process.pid);
    if (answerScrape(req, res)) return;
    local.inc();
    orders.inc({ channel: 'web' });
    money.inc(0.25);
    res.end('ok');
  });
  server.listen(0, '127.0.0.1', () => {
    if (!cluster.isWorker) process.send({ port: server.address().port });
  });
}
