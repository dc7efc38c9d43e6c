import { beforeAll, describe, expect, it } from 'vitest';
import { AmbiguousAppError, RefusedError, UsageError } from '../../../../src/errors.js';
import { type PythonParser, pythonParser } from '../../../../src/languages/python/parse.js';
import { locateFlaskApp } from '../../../../src/targets/python/flask/locate.js';
import { filesOf } from '../files.js';

let parser: PythonParser;
beforeAll(async () => {
  parser = await pythonParser();
});

const app = 'from flask import Flask\napp = Flask(__name__)\n';
const factory = 'from flask import Flask\n\n\ndef create_app():\n    app = Flask(__name__)\n    return app\n';

function locate(texts: Readonly<Record<string, string>>, wish: { entry?: string; app?: string } = {}) {
  return locateFlaskApp(filesOf(texts), parser, wish);
}

describe('locateFlaskApp', () => {
  it.each<[string, Record<string, string>, string, number]>([
    ['a variable', { Procfile: 'web: gunicorn shop:app', 'shop.py': app, 'app.py': app }, 'shop.py', 2],
    [
      'a factory that gunicorn calls',
      { Procfile: "web: gunicorn 'shop:create_app()'", 'shop/__init__.py': factory, 'app.py': app },
      'shop/__init__.py',
      5,
    ],
    [
      'a factory that another file calls',
      {
        Procfile: 'web: gunicorn wsgi:application',
        'wsgi.py': 'from shop import create_app as make\napplication = make()\n',
        'shop/__init__.py': factory,
      },
      'shop/__init__.py',
      5,
    ],
    [
      'an import of the app',
      {
        Procfile: 'web: gunicorn wsgi:app',
        'wsgi.py': 'from shop.web import app\n',
        'shop/__init__.py': '',
        'shop/web.py': app,
      },
      'shop/web.py',
      2,
    ],
    [
      'a relative import',
      {
        Procfile: 'web: gunicorn shop.wsgi:app',
        'shop/__init__.py': '',
        'shop/wsgi.py': 'from .main import app\n',
        'shop/main.py': app,
      },
      'shop/main.py',
      2,
    ],
    [
      'an import of everything',
      { Procfile: 'web: gunicorn wsgi:app', 'wsgi.py': 'from shop import *\n', 'shop.py': app },
      'shop.py',
      2,
    ],
    [
      'an app within another one',
      {
        Procfile: 'web: gunicorn wsgi:app',
        'wsgi.py':
          'from werkzeug.middleware.proxy_fix import ProxyFix\nfrom shop import app as inner\napp = ProxyFix(inner.wsgi_app)\n',
        'shop.py': app,
      },
      'shop.py',
      2,
    ],
    [
      'an attribute of an object',
      {
        Procfile: 'web: gunicorn wsgi:app',
        'wsgi.py': 'from server import Server\nserver = Server(1)\napp = server.app\n',
        'server.py':
          'import flask\nclass Server:\n    def __init__(self, n):\n        self.app = flask.Flask(__name__)\n',
      },
      'server.py',
      4,
    ],
    [
      'a method that makes it',
      {
        Procfile: 'web: gunicorn wsgi:app',
        'wsgi.py': 'from factory import Factory\napp = Factory().make()\n',
        'factory.py': 'from flask import Flask\nclass Factory:\n    def make(self):\n        return Flask(__name__)\n',
      },
      'factory.py',
      4,
    ],
    [
      'a subclass elsewhere',
      {
        Procfile: 'web: gunicorn wsgi:app',
        'wsgi.py': 'from shop.base import ShopFlask\n\napp = ShopFlask(__name__)\n',
        'shop/base.py': 'import flask\nclass Base(flask.Flask): pass\nclass ShopFlask(Base): pass\n',
      },
      'wsgi.py',
      3,
    ],
    [
      'a subclass of a package',
      { Procfile: 'web: gunicorn wsgi:app', 'wsgi.py': 'from apiflask import APIFlask\napp = APIFlask(__name__)\n' },
      'wsgi.py',
      2,
    ],
    [
      'Connexion',
      {
        Procfile: 'web: gunicorn wsgi:app',
        'wsgi.py': 'import connexion\nc = connexion.FlaskApp(__name__)\napp = c.app\n',
      },
      'wsgi.py',
      2,
    ],
    [
      'a helper within the factory',
      {
        Procfile: "web: gunicorn 'shop:create_app()'",
        'shop/__init__.py': 'from .core import new_app\ndef create_app():\n    app = new_app()\n    return app\n',
        'shop/core.py':
          'from flask import Flask\ndef new_app():\n    flask_app = Flask(__name__)\n    return flask_app\n',
      },
      'shop/core.py',
      3,
    ],
    [
      'a folder that is changed to',
      { Procfile: 'web: gunicorn --chdir src shop:app', 'src/shop.py': app, 'shop.py': 'app = None\n' },
      'src/shop.py',
      2,
    ],
    [
      'a path for Python',
      { Procfile: 'web: gunicorn --pythonpath lib,src shop:app', 'src/shop.py': app },
      'src/shop.py',
      2,
    ],
    [
      'the app that a config names',
      { Procfile: 'web: gunicorn -c conf.py', 'conf.py': 'wsgi_app = "shop:app"\n', 'shop.py': app, 'app.py': app },
      'shop.py',
      2,
    ],
    [
      'an app that a function makes global',
      {
        Procfile: 'web: gunicorn shop:app',
        'shop.py': 'import flask\napp = None\ndef init():\n    global app\n    app = flask.Flask("x")\ninit()\n',
      },
      'shop.py',
      5,
    ],
    [
      'FLASK_APP',
      { '.flaskenv': 'FLASK_APP=shop/server.py\n', 'run.sh': 'flask run\n', 'shop/server.py': app, 'app.py': app },
      'shop/server.py',
      2,
    ],
    [
      'FLASK_APP of .flaskenv, which no command needs',
      { '.flaskenv': 'FLASK_APP=shop/server.py\n', 'shop/server.py': app, 'app.py': app },
      'shop/server.py',
      2,
    ],
    [
      'the Procfile’s web of several',
      { Procfile: 'admin: gunicorn admin:app\nweb: gunicorn shop:app\n', 'shop.py': app, 'admin.py': app },
      'shop.py',
      2,
    ],
    [
      'what the image runs, and not a script that nothing calls',
      {
        'run.sh': '#!/bin/sh\nexec gunicorn dev:app\n',
        Dockerfile: 'FROM python\nCOPY . .\nCMD gunicorn shop:app\n',
        'shop.py': app,
        'dev.py': app,
      },
      'shop.py',
      2,
    ],
    [
      'flask --app',
      {
        Dockerfile: 'FROM python\nCMD ["flask", "--app", "shop:create_app", "run"]\n',
        'shop/__init__.py': factory,
        'app.py': app,
      },
      'shop/__init__.py',
      5,
    ],
    [
      'a script',
      { Dockerfile: 'FROM python\nCMD ["python", "server.py"]\n', 'server.py': app, 'app.py': app },
      'server.py',
      2,
    ],
    [
      'the usual names',
      {
        'wsgi.py': 'from shop import create_app\napp = create_app()\n',
        'shop/__init__.py': factory,
        'tests/app.py': app,
        'other.py': app,
      },
      'shop/__init__.py',
      5,
    ],
    [
      'the only one of all files',
      { 'backend/service/core.py': app, 'examples/a.py': app, 'tests/test_a.py': app },
      'backend/service/core.py',
      2,
    ],
    [
      'the app of a package in a folder',
      {
        Procfile: 'web: cd backend && gunicorn service:app',
        'backend/service/__init__.py': 'from service.core import app\n',
        'backend/service/core.py': app,
        'service.py': '',
      },
      'backend/service/core.py',
      2,
    ],
  ])('%s', (_, texts, entry, line) => {
    const found = locate(texts);
    expect([found.entry, found.app.line]).toEqual([entry, line]);
  });

  it('tells the module, the start and the command', () => {
    const found = locate({
      Procfile: 'web: gunicorn -w 3 wsgi',
      'wsgi.py': 'from shop.web import application\n',
      'shop/__init__.py': '',
      'shop/web/__init__.py': app.replace('app', 'application'),
    });
    expect(found).toMatchObject({
      entry: 'shop/web/__init__.py',
      start: 'wsgi.py',
      module: 'shop.web',
      command: { workers: 3 },
    });
  });

  it('takes the file and the name that the user says', () => {
    const two = 'from flask import Flask\npublic = Flask("a")\nadmin = Flask("b")\n';
    expect(locate({ 'a.py': app, 'b.py': app }, { entry: 'b.py' }).entry).toBe('b.py');
    expect(locate({ 'a.py': two }, { app: 'admin' }).app.line).toBe(3);
    expect(
      locate(
        { 'wsgi.py': 'from shop import create_app\napp = create_app()\n', 'shop.py': factory },
        { entry: 'wsgi.py' },
      ).entry,
    ).toBe('shop.py');
    expect(() => locate({ 'a.py': two }, { app: 'other' })).toThrow(UsageError);
    expect(() => locate({ 'a.py': two }, { entry: 'c.py' })).toThrow(UsageError);
  });

  it('asks which of several apps serves', () => {
    const two = 'from flask import Flask\npublic = Flask("a")\nadmin = Flask("b")\n';
    const attempt = () => locate({ 'a.py': two });
    expect(attempt).toThrow(AmbiguousAppError);
    expect(attempt).toThrow('a.py:2 (public), a.py:3 (admin)');
    expect(() => locate({ 'a.py': app, 'b.py': app })).toThrow(/a\.py:2.*b\.py:2/);
  });

  it('asks which of several services it is', () => {
    const compose =
      'services:\n  admin:\n    build: .\n    command: gunicorn admin:app\n  api:\n    build: .\n    command: gunicorn -w 3 api:app\n';
    const texts = { 'compose.yaml': compose, 'admin.py': app, 'api.py': app };
    expect(() => locate(texts)).toThrow(AmbiguousAppError);
    expect(() => locate(texts)).toThrow('admin.py:2 (app), api.py:2 (app)');
    expect(locate(texts, { entry: 'api.py' })).toMatchObject({ entry: 'api.py', command: { workers: 3 } });
    const two = 'from flask import Flask\npublic = Flask("a")\nadmin = Flask("b")\n';
    const oneFile = { 'compose.yaml': compose.replace('admin:app', 'shop:admin').replace('api:app', 'shop:public') };
    expect(() => locate({ ...oneFile, 'shop.py': two })).toThrow(/--app|shop\.py:3 \(admin\), shop\.py:2 \(public\)/);
    const found = locate({ ...oneFile, 'shop.py': two }, { app: 'public' });
    expect(found).toMatchObject({ app: { line: 2 }, command: { workers: 3 } });
  });

  it('refuses where there is none, and says where a file is broken', () => {
    expect(() => locate({ 'a.py': 'print(1)\n' })).toThrow(RefusedError);
    const broken = { 'a.py': 'from flask import Flask\nclass (\n  app = [Flask(\n' };
    expect(() => locate(broken)).toThrow(/^No Flask app was found\. a\.py, line \d: /);
  });

  it('finds the lines that the user has written', () => {
    const text =
      'from flask import Flask\nfrom .prom_metrics import instrument as i\n\ndef f(): return i(Flask(__name__))\n';
    const found = locate({ 'shop/__init__.py': text }, { entry: 'shop/__init__.py' });
    expect(found.app).toEqual({ module: '.prom_metrics', line: 4 });
    expect(locate({ 'shop/__init__.py': text }).app).toEqual({ module: '.prom_metrics', line: 4 });
  });

  it('finds them where it has found no app, or several, without being told the file', () => {
    const wire = (text: string) => `from .metrics import instrument\n${text}instrument(app)\n`;
    const unknown = 'from company.base import Base\napp = Base(__name__)\n';
    const shop = { 'shop/__init__.py': '', 'shop/other.py': 'x = 1\n' };
    expect(() => locate({ ...shop, 'shop/app.py': unknown })).toThrow(RefusedError);
    const found = { entry: 'shop/app.py', app: { module: '.metrics', line: 4 } };
    expect(locate({ ...shop, 'shop/app.py': wire(unknown) })).toMatchObject(found);
    const several = { ...shop, 'shop/app.py': wire(app), 'b.py': app, 'c.py': app };
    expect(locate(several)).toMatchObject(found);
    expect(() => locate({ ...several, 'shop/d.py': wire(app) })).toThrow(AmbiguousAppError);
  });

  it('says of the lines to add what is true', () => {
    const reasons = (texts: Readonly<Record<string, string>>) => {
      try {
        return locate(texts);
      } catch (error) {
        return error instanceof RefusedError ? error.manual.map(({ path, reason }) => `${path}: ${reason}`) : error;
      }
    };
    expect(reasons({ 'a.py': app, 'b.py': app })).toEqual([
      'a.py: if it is the app of line 2 that serves',
      'b.py: if it is the app of line 2 that serves',
    ]);
    expect(reasons({ 'a.py': 'print(1)\n' })).toEqual([
      'the file that creates the app: no call in it was recognised as one that creates a Flask app',
    ]);
  });

  it('does not take a module of the user’s for ours', () => {
    const text = 'from flask import Flask\nfrom metrics import instrument\n\napp = Flask(__name__)\ninstrument(app)\n';
    const users = { 'app.py': text, 'metrics.py': 'def instrument(app):\n    app.timer = None\n' };
    expect(locate(users).app).toMatchObject({ name: 'app', line: 4 });
    const ours = { 'app.py': text, 'metrics/__init__.py': '# Made by add-prom-metrics 0.1.0, sha256 0: x\n' };
    expect(locate(ours).app).toEqual({ module: 'metrics', line: 5 });
  });

  it('ends on files that import each other', () => {
    const found = locate({
      Procfile: 'web: gunicorn a:app',
      'a.py': 'from b import app\n',
      'b.py': 'from a import app\n',
      'c.py': app,
    });
    expect(found.entry).toBe('c.py');
  });
});
