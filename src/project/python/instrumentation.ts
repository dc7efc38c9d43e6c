import { importsOf } from '../../languages/python/imports.js';
import { field } from '../../languages/python/nodes.js';
import { lineAt } from '../../languages/python/parse.js';
import { type PythonClient, pythonClients } from '../clients.js';
import type { Instrumentation } from '../instrumentation.js';
import type { PythonCode } from './code.js';
import { type PythonDependencies, versionOf } from './dependencies.js';
import { pythonFiles } from './python-files.js';

/** Packages that count requests and serve the endpoint by themselves. */
const exporters = new Set([
  'prometheus_flask_exporter',
  'flask_prometheus_metrics',
  'flask_prometheus',
  'rest_framework_prometheus',
  'prometheus_flask_instrumentator',
  'opentelemetry.exporter.prometheus',
  'starlette_exporter',
  'gds_metrics',
]);

/** What the client's functions are called that serve, or print, all metrics. */
const exposing = /^(?:generate_latest|make_wsgi_app|make_asgi_app|start_http_server|start_wsgi_server|MetricsHandler)$/;

/** The client that the project depends on already, if any. */
export function installedPythonClient(dependencies: PythonDependencies): PythonClient | undefined {
  return pythonClients.find((name) => versionOf(dependencies, name) !== undefined);
}

/**
 * What measures, or serves metrics, in the target's Python code already. A client alone is not an exporter: it is one
 * when what it collected is rendered or served.
 */
export function findPythonInstrumentation(code: PythonCode): Instrumentation[] {
  return pythonFiles(code.files)
    .filter((path) => /prometheus|starlette_exporter|gds_metrics/.test(code.files.read(path) ?? ''))
    .flatMap((path) => instrumentationOf(code, path));
}

function instrumentationOf(code: PythonCode, path: string): Instrumentation[] {
  const source = code.read(path);
  if (source === undefined) return [];
  return importsOf(source).flatMap(({ module, name, local, statement }) => {
    const at = (offset: number) => ({ package: module, path, line: lineAt(source.text, offset) });
    const [first = ''] = module.split('.');
    if (exporters.has(module) || exporters.has(first)) return [{ ...at(statement.startIndex), exposes: true }];
    if (first !== 'prometheus_client') return [];
    if (name !== undefined) return [{ ...at(statement.startIndex), exposes: exposing.test(name) }];
    const call = source.root
      .descendantsOfType('attribute')
      .find((node) => field(node, 'object')?.text === local && exposing.test(field(node, 'attribute')?.text ?? ''));
    return [{ ...at(call?.startIndex ?? statement.startIndex), exposes: call !== undefined }];
  });
}

/** Whether the project talks to Redis: by a dependency, or by an import. */
export function usesRedis(dependencies: PythonDependencies): boolean {
  return ['redis', 'flask-redis', 'rq', 'flask-rq2', 'django-redis', 'aioredis'].some(
    (name) => versionOf(dependencies, name) !== undefined,
  );
}

/** The file that shows that uWSGI serves; it is not what the generated code is made for. */
export function uwsgiFile(code: Pick<PythonCode, 'files'>, dependencies: PythonDependencies): string | undefined {
  const named = ['uwsgi.ini', 'uwsgi.yaml', 'uwsgi.yml', 'wsgi.ini', 'app.ini'].find((name) =>
    /^\s*\[?uwsgi\]?\s*:?\s*$/m.test(code.files.exists(name) ? (code.files.read(name) ?? '') : ''),
  );
  return named ?? dependencies.files.find(({ packages }) => packages.has('uwsgi'))?.path;
}
