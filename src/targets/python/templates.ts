/** A template of the metrics package. */
export interface FlaskTemplate {
  /** In templates/flask; one that ends in `.hbs` has holes for answers. */
  readonly file: string;
  /** Name of the generated module. */
  readonly name: string;
  /** What the file is for, in a few words; it stands in the file's header. */
  readonly about: string;
}

/** The answers that decide which modules there are. */
interface Parts {
  readonly redis: boolean;
  /** Whether the metrics have a port of their own. */
  readonly ownPort: boolean;
  /** Whether batch jobs push. */
  readonly pushes: boolean;
}

/** The modules of the metrics package. */
export function flaskTemplates(flavour: 'exporter' | 'client', { redis, ownPort, pushes }: Parts): FlaskTemplate[] {
  return [
    template('__init__.py', 'what the app imports'),
    template('wiring.py', 'puts the metrics into an app'),
    ...(flavour === 'exporter' ? exporterTemplates : clientTemplates),
    template('endpoint.py', 'answers the scrape'),
    ...(ownPort ? [template('server.py', 'serves the metrics on a port of their own')] : []),
    template('exposition.py', 'all metrics of all processes as text'),
    template('processes.py', "metrics of gunicorn's processes"),
    template('faults.py', 'what becomes of errors'),
    template('gunicorn_hooks.py.hbs', 'what gunicorn does for the metrics'),
    ...(pushes ? [template('push.py', 'metrics of a batch script')] : []),
    ...(redis ? redisTemplates : []),
    template('declarations.py.hbs', 'names and labels of the metrics'),
    template('settings.py.hbs', 'the answers; renew them with add-prom-metrics'),
  ];
}

const clientTemplates = [
  template('http_metrics.py', 'counts and times HTTP requests'),
  template('examples.py', 'examples of your own metrics; nothing imports it'),
];

const exporterTemplates = [
  template('exporter.py.hbs', 'the exporter, and its decorators'),
  template('http_metrics_exporter.py', 'lets the exporter count HTTP requests', 'http_metrics'),
  template('examples_exporter.py', 'examples of your own metrics; nothing imports it', 'examples'),
];

const redisTemplates = [
  template('redis_metrics.py', 'metrics that are kept in Redis'),
  template('redis_store.py', 'changes numbers in Redis, and reads them'),
  template('examples_redis.py', 'examples of metrics in Redis; nothing imports it'),
];

function template(file: string, about: string, name = file.replace(/\.py(\.hbs)?$/, '')): FlaskTemplate {
  return { file, name, about };
}
