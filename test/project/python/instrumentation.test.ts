import { beforeAll, describe, expect, it } from 'vitest';
import { type PythonParser, pythonParser } from '../../../src/languages/python/parse.js';
import { pythonCode } from '../../../src/project/python/code.js';
import { detectDependencies } from '../../../src/project/python/dependencies.js';
import {
  findPythonInstrumentation,
  installedPythonClient,
  usesRedis,
  uwsgiFile,
} from '../../../src/project/python/instrumentation.js';
import { findPythonRoute } from '../../../src/project/python/routes.js';
import { filesOf } from '../../targets/python/files.js';

let parser: PythonParser;
beforeAll(async () => {
  parser = await pythonParser();
});

describe('findPythonInstrumentation', () => {
  it.each([
    ['from prometheus_flask_exporter import PrometheusMetrics\n', 'prometheus_flask_exporter', 1, true],
    [
      'import os\nfrom prometheus_flask_exporter.multiprocess import UWsgiPrometheusMetrics\n',
      'prometheus_flask_exporter.multiprocess',
      2,
      true,
    ],
    ['from prometheus_client import Counter\n', 'prometheus_client', 1, false],
    ['from gds_metrics import GDSMetrics\n', 'gds_metrics', 1, true],
    ['import prometheus_client as p\n\nx = p.Counter("a", "b")\n', 'prometheus_client', 1, false],
    ['import prometheus_client as p\n\nx = p.generate_latest()\n', 'prometheus_client', 3, true],
    ['def f():\n    from prometheus_client import start_http_server\n', 'prometheus_client', 2, true],
  ])('%s', (text, name, line, exposes) => {
    const code = pythonCode(filesOf({ 'a/b.py': text }), parser);
    expect(findPythonInstrumentation(code)).toEqual([{ package: name, path: 'a/b.py', line, exposes }]);
  });

  it('does not look at tests, comments and environments', () => {
    const text = 'from prometheus_client import generate_latest\n';
    const texts = { 'tests/a.py': text, 'venv/lib/a.py': text, 'test_a.py': text, 'a.py': `# ${text}` };
    expect(findPythonInstrumentation(pythonCode(filesOf(texts), parser))).toEqual([]);
  });
});

describe('findPythonRoute', () => {
  it.each([
    ['@app.route("/metrics")\ndef m(): pass\n', 1],
    ["\n@bp.get('/metrics/')\ndef m(): pass\n", 2],
    ['app.add_url_rule("/metrics", "m", m)\n', 1],
    ['api.add_resource(Metrics, "/x", "/metrics")\n', 1],
    ['requests.get(url + "/metrics")\n', undefined],
    ['x = "/metrics"\n', undefined],
    ['@app.route("/metrics/x")\ndef m(): pass\n', undefined],
  ])('%s', (text, line) => {
    const found = findPythonRoute(pythonCode(filesOf({ 'app.py': text }), parser), '/metrics');
    expect(found?.line).toBe(line);
  });
});

describe('facts from the dependencies', () => {
  it('are the client, Redis and uWSGI', () => {
    const read = (text: string) => detectDependencies(filesOf({ 'requirements.txt': text }));
    expect(installedPythonClient(read('prometheus-client==0.20\n'))).toBe('prometheus_client');
    expect(installedPythonClient(read('prometheus-client\nprometheus_flask_exporter\n'))).toBe(
      'prometheus_flask_exporter',
    );
    expect(installedPythonClient(read('flask\n'))).toBeUndefined();
    expect([usesRedis(read('rq\n')), usesRedis(read('flask\n'))]).toEqual([true, false]);
    const files = filesOf({ 'uwsgi.ini': '[uwsgi]\nmodule = a\n' });
    expect(uwsgiFile({ files }, read('flask\n'))).toBe('uwsgi.ini');
    expect(uwsgiFile({ files: filesOf({}) }, read('uWSGI==2\n'))).toBe('requirements.txt');
    expect(uwsgiFile({ files: filesOf({}) }, read('gunicorn\n'))).toBeUndefined();
  });
});
