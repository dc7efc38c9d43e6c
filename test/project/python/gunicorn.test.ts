// biome-ignore-all lint/suspicious/noTemplateCurlyInString: of shells and compose
import { beforeAll, describe, expect, it } from 'vitest';
import { type PythonParser, pythonParser } from '../../../src/languages/python/parse.js';
import { configOf, gunicornCommands, readGunicornConfig } from '../../../src/project/python/gunicorn.js';
import { filesOf } from '../../targets/python/files.js';

/** What matters of the first gunicorn command of a target. */
function first(texts: Readonly<Record<string, string>>) {
  const [command] = gunicornCommands(filesOf(texts));
  if (command === undefined) return undefined;
  const { app, workers, workerClass, config, folder, by } = command;
  return { app: app && `${app.module}:${app.name}`, workers, workerClass, config, folder, by };
}

const none = { workers: undefined, workerClass: undefined, config: undefined };

describe('gunicornCommands', () => {
  it.each<[string, Record<string, string>, object | undefined]>([
    [
      'a Procfile',
      { Procfile: 'release: flask db upgrade\nweb: gunicorn -w 4 shop:app\n' },
      { ...none, app: 'shop:app', workers: 4, folder: '.', by: 'procfile' },
    ],
    [
      'a factory in quotes',
      { Procfile: 'web: gunicorn \'shop:create_app("prod")\' --log-file -\n' },
      { ...none, app: 'shop:create_app', folder: '.', by: 'procfile' },
    ],
    [
      'cd in a Procfile',
      { Procfile: 'web: cd src && gunicorn shop.wsgi\n' },
      { ...none, app: 'shop.wsgi:application', folder: 'src', by: 'procfile' },
    ],
    [
      'web before others',
      { Procfile: 'worker: gunicorn w:app\nweb: WEB_CONCURRENCY=3 exec gunicorn web:app\n' },
      { ...none, app: 'web:app', workers: 3, folder: '.', by: 'procfile' },
    ],
    ...Object.entries({
      'render.yaml': 'services:\n  - type: web\n    startCommand: cd back && gunicorn -w 3 shop:app\n',
      'railway.json':
        '{\n  "deploy": {\n    "startCommand": "cd back && gunicorn -w 3 \\"shop:app\\"",\n    "x": 1\n  }\n}\n',
      'railway.toml':
        '[build]\nbuildCommand = "x"\n[deploy]\nstartCommand = "cd back && gunicorn -w 3 shop:app" # web\n',
      'nixpacks.toml': '[phases.build]\ncmds = ["make"]\n\n[start]\ncmd = \'cd back && gunicorn -w 3 shop:app\'\n',
      'fly.toml': 'app = "shop"\n\n[processes]\n  worker = "celery"\n  app = "cd back && gunicorn -w 3 shop:app"\n',
      'heroku.yml': 'build:\n  docker:\n    web: Dockerfile\nrun:\n  web: cd back && gunicorn -w 3 shop:app\n',
      'supervisord.conf': '[program:web]\ncommand = sh -c "cd back && gunicorn -w 3 shop:app"\n',
    }).map(([name, text]): [string, Record<string, string>, object] => [
      name,
      { [name]: text, 'back/shop.py': '' },
      { ...none, app: 'shop:app', workers: 3, folder: 'back', by: 'platform' },
    ]),
    [
      'a Makefile',
      {
        Makefile:
          'PORT ?= 8000\nCOUNT := 3\n\ninstall:\n\tpoetry install\n\nprod: install\n\t@cd back && poetry run gunicorn -w $(COUNT) -b :$${PORT:-1} shop:app\n',
        'back/shop.py': '',
      },
      { ...none, app: 'shop:app', workers: 3, folder: 'back', by: 'script' },
    ],
    [
      'a Dockerfile in exec form',
      {
        Dockerfile:
          'FROM python\nWORKDIR /app\nCOPY . .\nENV WEB_CONCURRENCY=5\nCMD ["gunicorn", "--config=conf.py", "-k", "gevent", "shop:app"]\n',
      },
      { app: 'shop:app', workers: 5, workerClass: 'gevent', config: 'conf.py', folder: '.', by: 'dockerfile' },
    ],
    [
      'a folder copied into the working directory',
      {
        Dockerfile:
          'FROM python\nWORKDIR /srv\nCOPY requirements.txt .\nCOPY ./app .\nENTRYPOINT ["gunicorn"]\nCMD ["main:app"]\n',
        'requirements.txt': '',
      },
      { ...none, app: 'main:app', folder: 'app', by: 'dockerfile' },
    ],
    [
      'a folder copied beside',
      { Dockerfile: 'FROM python\nWORKDIR /srv\nCOPY app app\nCMD gunicorn app.main:app\n' },
      { ...none, app: 'app.main:app', folder: '.', by: 'dockerfile' },
    ],
    [
      'a working directory below',
      { Dockerfile: 'FROM python\nCOPY . /code/\nWORKDIR /code/web\nCMD gunicorn main:app\n' },
      { ...none, app: 'main:app', folder: 'web', by: 'dockerfile' },
    ],
    [
      'a shell in exec form',
      { Dockerfile: 'FROM python\nCOPY . /a\nWORKDIR /a\nCMD ["sh", "-c", "cd x && gunicorn -w ${W:-7} a:b"]\n' },
      { ...none, app: 'a:b', workers: 7, folder: 'x', by: 'dockerfile' },
    ],
    [
      'a script that the Dockerfile calls',
      {
        Dockerfile: 'FROM python\nCOPY . /a\nWORKDIR /a\nENTRYPOINT ["./boot.sh"]\n',
        'boot.sh':
          '#!/bin/sh\n# gunicorn no:app\nflask db upgrade\nexec gunicorn -b :5000 \\\n  --access-logfile - \\\n  --workers=2 microblog:app\n',
      },
      { ...none, app: 'microblog:app', workers: 2, folder: '.', by: 'script' },
    ],
    [
      'a script that nothing names',
      { 'scripts/run': '#!/usr/bin/env bash\npython -m gunicorn a:b\n' },
      { ...none, app: 'a:b', folder: '.', by: 'script' },
    ],
    [
      'a compose file',
      {
        'docker-compose.yml':
          'services:\n  db:\n    image: postgres\n  web:\n    build: ./web\n    command: gunicorn -w ${N:-2} app:app\n    environment:\n      - A=1\n',
      },
      { ...none, app: 'app:app', workers: 2, folder: 'web', by: 'compose' },
    ],
    [
      'a unit',
      {
        'deploy/shop.service':
          '[Service]\nWorkingDirectory=/srv/shop/web\nEnvironment="GUNICORN_CMD_ARGS=--workers 6 -c g.py"\nExecStart=/srv/v/bin/gunicorn app:app\n',
        'web/app.py': '',
      },
      { ...none, app: 'app:app', workers: 6, config: 'g.py', folder: 'web', by: 'systemd' },
    ],
    [
      'a call in a unit',
      { 'shop.service': '[Service]\nExecStart=gunicorn -w 2 shop:create_app()\n' },
      { ...none, app: 'shop:create_app', workers: 2, folder: undefined, by: 'systemd' },
    ],
    [
      'App Engine',
      { 'app.yaml': 'runtime: python\nentrypoint: gunicorn -b :$PORT main:app\n' },
      { ...none, app: 'main:app', folder: '.', by: 'platform' },
    ],
    [
      'processors',
      { Procfile: 'web: gunicorn -w $(nproc) --chdir api a:b\n' },
      { ...none, app: 'a:b', workers: 2, folder: '.', by: 'procfile' },
    ],
    [
      'a command that reloads, after one that serves',
      { Procfile: 'web: gunicorn --reload dev:app\n', 'run.sh': 'gunicorn prod:app\n' },
      { ...none, app: 'prod:app', folder: '.', by: 'script' },
    ],
    [
      'an installation',
      {
        Dockerfile: 'FROM python\nRUN pip install gunicorn\nCMD ["python", "app.py"]\n',
        'i.sh': 'pip install gunicorn\n',
      },
      undefined,
    ],
    ['a Dockerfile that cannot be read', { Dockerfile: 'gunicorn a:b\n' }, undefined],
  ])('%s', (_, texts, expected) => {
    expect(first(texts)).toEqual(expected);
  });

  it('tells where an option can be put in', () => {
    const texts = {
      Procfile: 'web: newrelic-admin run-program gunicorn a:b\n',
      Dockerfile: 'FROM python\nCMD ["poetry", "run", "gunicorn", \\\n  "a:b"]\n',
      'docker/Dockerfile': 'FROM python\nCMD ["sh", "-c", "exec gunicorn a:b"]\n',
      'run.sh': 'exec gunicorn a:b\n',
    };
    const placed = gunicornCommands(filesOf(texts)).map(({ path, place }) => {
      const text = texts[path as keyof typeof texts];
      return [path, place?.form, text.slice(0, place?.offset).slice(-10)];
    });
    expect(placed).toEqual([
      ['Procfile', 'shell', 'm gunicorn'],
      ['Dockerfile', 'exec', '"gunicorn"'],
      ['docker/Dockerfile', 'shell', 'c gunicorn'],
      ['run.sh', 'shell', 'c gunicorn'],
    ]);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a shell line',
      { Procfile: 'web: gunicorn -w ${WEB_CONCURRENCY:-3} -b "0.0.0.0:$PORT" \'a:make()\' > log\n' },
      'gunicorn -w ${WEB_CONCURRENCY:-3} -b "0.0.0.0:$PORT" \'a:make()\' > log',
    ],
    ['a substitution', { Procfile: 'web: gunicorn -w $(nproc) a:b\n' }, 'gunicorn -w $(nproc) a:b'],
    [
      'a shell line of an image',
      { Dockerfile: 'FROM python\nCMD exec gunicorn -w ${N:-2} \\\n  a:b\n' },
      'gunicorn -w ${N:-2} a:b',
    ],
    [
      'a list, in which nothing is a variable',
      { Dockerfile: 'FROM python\nCMD ["gunicorn", "--name", "$N", "a:make()"]\n' },
      "gunicorn --name '$N' 'a:make()'",
    ],
    [
      'a list in a compose file, in which variables are filled in',
      { 'compose.yaml': 'services:\n  web:\n    build: .\n    command: [gunicorn, -w, "${N:-2}", "a:make()"]\n' },
      'gunicorn -w "${N:-2}" \'a:make()\'',
    ],
  ])('gives the line as a shell takes it: %s', (_, texts, line) => {
    expect(gunicornCommands(filesOf(texts))[0]?.line).toBe(line);
  });

  it('knows the variables of a Makefile', () => {
    const [command] = gunicornCommands(
      filesOf({ Makefile: 'PORT ?= 9000\nAPP = shop:app\n\nprod:\n\tgunicorn \\\n\t  --bind :$(PORT) ${APP}\n' }),
    );
    expect(command).toMatchObject({ port: 9000, line: 'gunicorn --bind :${PORT:-9000} shop:app' });
  });

  it('leaves what it cannot place', () => {
    const [command] = gunicornCommands(
      filesOf({ Dockerfile: 'FROM python\nCMD ["sh", "-c", "gunicorn \\"a:b\\""]\n' }),
    );
    expect(command?.app).toEqual({ module: 'a', name: 'b' });
    expect(command?.place).toBeUndefined();
  });
});

describe('configOf', () => {
  const files = filesOf({
    'gunicorn.conf.py': '',
    'config/gunicorn.py': '',
    'deploy/conf': '',
    'web/gunicorn.conf.py': '',
  });
  it.each([
    [undefined, '.', { state: 'there', path: 'gunicorn.conf.py' }],
    [undefined, 'web', { state: 'there', path: 'web/gunicorn.conf.py' }],
    [undefined, 'src', { state: 'default', path: 'src/gunicorn.conf.py' }],
    ['config/gunicorn.py', '.', { state: 'there', path: 'config/gunicorn.py' }],
    ['file:deploy/conf', '.', { state: 'there', path: 'deploy/conf' }],
    ['python:config.gunicorn', '.', { state: 'there', path: 'config/gunicorn.py' }],
    ['/srv/app/config/gunicorn.py', '.', { state: 'there', path: 'config/gunicorn.py' }],
    ['/etc/gunicorn.py', '.', { state: 'elsewhere', name: '/etc/gunicorn.py' }],
    ['../gunicorn.py', '.', { state: 'elsewhere', name: '../gunicorn.py' }],
    ['$CONFIG', '.', { state: 'elsewhere', name: '$CONFIG' }],
  ])('%s in %s', (config, folder, expected) => {
    expect(configOf(files, { config, folder })).toEqual(expected);
  });
});

describe('readGunicornConfig', () => {
  let parser: PythonParser;
  beforeAll(async () => {
    parser = await pythonParser();
  });

  it.each([
    ['# PROMETHEUS_MULTIPROC_DIR comes from the unit\nworkers = 2\n', false],
    ['"""Without PROMETHEUS_MULTIPROC_DIR."""\n', false],
    ['import os\nos.environ.setdefault("prometheus_multiproc_dir", "/x")\n', true],
    ['from conf import PROMETHEUS_MULTIPROC_DIR as x\n', true],
  ])('sees whether code deals with the folder: %j', (text, expected) => {
    expect(readGunicornConfig(parser.parse(text)).sharesMetrics).toBe(expected);
  });

  it.each([
    ['workers = 4', 4],
    ['workers = int(os.environ.get("WEB_CONCURRENCY", "3"))', 3],
    ['workers = int(os.getenv("WEB_CONCURRENCY") or 6)', 6],
    ['workers = os.environ.get("W", 5)', 5],
    ['workers = int(os.environ["W"])', 2],
    ['workers = multiprocessing.cpu_count() * 2 + 1', 2],
    ['workers = None', undefined],
    ['if x:\n    workers = 8', 8],
    ['def f():\n    workers = 8', undefined],
    ['bind = ":80"', undefined],
  ])('%s', (text, workers) => {
    expect(readGunicornConfig(parser.parse(text)).workers).toBe(workers);
  });

  it('reads the other settings', () => {
    const text =
      'worker_class = "gevent"\nthreads = 2\nmax_requests = 1_000\npreload_app = True\nchdir = "web"\nwsgi_app = "a:b()"\nraw_env = ["prometheus_multiproc_dir=/x"]\n';
    expect(readGunicornConfig(parser.parse(text))).toEqual({
      workers: undefined,
      bound: false,
      port: undefined,
      workerClass: 'gevent',
      maxRequests: true,
      chdir: 'web',
      wsgiApp: 'a:b()',
      sharesMetrics: true,
    });
  });
});
