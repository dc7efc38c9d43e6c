import type { Answers } from '../../wizard/answers.js';
import { isWanted } from '../../wizard/parts.js';
import type { RedisClient } from './dependency.js';

/** A template of the metrics folder. */
export interface ModuleTemplate {
  /** In templates/node; one that ends in `.hbs` has holes for answers. */
  readonly file: string;
  /** Name of the generated file, without extension. */
  readonly name: string;
  readonly kind: 'sealed' | 'seeded';
  /** What the file is for, in a few words; it stands in a sealed file's header. */
  readonly about: string;
}

/**
 * The files of the metrics folder, as the answers want them.
 *
 * @param launcher whether the service is started by the generated launcher
 * @param redisClient what connects to Redis, where metrics are kept there
 */
export function templatesFor(answers: Answers, launcher = false, redisClient?: RedisClient): ModuleTemplate[] {
  const ownPort = answers.metricsPort !== undefined;
  return [
    sealed(ownPort ? 'index-server.ts.hbs' : 'index.ts.hbs', 'index', 'what the app imports'),
    sealed('http.ts', 'http', 'counts and times HTTP requests'),
    sealed('routes.ts', 'routes', 'finds the pattern of the route that answers a request'),
    sealed('endpoint.ts', 'endpoint', 'answers the scrape'),
    ...(ownPort ? [sealed('server.ts', 'server', 'serves the metrics on a port of their own')] : []),
    sealed('registry.ts', 'registry', 'declares metrics and renders them'),
    sealed('declarations.ts.hbs', 'declarations', 'names, labels and help of the metrics'),
    sealed('multiprocess.ts', 'multiprocess', 'exact counts over several processes'),
    sealed('client.ts', 'client', 'what the sharing needs to know of the metrics client'),
    sealed('counts.ts', 'counts', 'the counts of this process, in its files'),
    sealed('slots.ts', 'slots', 'the files of all processes of the service'),
    sealed('merge.ts', 'merge', 'adds up what all processes wrote'),
    ...(launcher ? [sealed('cluster.ts', 'cluster', 'starts the service in several processes')] : []),
    sealed('runtime.ts', 'runtime', 'metrics of the process'),
    sealed('process.ts', 'process', 'what is there once in a process'),
    sealed('handlers.ts', 'handlers', 'measures single handlers'),
    sealed('examples.ts', 'examples', 'examples of your own metrics; nothing imports it'),
    ...(isWanted('pushgateway', answers, false) ? [sealed('push.ts', 'push', 'pushes what a batch job did')] : []),
    ...(redisClient === undefined ? [] : redisTemplates(redisClient)),
    sealed('settings.ts.hbs', 'settings', 'the answers; renew them with add-prom-metrics'),
    { file: 'custom.ts.hbs', name: 'custom', kind: 'seeded', about: 'your own metrics' },
  ];
}

function redisTemplates(client: RedisClient): ModuleTemplate[] {
  const connection = client === 'ioredis' ? 'redis-connection-ioredis.ts' : 'redis-connection.ts';
  return [
    sealed('redis.ts', 'redis', 'metrics that are kept in Redis'),
    sealed('redis-store.ts', 'redis-store', 'changes numbers in Redis, and reads them'),
    sealed('redis-link.ts', 'redis-link', 'opens a connection to Redis when it is needed'),
    sealed(connection, 'redis-connection', 'one connection to Redis'),
    sealed('examples-redis.ts', 'examples-redis', 'examples of metrics in Redis; nothing imports it'),
  ];
}

function sealed(file: string, name: string, about: string): ModuleTemplate {
  return { file, name, kind: 'sealed', about };
}
