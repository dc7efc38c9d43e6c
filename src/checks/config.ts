import { relative } from 'node:path';
import { execa } from 'execa';
import { type Check, CheckError, type Finding } from './check.js';
import { countOf } from './counts.js';
import { fail, pass, skip, warn } from './finding.js';
import { type Dashboard, filledIn, findMonitoringFiles, type MonitoringFiles } from './monitoring-files.js';
import { findProgram } from './program.js';
import { PrometheusApi } from './prometheus/api.js';
import type { Service } from './service.js';

const promtoolMs = 20_000;

export const config: Check = {
  id: 'config',
  title: 'Configuration, rules and dashboards are sound',
  expected: 'promtool accepts the files in monitoring/; every query of the dashboards returns data',
  needsRest: false,
  disturbs: false,
  offline: true,
  limitSeconds: 45,
  cannotRun: ({ options }) =>
    findMonitoringFiles(options.dir) === undefined ? 'there is no monitoring/ folder in the target' : undefined,
  async run(service) {
    const files = findMonitoringFiles(service.options.dir);
    if (files === undefined) return skip('there is no monitoring/ folder');
    const { configs, rules, tests, dashboards } = files;
    if ([configs, rules, tests, dashboards].every(({ length }) => length === 0)) {
      return skip('nothing in monitoring/ is for Prometheus, or a dashboard of it');
    }
    const promtool = findProgram('promtool');
    if (promtool === undefined && service.options.prometheus === undefined) {
      return skip('it needs promtool on the PATH (Debian: the package prometheus), or --prometheus <url>');
    }
    const checked = promtool === undefined ? pass('no promtool') : await withPromtool(service, promtool, files);
    if (checked.status !== 'pass') return checked;
    return withPrometheus(service, files.dashboards, checked.measured);
  },
};

async function withPromtool(service: Service, promtool: string, files: MonitoringFiles): Promise<Finding> {
  // The file with the token is never there in a repository, and a mounted one not on this machine.
  const runs = [
    ...files.configs.map((file) => ({ file, args: ['check', 'config', '--syntax-only', file] })),
    ...files.rules.map((file) => ({ file, args: ['check', 'rules', file] })),
    ...files.tests.map((file) => ({ file, args: ['test', 'rules', file] })),
  ];
  for (const { file, args } of runs) {
    const { failed, timedOut, stdout, stderr } = await execa(promtool, args, {
      reject: false,
      timeout: promtoolMs,
      stdin: 'ignore',
      cancelSignal: service.signal,
    });
    service.signal.throwIfAborted();
    // A machine that is busy says nothing about the file.
    if (timedOut) return skip(`promtool ${args.slice(0, 2).join(' ')} took more than ${promtoolMs / 1000} s`);
    if (failed) {
      return fail(
        `promtool ${args.slice(0, 2).join(' ')} refuses ${relative(service.options.dir, file)}: ${lastWords(stderr || stdout)}`,
        'Prometheus does not start with such a file, or goes on with the old one after a reload. Mend the line that promtool names.',
      );
    }
  }
  const { configs, rules, tests } = files;
  return pass(
    `promtool takes ${countOf(configs.length, 'configuration')}, ${countOf(rules.length, 'rule file')}, ${countOf(tests.length, 'rule test')}`,
  );
}

async function withPrometheus(service: Service, dashboards: readonly Dashboard[], soFar: string): Promise<Finding> {
  const { prometheus, scrapeIntervalSeconds, dir } = service.options;
  if (prometheus === undefined) return pass(`${soFar}; dashboard queries not tried (no --prometheus)`);
  const api = new PrometheusApi(new URL(prometheus), service.signal);
  const empty: string[] = [];
  const all = dashboards.flatMap(({ file, queries, variables }) =>
    queries.map(({ panel, expression }) => ({
      panel,
      where: `${relative(dir, file)}, panel "${panel}"`,
      expression: filledIn(expression, variables, scrapeIntervalSeconds),
    })),
  );
  for (const { panel, where, expression } of all) {
    const answer = await askQuery(api, expression);
    if (typeof answer === 'string') return fail(`${where}: ${answer}`, 'The panel shows an error. Mend its query.');
    if (answer === 0) empty.push(panel);
  }
  const asked = all.length;
  const measured = `${soFar}; ${asked - empty.length} of ${asked} dashboard queries return data`;
  if (empty.length === 0) return pass(measured);
  const named = `${measured}; nothing for ${[...new Set(empty)].slice(0, 5).join(', ')}`;
  const hint =
    'A panel without data tells nobody whether all is well. Let the rules be loaded and the service have traffic for some minutes; then see whether that Prometheus has the metrics and labels that the query names.';
  return empty.length === asked ? fail(named, hint) : warn(named, hint);
}

/** How many series a query gives, or what is wrong with it. */
async function askQuery(api: PrometheusApi, expression: string): Promise<number | string> {
  try {
    return (await api.query(expression)).length;
  } catch (error) {
    if (error instanceof CheckError) return error.message;
    throw error;
  }
}

function lastWords(text: string): string {
  return text.trim().split('\n').slice(-2).join(' ').replace(/\s+/g, ' ').slice(0, 300);
}
