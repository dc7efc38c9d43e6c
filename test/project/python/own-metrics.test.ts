import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PythonParser, pythonParser } from '../../../src/languages/python/parse.js';
import type { FoundMetrics } from '../../../src/project/declared-metrics.js';
import { pythonCode } from '../../../src/project/python/code.js';
import { findPythonOwnMetrics } from '../../../src/project/python/own-metrics.js';
import { writeFiles } from '../../cli/support/folders.js';
import { pythonEnvironment } from '../../support/python-env.js';
import { filesOf } from '../../targets/python/files.js';

let parser: PythonParser;
beforeAll(async () => {
  parser = await pythonParser();
});

/** What the generated package has, as far as other code imports it. */
const generated = {
  'shop/__init__.py': '',
  'shop/metrics/__init__.py': '',
  'shop/metrics/exporter.py': 'exporter = _Exporter.for_app_factory()\n',
  'shop/metrics/redis_metrics.py': 'class RedisCounter:\n    pass\n\n\nclass RedisGauge:\n    pass\n',
  'shop/metrics/examples.py': 'from prometheus_client import Counter\nc = Counter("example_total", "An example.")\n',
};

function found(texts: Readonly<Record<string, string>>): FoundMetrics {
  const code = pythonCode(filesOf({ ...generated, ...texts }), parser);
  return findPythonOwnMetrics(code, new Set(Object.keys(generated)), new Set(['http_requests_total']));
}

const declarations = `from prometheus_client import Counter, Enum, Gauge, Histogram, Info, Summary
import prometheus_client as prom
from prometheus_client import Counter as C
import names
from names import LABELS

PREFIX = "shop"
a = Counter("orders", "Orders placed.", ["channel"])
b = Counter(f"{PREFIX}_mails_total", "Mails sent.", labelnames=("kind",))
c = C(name=names.QUEUE + "_done", documentation="Done.", labelnames=LABELS + ["worker"])
d = prom.Gauge("waiting", "Jobs " "that wait.", [], "shop", "jobs", multiprocess_mode="livemax")
e = Gauge("size", "Size.", namespace=PREFIX, subsystem="cart", unit="items")
f = Histogram("report_seconds", "Time.", ["format"], unit="seconds", buckets=(0.1, 1, 1e1, float("inf")))
g = Summary("payload", "Sizes.", unit="bytes")
h = Counter("sent_bytes_total", "Sent.", unit="bytes")


class Jobs:
    NAME = "jobs_running"
    running = Gauge(NAME, "Running.", multiprocess_mode="livesum")


i = Info("build", "None that a panel is made of.")
j = Enum("state", "Neither.", states=["on", "off"])
`;
const names = `QUEUE = "queue"\nLABELS = ["queue"]\n`;

describe('metrics that Python code declares', () => {
  it('have the names, types and labels that the client gives them', async () => {
    const { metrics, problems } = found({ 'shop/own.py': declarations, 'names.py': names });
    expect(problems).toEqual([]);
    const folder = mkdtempSync(join(tmpdir(), 'apm-own-metrics-'));
    try {
      writeFiles(folder, { 'own.py': declarations, 'names.py': names });
      const script = `import json, own
families = [m for m in vars(own).values() if hasattr(m, "_labelnames")] + [own.Jobs.running]
skip = {"info", "stateset"}
print(json.dumps(sorted([m._name + ("_total" if m._type == "counter" else ""), m._type, list(m._labelnames)] for m in families if m._type not in skip)))
`;
      const python = join(await pythonEnvironment('new'), 'python');
      const { stdout } = await execa(python, ['-c', script], { cwd: folder, timeout: 60_000 });
      expect(metrics.map(({ name, type, labels }) => [name, type, labels])).toEqual(JSON.parse(stdout));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    const byName = new Map(metrics.map((metric) => [metric.name, metric]));
    expect(metrics).toHaveLength(9);
    expect(byName.get('shop_jobs_waiting')).toMatchObject({ aggregator: 'livemax', help: 'Jobs that wait.', line: 11 });
    expect(byName.get('shop_cart_size_items')).toMatchObject({ aggregator: 'all', path: 'shop/own.py' });
    expect(byName.get('orders_total')).toMatchObject({ aggregator: undefined, inRedis: false });
  });

  it('are those of the generated exporter and in Redis, too; not what only looks like them', () => {
    const { metrics, problems } = found({
      'shop/views.py': `from collections import Counter
from .metrics.exporter import exporter as metrics

words = Counter("abc")

@metrics.counter("reports", "Reports.", labels={"status": lambda r: r.status_code, 'kind': "x"})
@metrics.gauge("reports_in_progress", "Now.", multiprocess_mode="livesum")
@metrics.histogram("report_duration_seconds", "Time.", buckets=[0.5, 1])
def report():
    statistics.counter("not_ours", "x")
`,
      'shop/shared.py': `from shop.metrics.redis_metrics import RedisCounter, RedisGauge
signups = RedisCounter("signups_total", "Users.", ["plan"])
maintenance = RedisGauge("shared_maintenance", "Maintenance.")
`,
    });
    expect(problems).toEqual([]);
    expect(metrics).toMatchObject([
      { name: 'report_duration_seconds', type: 'histogram', labels: [], inRedis: false },
      { name: 'reports_in_progress', type: 'gauge', aggregator: 'livesum' },
      { name: 'reports_total', type: 'counter', labels: ['status', 'kind'], help: 'Reports.' },
      { name: 'shared_maintenance', type: 'gauge', inRedis: true, aggregator: undefined },
      { name: 'shared_signups_total', type: 'counter', inRedis: true, labels: ['plan'] },
    ]);
  });

  it("are also those in files of the user's in the generated package", () => {
    const { metrics } = found({
      'shop/metrics/orders.py': `from prometheus_client import Counter
from .redis_metrics import RedisGauge
orders = Counter("orders", "Orders.")
stock = RedisGauge("stock", "Stock.")
`,
    });
    expect(metrics.map(({ name, inRedis }) => [name, inRedis])).toEqual([
      ['orders_total', false],
      ['shared_stock', true],
    ]);
  });

  it('leaves tests, the generated package and environments out', () => {
    const text = 'from prometheus_client import Counter\nx = Counter("x_total", "X.")\n';
    const { metrics } = found({ 'tests/a.py': text, 'shop/test_b.py': text, 'venv/lib/c.py': text });
    expect(metrics).toEqual([]);
  });

  it.each([
    ['def make(name):\n    return Counter(name, "X.")', 'the name of this counter is known only when the code runs', 3],
    ['x = Counter(*options)', 'the name of this counter is known only when the code runs', 2],
    ['x = Counter("a-b", "X.")', '"a-b_total" is not a metric\'s name', 2],
    ['x = Counter("a", "X.", labels())', 'the labels of a_total are known only when the code runs', 2],
    ['x = Counter("a", "X.", "method")', 'the labels of a_total are one text', 2],
    ['x = Counter("a", "X.", ["a b"])', '"a b", of a_total, is not a label\'s name', 2],
    ['x = Histogram("a", "X.", ["le"])', '"le", of a, is not a label\'s name', 2],
    ['N = "a"\nN = "b"\nx = Counter(N, "X.")', 'the name of this counter is known only when the code runs', 4],
    [
      'x = Counter("a", "X.", ["b"])\ny = Counter("a", "X.", ["c"])',
      'a_total has the labels c here and b in own.py:2',
      3,
    ],
    ['x = Gauge("a_total", "X.")\ny = Counter("a", "X.")', 'a_total is a counter here and a gauge in own.py:2', 3],
  ])('reports %s', (lines, reason, line) => {
    const { problems } = found({ 'own.py': `from prometheus_client import Counter, Gauge, Histogram\n${lines}\n` });
    expect(problems).toMatchObject([{ path: 'own.py', line, reason: expect.stringContaining(reason) }]);
  });

  it('tells of a name that the default metrics have', () => {
    const text = 'from prometheus_client import Counter\nx = Counter("http_requests", "X.")\n';
    const { metrics, clashing } = found({ 'own.py': text });
    expect([metrics, clashing]).toMatchObject([[], [{ name: 'http_requests_total', path: 'own.py', line: 2 }]]);
  });
});
