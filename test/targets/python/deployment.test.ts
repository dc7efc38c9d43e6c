import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, type Texts } from '../../cli/support/folders.js';
import { type Report, runJson } from '../../cli/support/run.js';

const app = 'from flask import Flask\n\napp = Flask(__name__)\n';
const flat: Texts = { 'app.py': app, 'requirements.txt': 'flask\ngunicorn\n' };
/** The app in a folder that commands change to. */
const below: Texts = { 'back/shop/__init__.py': '', 'back/shop/wsgi.py': app, 'requirements.txt': 'flask\n' };
const image = 'FROM python:3.12-slim\nWORKDIR /srv\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n';
const shared =
  '# Where the worker processes keep their metrics: in memory, emptied by gunicorn_hooks.py at each start\n' +
  'ENV PROMETHEUS_MULTIPROC_DIR=/dev/shm/shop\n';

interface Outcome {
  readonly report: Report;
  readonly exitCode: number;
  readonly read: (path: string) => string;
}

/** What `add` makes of these files. */
async function add(files: Texts, ...flags: string[]): Promise<Outcome> {
  const root = makeFolder(files);
  const { report, exitCode } = await runJson(['add', root, '--yes', '--no-install', '--app-tag', 'shop', ...flags]);
  return { report, exitCode, read: (path) => readFileSync(join(root, path), 'utf8') };
}

describe('a Dockerfile', () => {
  it.each([
    ['CMD as a shell line', 'COPY . .\nCMD gunicorn -w 4 app:app\n', `COPY . .\n${shared}CMD gunicorn -w 4 app:app\n`],
    [
      'CMD as a list, files copied one by one',
      'COPY app.py ./\nCMD ["gunicorn", "-w", "4", "app:app"]\n',
      `COPY app.py ./\nCOPY metrics ./metrics\nCOPY gunicorn.conf.py ./gunicorn.conf.py\n${shared}CMD ["gunicorn", "-w", "4", "app:app"]\n`,
    ],
    [
      'a number of workers that is known when it runs',
      'COPY app.py /srv/app.py\nUSER nobody\nCMD exec gunicorn -w $WORKERS app:app\n',
      `COPY app.py /srv/app.py\nCOPY metrics /srv/metrics\nCOPY gunicorn.conf.py /srv/gunicorn.conf.py\n${shared}USER nobody\nCMD exec gunicorn -w $WORKERS app:app\n`,
    ],
    [
      'quotes around paths',
      'COPY "./" "./"\nCMD gunicorn -w 4 app:app\n',
      `COPY "./" "./"\n${shared}CMD gunicorn -w 4 app:app\n`,
    ],
    ['one worker', 'COPY . .\nCMD gunicorn app:app\n', 'COPY . .\nCMD gunicorn app:app\n'],
    [
      'the variable set already',
      'ENV PROMETHEUS_MULTIPROC_DIR=/tmp/x\nCOPY . .\nCMD gunicorn -w 4 app:app\n',
      'ENV PROMETHEUS_MULTIPROC_DIR=/tmp/x\nCOPY . .\nCMD gunicorn -w 4 app:app\n',
    ],
  ])('with %s', async (_, lines, after) => {
    const { exitCode, report, read } = await add({ ...flat, Dockerfile: image + lines });
    expect([exitCode, report.manual]).toEqual([0, []]);
    const [head, rest] = [read('Dockerfile').slice(0, image.length), read('Dockerfile').slice(image.length)];
    expect(head).toBe(image);
    // Where in the file a variable is set does not matter as long as it is before the command.
    expect(rest.split('\n').sort()).toEqual(after.split('\n').sort());
    expect(rest.indexOf('ENV')).toBeLessThan(rest.indexOf('CMD'));
  });

  it('whose last stages test what serves: the one that serves is edited', async () => {
    const served = `${image}FROM python:3.12-slim AS production\nWORKDIR /srv\nCOPY --chown=web app.py boot.sh ./\nENTRYPOINT ["./boot.sh"]\n`;
    const tests = 'FROM production AS test\nCOPY . .\nRUN pip install pytest\n';
    const script = '#!/bin/sh\nexec gunicorn -w 2 app:app\n';
    const { report, read } = await add({ ...flat, 'boot.sh': script, Dockerfile: served + tests });
    expect(report.manual).toEqual([]);
    const copies = 'COPY --chown=web metrics ./metrics\nCOPY --chown=web gunicorn.conf.py ./gunicorn.conf.py\n';
    const [before = '', after = ''] = served.split('ENTRYPOINT');
    expect(read('Dockerfile')).toBe(`${before}${copies}${shared}ENTRYPOINT${after}${tests}`);
  });

  it('of several: which one builds the image matters only where one does not bring the folder along', async () => {
    const whole = { Dockerfile: `${image}COPY . .\n`, 'Dockerfile.prod': `${image}ADD ./ /srv\n` };
    expect((await add({ ...flat, ...whole })).report.manual).toEqual([]);
    const { report } = await add({ ...flat, ...whole, 'Dockerfile.prod': `${image}COPY app.py ./\n` });
    expect(report.manual).toMatchObject([
      { path: 'Dockerfile', reason: expect.stringContaining('--dockerfile <path>') },
    ]);
  });

  it('on a stage that has the command, and gets the code later', async () => {
    const base = `${image}FROM python:3.12-slim AS base\nWORKDIR /srv\nENTRYPOINT ["gunicorn", "-w", "2", "app:app"]\n`;
    const { report, read } = await add({ ...flat, Dockerfile: `${base}FROM base\nCOPY . .\n` });
    expect(report.manual).toEqual([]);
    expect(read('Dockerfile')).toBe(`${base.replace('ENTRYPOINT', `${shared}ENTRYPOINT`)}FROM base\nCOPY . .\n`);
  });

  it('whose image a compose file runs with a config of its own: that is told', async () => {
    const files = { 'shop/__init__.py': '', 'shop/wsgi.py': app, 'requirements.txt': 'flask\n' };
    const dockerfile = `${image}COPY . .\nCMD gunicorn -w 4 shop.wsgi:app\n`;
    const services = (words: string) => `services:\n  web:\n    image: shop/shop\n    command: ${words}\n`;
    const compose = services('gunicorn -c /etc/shop/gunicorn.conf shop.wsgi:app');
    const { report } = await add({ ...files, Dockerfile: dockerfile, 'docker-compose.yml': compose });
    expect(report.manual).toMatchObject([
      { path: 'docker-compose.yml', reason: expect.stringContaining('/etc/shop/gunicorn.conf') },
    ]);
    const foreign = services('gunicorn -c /etc/other.py other.wsgi:app');
    const without = await add({ ...files, Dockerfile: dockerfile, 'docker-compose.yml': foreign });
    expect(without.report.manual).toEqual([]);
  });

  it.each([
    ['*\n!app.py\n!requirements.txt\n', ['!metrics', '!gunicorn.conf.py']],
    ['*.conf.py\n', ['!gunicorn.conf.py']],
    ['*\n!app.py\n!metrics\n!*.conf.py\n', []],
    ['.git\n__pycache__\n', []],
  ])('beside a .dockerignore with %j: what it keeps out is told', async (ignored, snippets) => {
    const dockerfile = `${image}COPY . .\nCMD gunicorn -w 4 app:app\n`;
    const { exitCode, report } = await add({ ...flat, Dockerfile: dockerfile, '.dockerignore': ignored });
    expect([exitCode, report.manual.map(({ path }) => path)]).toEqual([0, snippets.map(() => '.dockerignore')]);
    expect(report.manual.map(({ snippet }) => snippet)).toEqual(snippets);
  });

  it('in ci/, whose gunicorn names a config: that one is edited', async () => {
    const own = { 'gunicorn_config.py': 'workers = 3\n' };
    const dockerfile = `${image}COPY . /srv/\nCMD ["sh", "-c", "gunicorn -c gunicorn_config.py app:app"]\n`;
    const { report, read } = await add({ ...flat, ...own, 'ci/Dockerfile': dockerfile });
    expect(report.manual).toEqual([]);
    expect(report.changes.map(({ path }) => path)).not.toContain('gunicorn.conf.py');
    expect(read('gunicorn_config.py')).toContain('_metrics["hooks"]');
    expect(read('ci/Dockerfile')).toContain(shared);
  });

  it('with a script: the config goes into the image, the script stays', async () => {
    const script = '#!/bin/sh\nflask db upgrade\nexec gunicorn -w 2 -b :5000 app:app\n';
    const dockerfile = `${image}COPY app.py boot.sh ./\nENTRYPOINT ["./boot.sh"]\n`;
    const { report, read } = await add({ ...flat, 'boot.sh': script, Dockerfile: dockerfile });
    expect([report.manual, report.answers['workers'], read('boot.sh')]).toEqual([[], 2, script]);
    expect(read('Dockerfile')).toContain('COPY gunicorn.conf.py ./gunicorn.conf.py\n');
  });
});

describe('a command that does not find the config by itself', () => {
  const procfile = { Procfile: 'web: cd back && gunicorn shop.wsgi:app\n' };
  it.each([
    [
      'CMD as a list',
      'Dockerfile',
      `${image}COPY . .\nCMD ["gunicorn", "--chdir", "back", "shop.wsgi:app"]\n`,
      'CMD ["gunicorn", "-c", "back/gunicorn.conf.py", "--chdir", "back", "shop.wsgi:app"]\n',
    ],
    [
      'CMD as a shell line',
      'Dockerfile',
      `${image}COPY . .\nCMD exec gunicorn --chdir back shop.wsgi:app\n`,
      'CMD exec gunicorn -c back/gunicorn.conf.py --chdir back shop.wsgi:app\n',
    ],
    [
      'boot.sh',
      'boot.sh',
      '#!/bin/sh\nset -e\nexec python -m gunicorn --chdir back \\\n  shop.wsgi:app\n',
      'exec python -m gunicorn -c back/gunicorn.conf.py --chdir back \\\n  shop.wsgi:app\n',
    ],
  ])('names it: %s', async (_, path, text, line) => {
    const { exitCode, report, read } = await add({ ...below, ...procfile, [path]: text });
    expect([exitCode, report.manual, read('Procfile')]).toEqual([0, [], procfile.Procfile]);
    expect(read(path)).toContain(line);
    expect(read('back/gunicorn.conf.py')).toContain('"shop/metrics/gunicorn_hooks.py"');
  });

  it('is left, with what to write, where it is in a compose file', async () => {
    const compose = 'services:\n  web:\n    build: .\n    command: gunicorn --chdir back shop.wsgi:app\n';
    const { report, read } = await add({ ...below, ...procfile, 'docker-compose.yml': compose });
    expect(read('docker-compose.yml')).toBe(compose);
    expect(report.manual).toMatchObject([
      { path: 'docker-compose.yml', snippet: 'gunicorn -c back/gunicorn.conf.py …' },
    ]);
  });
});

describe('a unit of systemd', () => {
  const unit =
    '[Service]\nUser=shop\nWorkingDirectory=/srv/shop\nExecStart=/srv/shop/venv/bin/gunicorn --workers 4 app:app\n';
  const dropIn = 'deploy/shop.service.d/10-prometheus.conf';

  it('gets a drop-in with a folder of its own', async () => {
    const { report, read } = await add({ ...flat, 'deploy/shop.service': unit });
    expect([report.manual, read('deploy/shop.service')]).toEqual([[], unit]);
    expect(read(dropIn)).toMatch(/^RuntimeDirectory=shop-metrics$/m);
    expect(read(dropIn)).toMatch(/^Environment=PROMETHEUS_MULTIPROC_DIR=\/run\/shop-metrics$/m);
  });

  const elsewhere = (lines: string) =>
    `[Service]\nWorkingDirectory=/srv/shop\n${lines}ExecStart=/srv/v/bin/gunicorn --chdir back shop.wsgi:app\n`;
  it.each([
    ['of its working directory', elsewhere(''), '-c back/gunicorn.conf.py'],
    [
      'beside arguments that are set',
      elsewhere('Environment="GUNICORN_CMD_ARGS=--workers 3" A=1\n'),
      '-c back/gunicorn.conf.py --workers 3',
    ],
    [
      'of an absolute folder',
      '[Service]\nExecStart=/srv/v/bin/gunicorn --chdir /srv/shop/back shop.wsgi:app\n',
      '-c /srv/shop/back/gunicorn.conf.py',
    ],
  ])('names the config for gunicorn, by its place: %s', async (_, text, args) => {
    const procfile = { Procfile: 'web: cd back && gunicorn shop.wsgi:app\n' };
    const { report, read } = await add({ ...below, ...procfile, 'deploy/shop.service': text });
    expect([report.manual, read('deploy/shop.service')]).toEqual([[], text]);
    expect(read(dropIn)).toContain(`\nEnvironment="GUNICORN_CMD_ARGS=${args}"\n`);
    const skipped = await add({ ...below, ...procfile, 'deploy/shop.service': text }, '--skip', 'systemd');
    expect(skipped.report.manual).toMatchObject([{ path: dropIn, snippet: expect.stringContaining(args) }]);
  });

  it('gets none for one worker; one that is there is the user’s', async () => {
    const single = await add({ ...flat, 'deploy/shop.service': unit.replace('--workers 4 ', '') });
    expect(single.report.changes.map(({ path }) => path)).not.toContain(dropIn);
    const there = await add({ ...flat, 'deploy/shop.service': unit, [dropIn]: '[Service]\n' });
    expect(there.read(dropIn)).toBe('[Service]\n');
    expect(there.report.manual).toMatchObject([
      { path: dropIn, snippet: expect.stringContaining('/run/shop-metrics') },
    ]);
  });
});

describe('without a command for gunicorn', () => {
  it('its config is extended, and says how many workers there are', async () => {
    const config = 'workers = 3\nbind = "0.0.0.0:5000"\nworker_class = "gthread"\nmax_requests = 500\n';
    const { exitCode, report, read } = await add({ ...flat, 'gunicorn.conf.py': config });
    expect([exitCode, report.manual, report.answers['workers']]).toEqual([0, [], 3]);
    expect(read('gunicorn.conf.py')).toContain(config);
    expect(read('gunicorn.conf.py')).toContain('_metrics["hooks"]');
    expect(read('monitoring/prometheus/prometheus.yml')).toContain(':5000');
    expect(report.facts).toMatchObject({ workerClass: 'gthread', maxRequests: true });
  });

  it('uWSGI’s is not gunicorn’s: none is created, and that is told', async () => {
    const { exitCode, report } = await add({ ...flat, 'uwsgi.ini': '[uwsgi]\nmodule = app:app\nprocesses = 4\n' });
    expect([exitCode, report.changes.map(({ path }) => path)]).toEqual([0, expect.not.arrayContaining([config])]);
    expect(report.manual).toMatchObject([{ path: 'uwsgi.ini', snippet: 'gunicorn --workers 4 app:app' }]);
    expect(report.checklist.map(({ command }) => command).join('\n')).toContain('uwsgi uwsgi.ini');
  });
  const config = 'gunicorn.conf.py';
});

describe('a file that is run as a script', () => {
  const package_ = { 'shop/__init__.py': '', 'shop/app.py': app, 'requirements.txt': 'flask\n' };

  it('and as a part of a package: how to run it is told', async () => {
    const procfile = 'web: gunicorn shop.app:app\ndev: python shop/app.py\n';
    const { report, read } = await add({ ...package_, Procfile: procfile });
    expect(read('shop/app.py')).toContain('from .metrics import instrument\n');
    expect(report.manual).toMatchObject([{ path: 'Procfile', snippet: 'python -m shop.app' }]);
  });

  it('only: it stays one', async () => {
    const { report, read } = await add({ ...package_, Procfile: 'web: python shop/app.py\n' });
    expect([report.manual, read('shop/app.py')]).toEqual([[], expect.stringContaining('\nfrom metrics import')]);
    expect(report.checklist.map(({ command }) => command).join('\n')).toContain('gunicorn --chdir shop app:app');
  });
});

describe('metrics that are served already', () => {
  const worker =
    'from celery import Celery\nfrom prometheus_client import start_http_server\nfrom app import app\n\nstart_http_server(9000)\n';

  it('by another program beside the app are left', async () => {
    const { exitCode, read } = await add({ ...flat, Procfile: 'web: gunicorn app:app\n', 'worker.py': worker });
    expect([exitCode, read('worker.py')]).toEqual([0, worker]);
  });

  it.each([
    ['the app', { 'app.py': `import worker\n${app}` }, {}],
    ['what the server loads', {}, { 'wsgi.py': 'import worker\nfrom app import app\n' }],
    ['gunicorn’s config', {}, { 'gunicorn.conf.py': 'import worker\n' }],
  ])('by %s are refused', async (_, changed: Texts, more: Texts) => {
    const { exitCode, report } = await add({ ...flat, ...changed, ...more, 'worker.py': worker });
    expect([exitCode, report.error?.message]).toEqual([3, expect.stringContaining('worker.py, line 2')]);
  });
});

describe('another number of workers', () => {
  it.each([
    [
      'is in the config that is created',
      { Procfile: 'web: gunicorn app:app\n' },
      [],
      /^workers = .*WEB_CONCURRENCY.*4/m,
    ],
    [
      'is left where a command says one',
      { Procfile: 'web: gunicorn -w 2 app:app\n' },
      [{ path: 'Procfile', snippet: '--workers 4' }],
      /^(?![\s\S]*workers =)/,
    ],
    [
      'is left where a config says one',
      { Procfile: 'web: gunicorn app:app\n', 'gunicorn.conf.py': 'workers = 2\n' },
      [{ path: 'gunicorn.conf.py', snippet: 'workers = 4' }],
      /^workers = 2$/m,
    ],
  ])('%s', async (_, files: Texts, manual, config) => {
    const { exitCode, report, read } = await add({ ...flat, ...files }, '--workers', '4');
    expect([exitCode, report.manual.length]).toEqual([0, manual.length]);
    expect(report.manual).toMatchObject(manual);
    expect(read('gunicorn.conf.py')).toMatch(config);
  });
});

describe('input that cannot be edited', () => {
  it.each([
    ['a config that is not Python', 'workers: 4\nbind = "x\n', /^line 2 is not valid Python 3/],
    ['a hook given as a string', 'child_exit = "shop.hooks.child_exit"\n', /child_exit is given as a string/],
    [
      'a config that shares metrics',
      'import os\nos.environ["PROMETHEUS_MULTIPROC_DIR"] = "/x"\n',
      /its code deals with PROMETHEUS/,
    ],
  ])('is left, with the lines to add: %s', async (_, config, reason) => {
    const files = { ...flat, Procfile: 'web: gunicorn -c conf/g.conf app:app\n', 'conf/g.conf': config };
    const { exitCode, report, read } = await add(files);
    expect([exitCode, read('conf/g.conf')]).toEqual([0, config]);
    expect(report.manual).toMatchObject([{ path: 'conf/g.conf', reason: expect.stringMatching(reason) }]);
    expect(report.manual[0]?.snippet).toContain('"../metrics/gunicorn_hooks.py"');
  });

  it('a config outside of the target is named', async () => {
    const { report } = await add({ ...flat, Procfile: 'web: gunicorn -c /etc/gunicorn.py app:app\n' });
    expect(report.manual).toMatchObject([{ path: 'Procfile', reason: expect.stringContaining('/etc/gunicorn.py') }]);
  });

  it('a line of requirements.txt that nothing understands is kept', async () => {
    const text = 'flask\r\n<<<<<<< HEAD\r\nnot a requirement ===\r\n';
    const { exitCode, report, read } = await add({ ...flat, 'requirements.txt': text });
    expect([exitCode, report.manual]).toEqual([0, []]);
    expect(read('requirements.txt').replace('prometheus-flask-exporter>=0.23,<0.24\r\n', '')).toBe(text);
    expect(read('requirements.txt')).not.toBe(text);
  });

  it('a pyproject.toml that is not TOML is left, with the package to add', async () => {
    const { report } = await add({ 'app.py': app, 'pyproject.toml': '[project\nname = "x"\n' });
    expect(report.manual).toMatchObject([{ path: 'pyproject.toml', snippet: 'prometheus-flask-exporter>=0.23,<0.24' }]);
  });

  it.each([
    ['a syntax error', { 'app.py': `${app}def x(:\n` }, 'app.py, line 4: not valid Python 3', 1],
    [
      'statements before it on its line',
      { 'app.py': app.replace('app =', 'x = 1; app =') },
      'app.py, line 3: it shares',
      1,
    ],
    [
      'statements behind it on its line',
      { 'app.py': app.replace(')\n', '); x = 1\n') },
      'app.py, line 3: it shares',
      1,
    ],
    ['several apps', { 'app.py': '', 'a.py': app, 'b.py': app }, 'a.py:3 (app), b.py:3 (app)', 2],
  ])('an app with %s is refused with the lines to add', async (_, files: Texts, message, steps) => {
    const { exitCode, report, read } = await add({ ...flat, ...files });
    expect([exitCode, report.status, report.changes]).toEqual([3, 'refused', []]);
    expect(report.error?.message).toContain(message);
    expect(report.manual).toHaveLength(steps);
    for (const { snippet } of report.manual) expect(snippet).toContain('from metrics import instrument');
    expect(read('requirements.txt')).toBe(flat['requirements.txt']);
  });

  it('of several apps the one that is named is taken', async () => {
    const { exitCode, read } = await add({ ...flat, 'app.py': '', 'a.py': app, 'b.py': app }, '--entry', 'b.py');
    expect([exitCode, read('a.py')]).toEqual([0, app]);
    expect(read('b.py')).toContain('instrument(app)\n');
  });
});

describe('the start command of the checklist can be pasted, that of verify has PORT', () => {
  it.each<[string, Texts, string, string]>([
    [
      'in the folder that the app is found from',
      { ...below, Procfile: 'web: cd back && gunicorn --bind :9000 shop.wsgi:app\n' },
      'cd back && gunicorn --bind :9000 shop.wsgi:app',
      'cd back && gunicorn --bind :9000 shop.wsgi:app',
    ],
    [
      'a port of the platform',
      { ...flat, Procfile: 'web: gunicorn -b 0.0.0.0:$PORT app:app\n' },
      'gunicorn -b 0.0.0.0:8000 app:app',
      'gunicorn -b 0.0.0.0:$PORT app:app',
    ],
    [
      'the port that it falls back to',
      { ...flat, Procfile: `web: gunicorn -b 0.0.0.0:\${PORT:-9000} app:app\n` },
      'gunicorn -b 0.0.0.0:9000 app:app',
      `gunicorn -b 0.0.0.0:\${PORT:-9000} app:app`,
    ],
    [
      'a port that only others name',
      { ...flat, Dockerfile: `${image}EXPOSE 5000\nCOPY . .\nCMD gunicorn app:app\n` },
      'PORT=5000 gunicorn app:app',
      'gunicorn app:app',
    ],
    [
      'a socket',
      { ...flat, Dockerfile: `${image}EXPOSE 5000\nCOPY . .\nCMD gunicorn -b unix:/run/a.sock app:app\n` },
      'gunicorn -b unix:/run/a.sock app:app',
      'gunicorn -b unix:/run/a.sock app:app',
    ],
    [
      'a config that says it',
      { ...flat, 'gunicorn.conf.py': 'bind = address()\n', Dockerfile: `${image}EXPOSE 5000\nCOPY . .\n` },
      'gunicorn app:app',
      'gunicorn app:app',
    ],
  ])('%s', async (_, files, byHand, withPort) => {
    const { report } = await add(files);
    const command = (id: string) => report.checklist.find((item) => item.id === id)?.command;
    expect(command('start')).toBe(byHand);
    expect(command('verify')).toContain(`--start '${withPort}' --url`);
  });
});
