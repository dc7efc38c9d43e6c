import { selector } from '../monitoring/promql.js';
import { type Check, CheckError, type Finding } from './check.js';
import { isLoopback } from './client.js';
import { countOf } from './counts.js';
import { fail, pass, skip, warn } from './finding.js';
import { inFrontHint, isInFront } from './in-front.js';
import { findProgram } from './program.js';
import { PrometheusApi, type QuerySample, type ScrapeTarget } from './prometheus/api.js';
import { type LocalPrometheus, startPrometheus } from './prometheus/server.js';
import type { Service } from './service.js';

const perSecond = 20;
/** Requests under way at the same time, at most. */
const lanes = 8;
const tolerance = 0.05;
/** Of our own Prometheus. */
const ownInterval = 1;
const firstScrapeMs = 20_000;
/** Above it, four intervals of load are more than a check may ask for. */
const longestInterval = 30;

export const rate: Check = {
  id: 'rate',
  title: 'Prometheus sees the rate that was sent',
  expected: `sum(rate()) within ${tolerance * 100} % of what was sent, resets() is 0`,
  needsRest: true,
  disturbs: false,
  limitSeconds: 240,
  cannotRun: ({ options }) =>
    options.prometheus === undefined && findProgram('prometheus') === undefined
      ? 'it needs a Prometheus: --prometheus <url> of one that scrapes the service, or a `prometheus` program on the PATH'
      : undefined,
  async run(service) {
    const { options, signal } = service;
    if (options.prometheus === undefined) return withOwn(service);
    const api = new PrometheusApi(new URL(options.prometheus), signal);
    const view = await findTarget(service, api);
    return 'reason' in view ? skip(view.reason) : measure(service, api, view);
  },
};

/** How the service looks in a Prometheus. */
interface View {
  readonly intervalSeconds: number;
  /** Labels that every series of it has there. */
  readonly labels: Readonly<Record<string, string>>;
}

async function withOwn(service: Service): Promise<Finding> {
  const program = findProgram('prometheus');
  if (program === undefined) return skip('there is no `prometheus` program');
  const { url, local, signal, pause } = service;
  const job = { url, token: process.env['METRICS_TOKEN'], intervalSeconds: ownInterval, trustAny: local };
  const prometheus: LocalPrometheus = await startPrometheus(program, job, signal, pause);
  try {
    await firstScrape(service, prometheus.api);
    return await measure(service, prometheus.api, { intervalSeconds: ownInterval, labels: {} });
  } finally {
    prometheus.stop();
  }
}

async function firstScrape({ metrics, pause }: Service, api: PrometheusApi): Promise<void> {
  const end = performance.now() + firstScrapeMs;
  for (;;) {
    const [target] = await api.targets();
    if (target?.health === 'down')
      throw new CheckError(`Prometheus cannot scrape: ${target.lastError}`, 'See exposed.');
    if ((await api.query(`count(${metrics.counter})`)).length > 0) return;
    if (performance.now() > end)
      throw new CheckError(`Prometheus has no ${metrics.counter} after its first scrapes`, 'See exposed.');
    await pause(200);
  }
}

/** The target that is our service, by address; else the only job that has the counter. */
async function findTarget({ url, metrics }: Service, api: PrometheusApi): Promise<View | { reason: string }> {
  const targets = await api.targets();
  const same = targets.find((target) => isSame(target, url));
  const series = await api.query(`count by (job, instance) (${metrics.counter})`);
  const only = series.length === 1 ? targets.find((target) => hasLabels(target, series[0])) : undefined;
  // In a network of containers it has another name there; on this machine it would not.
  const found = same ?? (only !== undefined && isElsewhere(only) ? only : undefined);
  if (found === undefined) {
    const others = targets.map(({ scrapeUrl }) => scrapeUrl).slice(0, 3);
    return { reason: `that Prometheus does not scrape ${url.href}; its targets are ${others.join(', ') || 'none'}` };
  }
  if (found.health !== 'up') return { reason: `that Prometheus cannot scrape it: ${found.lastError || found.health}` };
  const { intervalSeconds, labels } = found;
  if (!(intervalSeconds <= longestInterval)) {
    return {
      reason: `that Prometheus scrapes every ${intervalSeconds} s; above ${longestInterval} s the load would be too long`,
    };
  }
  const { job = '', instance = '' } = labels;
  return { intervalSeconds, labels: { job, instance } };
}

function isSame({ scrapeUrl }: ScrapeTarget, url: URL): boolean {
  if (!URL.canParse(scrapeUrl)) return false;
  const target = new URL(scrapeUrl);
  const host = ({ hostname, port, protocol }: URL) =>
    `${hostname.replace(/^(?:127\.0\.0\.1|\[::1\])$/, 'localhost')}:${port || protocol}`;
  return host(target) === host(url) && target.pathname === url.pathname;
}

function isElsewhere({ scrapeUrl }: ScrapeTarget): boolean {
  return URL.canParse(scrapeUrl) && !isLoopback(new URL(scrapeUrl));
}

function hasLabels({ labels }: ScrapeTarget, sample: QuerySample | undefined): boolean {
  return sample !== undefined && ['job', 'instance'].every((label) => labels[label] === sample.labels[label]);
}

/** Sends an even load, and asks near its end what the rate was. */
async function measure(service: Service, api: PrometheusApi, view: View): Promise<Finding> {
  const window = Math.max(10, Math.ceil(4 * view.intervalSeconds));
  const load = await steadyLoad(service, window + 3 * view.intervalSeconds + 1);
  // The last scrapes of the window may still be under way.
  const time = load.end - 0.5;
  await service.pause(1_000);
  const within = (times: readonly number[]) =>
    times.filter((one) => one > time - window && one <= time).length / window;
  const sent = within(load.answers.map(({ time }) => time));
  const inFront = load.answers.filter(({ status }) => isInFront(status));
  const early = within(inFront.map(({ time }) => time));
  // One without an answer may be counted or not.
  const lost = within(load.failed);
  const counted = service.seriesOf(load.answers.map(({ status }) => status));
  const sum = async (wrap: (one: string) => string, range: number) => {
    const total = async (labels: readonly Labels[]) => {
      const queries = labels.map((own) => `sum(${wrap(`${selectorOf(service, own, view)}[${range}s]`)})`);
      const values = await Promise.all(queries.map((query) => api.query(query, time)));
      return values.flat().reduce((all, { value }) => all + value, 0);
    };
    const others = await total(counted.without);
    return (await total(counted.labels.length === 0 ? [{}] : counted.labels)) - others;
  };
  const seen = await sum((one) => `rate(${one})`, window);
  const resets = await sum((one) => `resets(${one})`, Math.ceil(load.seconds));
  const isRight = (rate: number) => seen >= rate * (1 - tolerance) && seen <= (rate + lost) * (1 + tolerance);
  const failed = load.failed.length === 0 ? '' : ` (${countOf(load.failed.length, 'other')} without an answer)`;
  const measured = `${sent.toFixed(1)} requests/s sent${failed}, rate() ${seen.toFixed(1)} (${percent(seen / sent - 1)}), resets() ${resets}, over ${window} s of ${countOf(load.answers.length, 'request')}`;
  if (sent > 0 && isRight(sent) && resets === 0) return pass(measured);
  // Where it begins to limit within the window, that lies between two scrapes.
  const blur = sent * (tolerance + view.intervalSeconds / window) + lost;
  if (early > 0 && Math.abs(seen - (sent - early)) <= blur && resets === 0) {
    return warn(`${measured}; ${inFront.length} were answered in front of what counts`, inFrontHint);
  }
  return fail(measured, whatIsWrong(service, resets));
}

function whatIsWrong({ several }: Service, resets: number): string {
  if (resets > 0) {
    return 'Prometheus met totals that fell, and took each for a restart: every fall adds the whole total again. See same-view and monotone.';
  }
  if (several !== undefined) {
    return 'Prometheus keeps its connection, and sees the registry of one worker; when it connects again, it meets another one, and takes the difference for requests or for a reset. See same-view.';
  }
  return 'What Prometheus computes is not what was sent: requests are lost or counted twice (see exact), or the scrape shows old values.';
}

type Labels = Readonly<Record<string, string>>;

/** Series of the counter; target labels hide those of the same name. */
function selectorOf({ metrics }: Service, own: Labels, { labels }: View): string {
  const kept = Object.entries(own).filter(([label]) => !['job', 'instance', 'application'].includes(label));
  return selector(metrics.counter, { ...Object.fromEntries(kept), ...labels });
}

interface SteadyLoad {
  readonly answers: readonly { readonly status: number; readonly time: number }[];
  /** When others failed; all times in seconds since 1970. */
  readonly failed: readonly number[];
  readonly end: number;
  readonly seconds: number;
}

/**
 * Sends requests evenly; to a service that is slower than that, some at a time, as it answers: a queue that grew would be
 * another rate than the one that is sent.
 *
 * @throws CheckError the first failure, when none was answered
 */
async function steadyLoad(service: Service, seconds: number): Promise<SteadyLoad> {
  const start = Date.now();
  const end = start + seconds * 1000;
  const answers: { status: number; time: number }[] = [];
  const failed: number[] = [];
  const failures: unknown[] = [];
  let next = start;
  const lane = async (): Promise<void> => {
    while (next < end && Date.now() < end && (answers.length > 0 || failures.length < lanes)) {
      const due = Math.max(next, Date.now() - 1000 / perSecond);
      next = due + 1000 / perSecond;
      if (due > Date.now()) await service.pause(due - Date.now());
      try {
        const { status } = await service.client.request(service.path);
        answers.push({ status, time: Date.now() / 1000 });
      } catch (error) {
        if (!(error instanceof CheckError)) throw error;
        failed.push(Date.now() / 1000);
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (answers.length === 0) throw failures[0];
  // What is answered after the last was sent is no longer even.
  const last = Math.min(end, Date.now()) / 1000;
  return { answers, failed, end: last, seconds: Date.now() / 1000 - start / 1000 };
}

function percent(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio < 0 ? '−' : '+'}${Math.abs(ratio * 100).toFixed(1)} %` : 'no rate';
}
