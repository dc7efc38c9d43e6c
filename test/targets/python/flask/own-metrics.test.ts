import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder, writeFiles } from '../../../cli/support/folders.js';
import { addMetrics, run, runJson } from '../../../cli/support/run.js';

const app = {
  'shop/__init__.py': '',
  'shop/app.py': 'from flask import Flask\n\nfrom . import names\n\napp = Flask(__name__)\n',
  'shop/names.py': 'ORDERS = "orders"\n',
  'requirements.txt': 'flask\ngunicorn\nprometheus-client\n',
  Procfile: 'web: gunicorn -w 2 shop.app:app\n',
};
const own = `from prometheus_client import Counter, Gauge

from .names import ORDERS

orders = Counter(ORDERS, "Orders placed.", ["channel"])
waiting = Gauge("queued_jobs", "Jobs that wait.", multiprocess_mode="livemax")
`;

it('the metrics of the code are in the first dashboard, and what is written later in the renewed one', async () => {
  const root = makeFolder({ ...app, 'shop/own.py': own });
  await addMetrics(root, '--app-tag', 'shop');
  const dashboard = () => readFileSync(join(root, 'monitoring/grafana/dashboards/shop.json'), 'utf8');
  expect(dashboard()).toContain('"title": "orders_total"');
  expect(dashboard()).toContain('"expr": "max(queued_jobs{');
  expect(readFileSync(join(root, 'monitoring/README.md'), 'utf8')).toContain('orders_total');

  const later = `
@exporter.counter("reports", "Reports.", labels={"status": lambda response: response.status_code})
def report():
    pass


def make(name):
    return Counter(name, "X.")
`;
  writeFiles(root, { 'shop/own.py': `from .metrics.exporter import exporter\n${own}${later}` });
  const { exitCode, report } = await runJson(['dashboard', root]);
  expect([exitCode, report.error]).toEqual([0, undefined]);
  expect(report.facts['ownMetricProblems']).toEqual([
    { path: 'shop/own.py', line: 15, reason: 'the name of this counter is known only when the code runs' },
  ]);
  // The project has prometheus_client, and no exporter: there is none to be imported.
  expect(dashboard()).not.toContain('reports_total');

  await addMetrics(root, '--client', 'prometheus_flask_exporter');
  expect(dashboard()).toContain('sum by (status) (rate(reports_total{');
});

it('a name of the default metrics is refused before the client ends the app', async () => {
  const root = makeFolder({ ...app, 'shop/own.py': own.replace('ORDERS,', '"http_requests",') });
  const refused = await runJson(['add', root, '--yes', '--no-install']);
  expect([refused.exitCode, refused.report.changes]).toEqual([2, []]);
  expect(refused.report.error?.message).toContain('declares http_requests_total');
  expect(refused.report.error?.message).toContain('shop/own.py, line 5');
  expect((await run(['add', root, '--yes', '--no-install', '--prefix', 'shop_'])).exitCode).toBe(0);
});
