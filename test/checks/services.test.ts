import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, test, vi } from 'vitest';
import { requireDebianPackage } from '../support/debian-package.js';
import { idsOf, type MeasureOptions, measure, saidBy, servedFolder, startServed, textOf } from './support/measure.js';

// Services that are broken in one way each: verify fails exactly the checks that it should, and passes the others.

interface Case {
  readonly file: string;
  readonly fails: readonly string[];
  readonly warns?: readonly string[];
  /** What one of the checks says, by its id. */
  readonly says: Readonly<Record<string, RegExp>>;
  readonly options?: MeasureOptions;
  readonly env?: Readonly<Record<string, string>>;
}

/** How a fault shows to who asks Prometheus; one check may name another, that says it; a wrong flag shows nowhere. */
const symptom =
  /rate\(|increase\(|sum|histogram_quantile|quer(?:y|ies)|error ratio|up is|Prometheus|dashboard|alert|same-view|--counter/;

/** What no service here can be asked for: processes that verify has not started, Redis, another host, a Prometheus. */
const never = ['rate', 'workers', 'worker-death', 'restart', 'gauges', 'redis', 'secret'];

const cases: readonly Case[] = [
  {
    file: 'right.js',
    fails: [],
    says: {
      exact: /100 requests to \/items\/1 \(200 × 100\): http_requests_total \+100, http_request_duration_seconds \+100/,
    },
  },
  { file: 'right.js', fails: [], options: { targetPath: undefined }, says: { cardinality: /^pass: .*ids not tried/ } },
  {
    file: 'other-names.js',
    fails: [],
    says: { exposed: /shop_answers_total, shop_latency_seconds \(by its labels\)/, exact: /shop_answers_total \+100/ },
  },
  {
    file: 'other-names.js',
    fails: [],
    options: {
      hints: { counter: 'http_request_exceptions_total', histogram: 'shop_latency_seconds' },
      only: ['exposed'],
    },
    says: { exposed: /http_request_exceptions_total, shop_latency_seconds \(by --counter\)/ },
  },
  {
    file: 'right.js',
    fails: ['exposed'],
    options: { hints: { counter: 'gone_total' }, only: ['exposed'] },
    says: { exposed: /there is no series gone_total, which --counter names/ },
  },
  {
    file: 'plain-counter.js',
    fails: ['errors'],
    says: {
      exposed: /shop_request_count \(by its name, and that it moves\)/,
      errors: /shop_request_count has no label for the status/,
    },
  },
  {
    file: 'misleading.js',
    fails: [],
    says: { errors: /^pass: .*http_request_exceptions_total \+20/, workers: /^skip: nothing .* tells processes apart/ },
  },
  {
    file: 'publishes-late.js',
    fails: [],
    says: { exact: /http_requests_total \+100/, 'same-view': /1 distinct total/ },
  },
  {
    file: 'slow.js',
    fails: [],
    options: { only: ['exact', 'cardinality'], requests: 200 },
    says: {
      exact: /^pass: \d+ requests instead of 200, for it is slow, to/,
      cardinality: /^pass: \d\d ids, \d\d unknown URLs, 8 invented methods, 8 rare methods/,
    },
  },
  {
    file: 'turns-away.js',
    fails: ['exposed'],
    options: { targetPath: undefined, only: ['exposed'] },
    says: { exposed: /\/ answers 401, which it may not count: name a path that it serves with --target-path/ },
  },
  { file: 'openmetrics.js', fails: [], says: { exposed: /^pass: 200, OpenMetrics/ } },
  { file: 'charset-twice.js', fails: ['exposed'], says: { exposed: /charset twice.*Prometheus 3 fails/ } },
  { file: 'wrong-type.js', fails: ['exposed'], says: { exposed: /Content-Type is application\/octet-stream/ } },
  { file: 'no-type.js', fails: ['exposed'], says: { exposed: /no Content-Type/ } },
  { file: 'two-registries.js', fails: ['exposed'], says: { exposed: /twice in one scrape, such as process_/ } },
  {
    file: 'broken-line.js',
    fails: [
      'exposed',
      'exact',
      'same-view',
      'monotone',
      'gauges',
      'cardinality',
      'errors',
      'self',
      'scrape-cost',
      'in-progress',
      'workers',
    ],
    says: { exposed: /line \d+: "undefined" is not a number: queue_length undefined/ },
  },
  {
    file: 'no-requests.js',
    fails: ['exposed', 'exact', 'same-view', 'monotone', 'in-progress', 'errors', 'self'],
    says: { exposed: /no counter or histogram of requests among \d+ families → .*--counter/ },
  },
  {
    file: 'counts-twice.js',
    fails: ['exact', 'in-progress', 'errors'],
    says: {
      exact: /http_requests_total \+200.*more than once/,
      'in-progress': /http_requests_in_progress is -\d+ → .*twice/,
      errors: /\+40/,
    },
  },
  { file: 'histogram-samples.js', fails: ['exact'], says: { exact: /seconds \+50 → Counter and histogram disagree/ } },
  {
    file: 'bucket-lost.js',
    fails: ['exact'],
    says: { exact: /le="\+Inf" is \d+ where _count is \d+.*histogram_quantile/ },
  },
  {
    file: 'four-registries.js',
    fails: ['exact', 'same-view', 'monotone', 'gauges', 'errors', 'in-progress'],
    says: {
      errors: /Mend same-view first/,
      'same-view': /[234] distinct totals in 50 scrapes: .* → Each worker has its own registry.*rate\(\)/,
    },
  },
  { file: 'counter-falls.js', fails: ['monotone'], says: { monotone: /such as jobs_total from 30 to 3 → .*reset/ } },
  {
    file: 'finish-only.js',
    fails: ['in-progress'],
    says: { 'in-progress': /5 aborted requests: http_requests_in_progress \+5.*never finish/ },
  },
  {
    file: 'stays-in-progress.js',
    fails: ['in-progress'],
    options: { only: ['in-progress'] },
    says: { 'in-progress': /http_requests_in_progress \+5, http_requests_total \+5 → The gauge keeps every client/ },
  },
  {
    file: 'misses-aborts.js',
    fails: ['in-progress'],
    options: { only: ['in-progress'] },
    says: { 'in-progress': /http_requests_in_progress \+0, http_requests_total \+0 → .*are in no metric/ },
  },
  { file: 'summed-gauges.js', fails: ['gauges'], says: { gauges: /process_start_time_seconds is 7\d+ → .*added up/ } },
  { file: 'dead-pid.js', fails: ['gauges'], says: { gauges: /no longer runs: pid 4194303/ } },
  {
    file: 'raw-paths.js',
    fails: ['cardinality'],
    says: { cardinality: /http_requests_total\{route="\/items\/731\d+"\}.*pattern of the route/ },
  },
  {
    file: 'raw-unknown-paths.js',
    fails: ['cardinality'],
    says: { cardinality: /route="\/no-such-\w+-\d+".*<unmatched>/ },
  },
  {
    file: 'hashed-paths.js',
    fails: ['cardinality'],
    says: { cardinality: /[1-4]\d\d label sets of http_re\w+ are new/ },
  },
  { file: 'raw-methods.js', fails: [], warns: ['cardinality'], says: { cardinality: /method="\w+".*_OTHER/ } },
  {
    file: 'always-200.js',
    fails: ['errors'],
    says: { errors: /20 requests to \/broken \(500 × 20\): http_requests_total\{status_code="500"\} \+0/ },
  },
  {
    file: 'refusals-are-exceptions.js',
    fails: ['errors'],
    options: { errorPath: '/refused' },
    says: { errors: /\(400 × 20\): http_request_exceptions_total \+20/ },
  },
  {
    file: 'right.js',
    fails: [],
    options: { errorPath: '/refused', only: ['errors'] },
    says: { errors: /^pass: .*exceptions_total \+0/ },
  },
  {
    file: 'counts-scrapes.js',
    fails: ['self'],
    says: { self: /10 scrapes: http_requests_total \+\d+ \(route="\/metrics"\)/ },
  },
  {
    file: 'slow-scrape.js',
    fails: ['scrape-cost'],
    options: { scrapeIntervalSeconds: 1 },
    says: { 'scrape-cost': /p95 [1-9]\d\d ms in \d+ scrapes.*interval is 1 s/ },
  },
  {
    file: 'right.js',
    fails: [],
    options: { only: ['scrape-cost'], scrapeIntervalSeconds: 5 },
    says: { 'scrape-cost': /^pass/ },
  },
  {
    file: 'right.js',
    fails: ['config'],
    options: { dir: path.join(servedFolder, 'unsound') },
    says: { config: /promtool check rules refuses monitoring\/prometheus\/rules\/shop.rules.yml/ },
  },
];

/** A PATH on which promtool is and prometheus is not: the check `rate` has a test of its own. */
let programs: string;

beforeAll(async () => {
  const promtool = await requireDebianPackage('prometheus', 'promtool');
  programs = mkdtempSync(path.join(tmpdir(), 'programs-'));
  if (promtool !== undefined) symlinkSync(promtool, path.join(programs, 'promtool'));
});
afterAll(() => rmSync(programs, { recursive: true, force: true }));

// Each waits more than it works.
vi.setConfig({ maxConcurrency: 12 });

describe('a service that is', () => {
  beforeAll(() => void vi.stubEnv('PATH', programs));
  afterAll(() => void vi.unstubAllEnvs());

  test.concurrent.for(cases.map((one) => [one.file, one.fails.join(', ') || 'nothing', one] as const))(
    '%s fails %s',
    async ([file, , { fails, warns = [], says, options, env }], { expect: check }) => {
      const app = await startServed(file, env);
      try {
        const results = await measure(app.port, options);
        const text = textOf(results);
        check(new Set(idsOf(results, 'fail')), text).toEqual(new Set(fails));
        check(idsOf(results, 'warn'), text).toEqual(warns);
        for (const { status, hint } of results) if (status === 'fail') check(hint).toMatch(symptom);
        for (const [id, words] of Object.entries(says)) check(saidBy(results, id)).toMatch(words);
        // Nothing that could have been judged was left out.
        const skipped = options?.only === undefined ? idsOf(results, 'skip').filter((id) => !never.includes(id)) : [];
        check(skipped, text).toEqual([]);
      } finally {
        await app.stop();
      }
    },
  );
});
