import type { Cluster } from 'cluster';
import type { Server } from 'http';
import { createServer } from 'http';
import { createRequire } from 'module';
import { answerScrape } from './endpoint.js';
import { shared, warnOnce } from './process.js';
import { settings } from './settings.js';

/** Serves the metrics, and nothing else, on METRICS_PORT or the port of the settings; at most once in a process. */
export function startServer(): void {
  shared('server', listen);
}

function listen(): Server {
  const server = createServer((req, res) => {
    if (answerScrape(req, res)) return;
    res.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('not found\n');
  });
  // The service goes on without its metrics when the port is taken.
  server.on('error', (error) => warnOnce('the metrics are not served', error));
  try {
    server.listen(Number(process.env['METRICS_PORT'] || settings.metricsPort));
  } catch (error) {
    warnOnce('the metrics are not served', error);
  }
  // Metrics do not keep a process alive that has nothing else to do.
  server.unref();
  leaveToWorkers(server);
  return server;
}

/** A cluster's primary that makes the app, too, would keep the port from its workers, which are the ones that count. */
function leaveToWorkers(server: Server): void {
  // Not a static import: in ES modules and without esModuleInterop it has no form that is right in both.
  const cluster = createRequire(process.execPath)('cluster') as Cluster;
  cluster.once('fork', () => server.close());
}
