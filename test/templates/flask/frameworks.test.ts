import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { gunicornEdits } from '../../../src/targets/python/generate.js';
import { samplesOf, sumOf } from '../../support/exposition.js';
import { send } from '../../support/http-client.js';
import { scrape } from '../../support/traffic.js';
import { counted, createService, eventually, get, workersOf } from './support.js';

const restful = `
from flask import Flask
from flask_restful import Api, Resource
from metrics import instrument
from metrics.exporter import exporter

app = Flask(__name__)
instrument(app)
api = Api(app)
exporter.use_api(api)

class Item(Resource):
    @exporter.counter("items_total", "Items.", labels={"status": lambda response: response.status_code})
    def get(self, number):
        return ("nothing", 404) if number == 404 else "text"

class Boom(Resource):
    def get(self):
        raise RuntimeError("boom")

api.add_resource(Item, "/items/<int:number>")
api.add_resource(Boom, "/boom")
`;

const connexion = `
import connexion
from metrics import instrument

connexion_app = connexion.FlaskApp(__name__, specification_dir=".")
instrument(connexion_app.app)
connexion_app.add_api("openapi.yaml")
app = connexion_app
`;

const views = 'def greet(name):\n    return {"hello": name}\n';

const openapi = `
openapi: 3.0.0
info: { title: greetings, version: '1' }
paths:
  /greet/{name}:
    get:
      operationId: views.greet
      parameters: [{ name: name, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: a greeting } }
`;

describe.concurrent('other frameworks on Flask', () => {
  test('Flask-RESTful, with a decorator around a method of a resource', async (context) => {
    const surroundings = { extension: 'restful' } as const;
    const files = { 'app.py': restful };
    const service = await createService(context, { flavour: 'exporter', environment: 'new', surroundings, files });
    const app = await service.gunicorn(['-w', '2']);
    // As Flask-RESTful answers, and not as Flask would.
    expect((await send(app, { method: 'GET', path: '/items/1' })).body).toBe('"text"\n');
    await get(app, '/items/2', 9);
    await get(app, '/items/404', 2, 404);
    await get(app, '/boom', 2, 500);
    await counted(app, service, 14);
    const exposition = await scrape(app);
    expect(sumOf(exposition, 'items_total', { status: '200' })).toBe(10);
    expect(sumOf(exposition, 'items_total', { status: '404' })).toBe(2);
  });

  test('Flask-RESTful on plain prometheus_client: its errors are exceptions', async (context) => {
    const text = restful.replace(/.*exporter.*\n/g, '');
    const service = await createService(context, { flavour: 'client', environment: 'new', files: { 'app.py': text } });
    const app = await service.gunicorn(['-w', '2']);
    await get(app, '/boom', 3, 500);
    await get(app, '/items/404', 2, 404);
    await counted(app, service, 5);
    expect(sumOf(await scrape(app), 'http_request_exceptions_total')).toBe(3);
  });

  test.for([
    { version: 3, environment: 'new', worker: ['-k', 'uvicorn.workers.UvicornWorker'] },
    { version: 2, environment: 'connexion2', worker: [] },
  ] as const)('Connexion $version', async ({ environment, worker }, context) => {
    const surroundings = { extension: 'connexion' } as const;
    const files = { 'app.py': connexion, 'openapi.yaml': openapi, 'views.py': views };
    const service = await createService(context, { flavour: 'exporter', environment, surroundings, files });
    const app = await service.gunicorn(['-w', '2', ...worker]);
    await get(app, '/greet/ann', 10);
    await counted(app, service, 10);
    const rules = samplesOf(await scrape(app), 'flask_http_request_duration_seconds_count');
    expect(rules.map(({ labels }) => labels['url_rule'])).toEqual(['/greet/<name>']);
  });

  test('the examples with the exporter work', async (context) => {
    const service = await createService(context, {
      flavour: 'exporter',
      environment: 'old',
      files: { 'app.py': 'from metrics.examples import app\nfrom metrics import instrument\ninstrument(app)\n' },
    });
    const app = await service.gunicorn(['-w', '2']);
    await get(app, '/report', 4);
    await get(app, '/events', 4, 204);
    await get(app, '/healthz', 4);
    for (let time = 0; time < 4; time++) await send(app, { method: 'POST', path: '/orders' });
    await counted(app, service, 8);
    const exposition = await scrape(app);
    expect(sumOf(exposition, 'orders_total', { channel: 'web' })).toBe(4);
    expect(sumOf(exposition, 'orders_by_client_total')).toBe(4);
    expect(sumOf(exposition, 'report_duration_seconds_count', { status: '200' })).toBe(4);
    expect(samplesOf(exposition, 'reports_in_progress')).toMatchObject([{ labels: {}, value: 0 }]);
  });

  test('the examples on plain prometheus_client are one truth over several workers, also when they are killed', async (context) => {
    const files = { 'app.py': examples };
    const service = await createService(context, { flavour: 'client', environment: 'new', files });
    const app = await service.gunicorn(['-w', '3', '-k', 'gthread', '--threads', '8']);
    const { pids } = await workersOf(app, 3);
    await get(app, '/order', 20);
    await get(app, '/report', 20);
    for (const length of [3, 9, 4, 2, 1, 5, 6, 7, 8]) await get(app, `/queue/${length}`);
    const jobs = [1, 2, 3, 4].map(() => send(app, { method: 'GET', path: '/job' }).catch(() => undefined));
    const seen = async () => {
      const exposition = await scrape(app);
      const names = ['orders_total', 'report_duration_seconds_count', 'jobs_in_progress'];
      return names.map((name) => sumOf(exposition, name)).join(' ');
    };
    await eventually(async () => (await seen()) === '20 20 4');
    // One series, that of all workers, and not one for each.
    const queue = samplesOf(await scrape(app), 'queue_length');
    expect(queue.map(({ labels }) => labels)).toEqual([{ queue: 'mail' }]);
    expect(queue[0]?.value).toBeGreaterThanOrEqual(8);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await Promise.all(jobs);
    await eventually(() =>
      seen().then(
        (now) => now === '20 20 0',
        () => false,
      ),
    );
    expect(samplesOf(await scrape(app), 'queue_length').map(({ value }) => value)).toEqual([]);
  });
});

const examples = `
import os, time
from flask import Flask
from metrics import instrument
from metrics.examples import do_job, make_report, order_placed, queue_length

app = Flask(__name__)
instrument(app)

@app.route("/pid")
def pid():
    return str(os.getpid())

@app.route("/order")
def order():
    order_placed(from_app=True)
    return "ok"

@app.route("/report")
def report():
    return make_report()

@app.route("/queue/<int:length>")
def queue(length):
    queue_length.labels(queue="mail").set(length)
    return "ok"

@app.route("/job")
def job():
    do_job(lambda: time.sleep(30))
    return "done"
`;

describe.concurrent('an existing gunicorn configuration', () => {
  const own = `"""Ours."""
from __future__ import annotations
#HEAD
import os
from glob import glob  # another meaning than in the hooks
from prometheus_client import Counter

workers = 3
starts = Counter("starts_total", "Starts.")

def note(word):
    with open("hooks.log", "a") as log:
        log.write(word + "\\n")

def on_starting(server):
    note("on_starting")

def post_fork(server, worker):
    note("post_fork %d" % worker.pid)

def child_exit(server, worker):
    note("child_exit %d" % worker.pid)
#TAIL
`;

  test.for([
    { name: 'conf/gunicorn.py', options: ['-c', 'conf/gunicorn.py'] },
    { name: 'conf/gunicorn', options: ['-c', 'conf/gunicorn'] },
    { name: 'config/web.py', options: ['-c', 'python:config.web'] },
  ])('$name keeps its hooks', async ({ name, options }, context) => {
    const { head, tail } = gunicornEdits(name, 'metrics');
    const text = own.replace('#HEAD\n', head).replace('#TAIL\n', tail);
    const service = await createService(context, {
      flavour: 'client',
      environment: 'old',
      surroundings: { gunicornConfig: undefined },
      files: { [name]: text },
    });
    const app = await service.gunicorn(options);
    await get(app, '/', 30);
    await counted(app, service, 30);
    const pid = Number((await send(app, { method: 'GET', path: '/pid' })).body);
    process.kill(pid, 'SIGKILL');
    await get(app, '/', 10);
    process.kill(app.pid, 'SIGHUP');
    await get(app, '/', 10);
    await counted(app, service, 51);
    await app.stop();
    const log = await readFile(path.join(service.folder, 'hooks.log'), 'utf8');
    expect(log.match(/on_starting/g)).toHaveLength(1);
    expect(log).toContain(`post_fork ${pid}`);
    expect(log).toContain(`child_exit ${pid}`);
  });
});
