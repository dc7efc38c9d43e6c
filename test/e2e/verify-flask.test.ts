import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { leftBehind } from '../checks/process/left.js';
import { run } from '../cli/support/run.js';
import { runCliJson } from '../support/cli.js';
import { loadFixtures } from '../support/fixture.js';
import { freePort } from '../support/free-port.js';
import { type PythonEnvironment, pythonEnvironment } from '../support/python-env.js';
import { createTarget, removeTarget, type Target } from '../support/target.js';

// `verify --start "gunicorn …"`: what `add` makes passes; what the guides tell people to write fails exactly the checks
// that it is wrong in.

interface Report {
  readonly checks: readonly {
    readonly id: string;
    readonly status: string;
    readonly measured: string;
    readonly hint: string;
  }[];
}

interface Outcome {
  readonly exitCode: number;
  readonly failed: readonly string[];
  /** "status: what was measured → hint" by id. */
  readonly says: Readonly<Record<string, string>>;
}

const paths = ['--target-path', '/items/{id}', '--slow-path', '/slow', '--error-path', '/error', '--kill-worker'];
/** What a service is started by here; a Prometheus on the PATH would be used, for half a minute each. */
const programs = ['/bin/sh', '/bin/mkdir', '/bin/rm'];
/** As the guides start it. */
const shared = 'mkdir -p counts && PROMETHEUS_MULTIPROC_DIR=counts gunicorn -w 4';
/** What cannot be measured where nothing can be read. */
const unreadable = ['cardinality', 'errors', 'exact', 'exposed', 'gauges', 'in-progress', 'monotone', 'restart'];
unreadable.push('same-view', 'scrape-cost', 'secret', 'self', 'worker-death');
const routes = `
@app.get("/slow")
def slow():
    import time

    time.sleep(2)
    return "done"


@app.get("/error")
def error():
    raise RuntimeError("failed")
`;

// Each waits more than it works.
vi.setConfig({ maxConcurrency: 4 });

it.concurrent.each([
  ['prometheus_flask_exporter', 'module-level', 'app.py', 'gunicorn -w 4 app:app'],
  ['prometheus_client', 'module-level', 'app.py', 'gunicorn -w 4 app:app'],
  [
    'prometheus_flask_exporter',
    'factory-called',
    'src/shop/__init__.py',
    `gunicorn -w 4 -k gthread --threads 4 --pythonpath src "shop:create_app('web')"`,
  ],
  ['prometheus_client', 'factory-package', 'app/__init__.py', 'gunicorn -w 4 -k gevent microblog:app'],
])(
  'what add makes with %s in %s (%s) passes, started by %s, with a worker killed',
  async (client, fixture, entry, command) => {
    const outcome = await verified('flask', fixture, 'new', command, async ({ dir }) => {
      addRoutes(path.join(dir, entry));
      const options = ['--yes', '--no-install', '--force', '--workers', '4', '--client', client];
      expect((await runCliJson('add', dir, ...options)).exitCode).toBe(0);
    });
    expect(outcome.failed, JSON.stringify(outcome.says, null, 1)).toEqual([]);
    expect(outcome.exitCode).toBe(0);
    expect(outcome.says).toMatchObject({
      workers: expect.stringMatching(/^pass: 4 of 4/),
      'worker-death': expect.stringMatching(/^pass: no counter fell/),
      'in-progress': expect.stringMatching(/^pass: 5 aborted requests/),
      restart: expect.stringMatching(/^pass: /),
      cardinality: expect.stringMatching(/^pass: /),
      errors: expect.stringMatching(/^pass: 20 requests to \/error \(500 × 20\): \w+exceptions_total \+20/),
    });
  },
);

it.concurrent('the exporter, grouped as the guides do, has an unbounded label: that is a warning, with the way out', async () => {
  const command = `rm -rf counts && ${shared} -c gunicorn_conf.py grouped:app`;
  const outcome = await verified('checks', 'flask-guide', 'guides', command, async ({ dir }) => {
    const grouped = "GunicornInternalPrometheusMetrics(app, group_by='endpoint')";
    const text = readFileSync(path.join(dir, 'internal.py'), 'utf8');
    writeFileSync(path.join(dir, 'grouped.py'), text.replace('GunicornInternalPrometheusMetrics(app)', grouped));
  });
  expect(outcome.failed, JSON.stringify(outcome.says, null, 1)).toEqual([]);
  expect(outcome.exitCode).toBe(0);
  expect(outcome.says['cardinality']).toMatch(/^warn: .*method="X.* → .*--client prometheus_client/);
});

it.concurrent.each<[string, string, readonly string[], Readonly<Record<string, RegExp>>]>([
  [
    'a registry for each worker',
    'gunicorn -w 4 minimal:app',
    ['errors', 'exact', 'exposed', 'gauges', 'in-progress', 'monotone', 'same-view', 'worker-death'],
    { exposed: /charset twice/, 'same-view': /[234] distinct totals in 50 scrapes/ },
  ],
  [
    'the same, modified for several workers',
    `${shared} multiprocess:app`,
    ['errors', 'exposed', 'in-progress', 'restart'],
    {
      exposed: /charset twice.*content_type=/,
      errors: /status="500"\} \+0/,
      'in-progress': /a killed worker: myapp_inprogress_requests \+\d/,
      restart: /Empty PROMETHEUS_MULTIPROC_DIR/,
    },
  ],
  [
    'hooks that measure by path',
    'gunicorn hooks:app',
    ['cardinality', 'self'],
    { cardinality: /path="\/items\//, self: /path="\/metrics"/ },
  ],
  [
    'the exporter that wants a server of its own',
    `${shared} -c gunicorn_conf.py exporter:app`,
    unreadable,
    { exposed: /answers 404 → .*GunicornInternalPrometheusMetrics/ },
  ],
  [
    'the same without the variable',
    'gunicorn -w 4 -c gunicorn_conf.py exporter:app',
    // The service ended before a worker could be killed.
    [...unreadable.filter((id) => id !== 'worker-death'), 'workers'].sort(),
    { exposed: /It printed last:[\s\S]*ValueError: one of env PROMETHEUS_MULTIPROC_DIR/ },
  ],
  [
    'the exporter as its README has it',
    // Two workers: with a series for each path, scrapes of four take seconds.
    `${shared.replace('4', '2')} -c gunicorn_conf.py internal:app`,
    ['cardinality', 'restart'],
    {
      cardinality: /path="\/items\//,
      errors: /^pass: .*flask_http_request_exceptions_total \+20/,
      'worker-death': /^pass: no counter fell in [\d,]+ scrapes/,
    },
  ],
  [
    'process metrics "restored", and the folder emptied before the start',
    `rm -rf counts && ${shared} restored:app`,
    ['cardinality', 'gauges', 'monotone'],
    {
      cardinality: /method="X/,
      gauges: /process_start_time_seconds has [234] values/,
      monotone: /ProcessCollector or GC_COLLECTOR/,
    },
  ],
])('%s fails exactly what is wrong with it', async (_, command, failed, says) => {
  const outcome = await verified('checks', 'flask-guide', 'guides', command);
  expect(outcome.failed, JSON.stringify(outcome.says, null, 1)).toEqual(failed);
  expect(outcome.exitCode).toBe(1);
  for (const [id, text] of Object.entries(says)) expect(outcome.says[id]).toMatch(text);
});

/** Gives an app more routes, in its factory where it has one. */
function addRoutes(file: string): void {
  const text = readFileSync(file, 'utf8');
  const end = /^( *)return app$/m.exec(text);
  const added = end === null ? `\n${routes}` : `${routes.replaceAll(/^(?=.)/gm, end[1] ?? '')}\n`;
  const at = end?.index ?? text.length;
  writeFileSync(file, text.slice(0, at) + added + text.slice(at));
}

async function verified(
  group: string,
  name: string,
  environment: PythonEnvironment,
  command: string,
  prepare: (target: Target) => Promise<void> = async () => {},
): Promise<Outcome> {
  const fixture = loadFixtures(group).find((one) => one.name === name);
  if (fixture === undefined) throw new Error(`no fixture ${name}`);
  const token = randomUUID();
  const bin = await pythonEnvironment(environment);
  const target = await createTarget(fixture);
  // Its own: what is removed at the end of a test may be another one's among concurrent tests.
  const folder = mkdtempSync(path.join(tmpdir(), 'verify-flask-'));
  try {
    await prepare(target);
    const url = `http://127.0.0.1:${await freePort()}/metrics`;
    for (const program of programs) symlinkSync(program, path.join(folder, path.basename(program)));
    const env = { TEST_RUN: token, TMPDIR: folder, HOME: folder, PATH: `${bin}${path.delimiter}${folder}` };
    const args = ['verify', target.dir, '--start', command, '--url', url, '--json', ...paths];
    const { stdout, stderr, exitCode } = await run(args, { env });
    expect(stderr).toBe('');
    return { exitCode, ...outcomeOf(JSON.parse(stdout) as Report) };
  } finally {
    await removeTarget(target);
    rmSync(folder, { recursive: true, force: true });
    expect(await leftBehind(token)).toEqual([]);
  }
}

function outcomeOf({ checks }: Report): Omit<Outcome, 'exitCode'> {
  return {
    failed: checks
      .filter(({ status }) => status === 'fail')
      .map(({ id }) => id)
      .sort(),
    says: Object.fromEntries(
      checks.map(({ id, status, measured, hint }) => [id, `${status}: ${measured} → ${hint}`] as const),
    ),
  };
}
