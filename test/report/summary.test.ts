import { expect, test } from 'vitest';
import { catalogueFor } from '../../src/metrics/catalogue.js';
import { checklistFor } from '../../src/report/checklist.js';
import { paintFor } from '../../src/report/paint.js';
import { changedFiles, checklistText, manualSteps } from '../../src/report/summary.js';

const paint = paintFor({ isTTY: false }, {});

test('changedFiles names each file with what happens to it', () => {
  const change = { kind: 'edited', before: 'x', after: 'x' } as const;
  expect(
    changedFiles(
      [
        { ...change, path: 'new.js', before: null },
        { ...change, path: 'app.js' },
        { ...change, path: 'old.js', after: null },
      ],
      paint,
    ),
  ).toBe('  create new.js\n  update app.js\n  delete old.js');
});

test('manualSteps shows the lines to add, indented', () => {
  expect(manualSteps([{ path: 'app.js', reason: 'two apps', snippet: 'one\n  two' }], paint)).toBe(
    'app.js: two apps\n    one\n      two',
  );
  expect(manualSteps([{ path: 'app.js', reason: 'was edited', snippet: '' }], paint)).toBe('app.js: was edited');
});

test('the checklist can be pasted, with the port and the names that were chosen', () => {
  const answers = {
    appTag: 'x',
    entry: 'a.js',
    workers: 1,
    redis: false,
    metricsPath: '/prom',
    client: 'prom-client',
  } as const;
  const planned = {
    catalogue: catalogueFor({ flavour: 'node', multiprocess: false, redis: false }),
    port: { port: 8080, path: 'Dockerfile' },
    start: undefined,
  };
  const start = { byHand: 'npm start', withPort: 'npm start' };
  const shared = checklistFor(answers, start, planned);
  expect(shared.map(({ id }) => id)).toEqual(['start', 'exposed', 'exact', 'same-view', 'self', 'verify']);
  expect(shared.at(-1)?.command).toBe(
    "npx add-prom-metrics verify --start 'npm start' --url http://localhost:8080/prom",
  );
  expect(shared[0]?.command).toBe('npm start');
  expect(shared[0]?.title).toBe('Start the service');
  expect(shared[1]?.command).toContain('http://localhost:8080/prom ');
  const prefixed = catalogueFor({ flavour: 'node', prefix: 'x_', multiprocess: false, redis: false });
  const own = checklistFor({ ...answers, metricsPort: 9464 }, start, { ...planned, catalogue: prefixed });
  expect(own[1]?.command).toContain('http://localhost:9464/prom ');
  expect(own[2]?.command).toContain("grep '^x_http_requests_total'");
  expect(own[2]?.command).toContain('http://localhost:8080/ ');
  expect(own.at(-1)?.command).toContain('--url http://localhost:9464/prom --app-url http://localhost:8080/');
  expect(checklistText(shared, paint)).toMatch(/^ {2}1\. Start the service.*\n {5}npm start\n {2}2\. /);

  const flask = catalogueFor({ flavour: 'flask-exporter', multiprocess: false, redis: false });
  const tokened = checklistFor({ ...answers, metricsToken: true }, start, {
    catalogue: flask,
    port: { port: 3000, path: undefined },
    start: { command: ['docker', 'compose', '-f', 'my compose.yaml', 'up'], grafanaPort: 3002 },
  });
  expect(tokened[0]?.title).toContain('so 3000 is assumed: --port <port> sets it');
  expect(tokened[4]?.command).toBe(
    `curl -s -H "Authorization: Bearer $METRICS_TOKEN" http://localhost:3000/prom | grep 'url_rule="/prom"'`,
  );
  expect(tokened[5]).toEqual({
    id: 'monitoring',
    title: 'With Prometheus beside it, and Grafana at http://localhost:3002',
    command: "docker compose -f 'my compose.yaml' up",
  });
});
