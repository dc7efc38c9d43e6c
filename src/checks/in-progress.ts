import { type Check, CheckError, type Finding } from './check.js';
import { countOf, sumOf } from './counts.js';
import type { Exposition } from './exposition.js';
import { fail, pass, skip } from './finding.js';
import { atRest } from './load.js';
import { requireOneView } from './one-view.js';
import { readScrape } from './open-service.js';
import type { Service, StartedService } from './service.js';

const aborts = 5;
const abortAfterMs = 400;
const backMs = 12_000;
const pollMs = 100;
/** node:cluster loses the connection that it is handing to a process which is dead already; then twice as long each time. */
const scrapeGiveUpMs = 1_500;
/** For one request to the slow path, and for the counting after it. */
const slowestMs = 12_000;
const countedMs = 2_000;
/** Until requests are in progress that were sent just now. */
const arrivalMs = 3_000;

export const inProgress: Check = {
  id: 'in-progress',
  title: 'Requests that are given up come to an end',
  expected:
    'after aborted requests, and after the death of a worker with --kill-worker, the gauge of requests in progress is what it was; aborted requests are counted',
  needsRest: true,
  disturbs: true,
  limitSeconds: 50,
  cannotRun: ({ options }) =>
    options.slowPath === undefined
      ? 'it needs a path that takes a second or more to answer: --slow-path <path>'
      : undefined,
  async run(service) {
    requireOneView(service);
    const { inProgress: gauge } = service.metrics;
    const before = await atRest(service);
    if (gauge !== undefined && sumOf(before, gauge) < 0) return belowZero(gauge, sumOf(before, gauge));
    const answered = await abortAll(service);
    if (answered !== undefined) return skip(answered);
    const counted = (exposition: Exposition) => service.largestRise(before, exposition);
    const isBack = (exposition: Exposition) =>
      openSince(before, exposition, gauge) <= 0 && counted(exposition) >= aborts;
    let after = await scrapeUntil(service, isBack, backMs);
    let own = 0;
    if (!isBack(after) && (await waitsInLine(service))) {
      own = 1;
      after = await scrapeUntil(service, (exposition) => isBack(exposition) && counted(exposition) > aborts, countedMs);
    }
    const finding = judged(service, openSince(before, after, gauge), counted(after) - own);
    const { started, options } = service;
    if (finding.status !== 'pass' || gauge === undefined || started === undefined || !options.killWorker)
      return finding;
    return afterDeath(service, started, gauge, after, finding);
  },
};

function openSince(before: Exposition, after: Exposition, gauge: string | undefined): number {
  return gauge === undefined ? 0 : sumOf(after, gauge) - sumOf(before, gauge);
}

/**
 * A server of one process finishes one after the other what was begun, whether somebody waits for it or not: when a
 * request of now is answered, those before it are.
 */
async function waitsInLine({ client, options }: Service): Promise<boolean> {
  try {
    await client.request(options.slowPath ?? '/', { timeoutMs: slowestMs });
    return true;
  } catch (error) {
    if (error instanceof CheckError) return false;
    throw error;
  }
}

async function scrapeUntil(
  service: Service,
  isBack: (exposition: Exposition) => boolean,
  longestMs: number,
): Promise<Exposition> {
  const end = performance.now() + longestMs;
  let last: Exposition | undefined;
  for (let timeoutMs = scrapeGiveUpMs; ; ) {
    try {
      last = readScrape(await service.client.fetchMetrics({ timeoutMs }));
      if (isBack(last) || performance.now() > end) return last;
    } catch (error) {
      if (!(error instanceof CheckError) || performance.now() > end) throw error;
      timeoutMs *= 2;
    }
    await service.pause(pollMs);
  }
}

/** Kills a worker that is answering: what it had in progress must not stay. */
async function afterDeath(
  service: Service,
  started: StartedService,
  gauge: string,
  before: Exposition,
  soFar: Finding,
): Promise<Finding> {
  const count = started.workers()?.length ?? 0;
  if (count < 2) return soFar;
  const path = service.options.slowPath ?? '/';
  const requests = Array.from({ length: 2 * count }, () => service.client.request(path));
  const ended = Promise.allSettled(requests);
  await service.pause(abortAfterMs);
  await untilBusy(service, (exposition) => openSince(before, exposition, gauge) > 0);
  const [victim] = started.workers() ?? [];
  if (victim !== undefined) started.kill(victim, 'SIGKILL');
  await ended;
  const after = await scrapeUntil(service, (exposition) => openSince(before, exposition, gauge) <= 0, backMs);
  const open = openSince(before, after, gauge);
  const measured = `${soFar.measured}; a killed worker: ${gauge} ${signed(open)}`;
  if (open === 0) return pass(measured);
  return fail(
    measured,
    'What a dead worker had in progress stays in the gauge for ever, and sum() over it climbs with every death: gauges are to be added up over living workers only (prometheus_client: multiprocess_mode="livesum" and mark_process_dead in child_exit).',
  );
}

/** Waits until requests have arrived, as far as that can be seen: workers that are all busy answer no scrape. */
async function untilBusy(service: Service, isBusy: (exposition: Exposition) => boolean): Promise<void> {
  for (const end = performance.now() + arrivalMs; performance.now() < end; await service.pause(pollMs)) {
    try {
      if (isBusy(readScrape(await service.client.fetchMetrics({ timeoutMs: abortAfterMs })))) return;
    } catch (error) {
      if (error instanceof CheckError) return;
      throw error;
    }
  }
}

/** Sends the requests, and closes each connection before its answer; says so where that came earlier. */
async function abortAll({ client, options }: Service): Promise<string | undefined> {
  const path = options.slowPath ?? '/';
  const answers = await Promise.all(Array.from({ length: aborts }, () => client.request(path, { abortAfterMs })));
  const first = answers.find(({ status }) => status !== 0);
  if (first === undefined) return undefined;
  const time = `${path} answered ${first.status} after ${Math.round(first.seconds * 1000)} ms`;
  return `${time}, before it could be aborted: give --slow-path a path that takes a second or more to answer`;
}

function judged({ metrics }: Service, open: number, counted: number): Finding {
  const { inProgress: gauge, counter } = metrics;
  const state = gauge === undefined ? 'there is no gauge of requests in progress' : `${gauge} ${signed(open)}`;
  const measured = `${countOf(aborts, 'aborted request')}: ${state}, ${counter} ${signed(counted)}`;
  if (open > 0) {
    return fail(
      measured,
      'The gauge keeps every client that went away: sum() over it only ever climbs, and an alert on it rings for good. An aborted response emits close, and never finish: count down on close.',
    );
  }
  if (open < 0) return belowZero(gauge ?? '', open);
  if (counted < aborts) {
    return fail(
      measured,
      'Requests that the client gave up are in no metric: rate() and the latencies look best when the service is at its slowest. An aborted response emits close, and never finish: count on close (status 499 when nothing was sent).',
    );
  }
  if (counted > aborts)
    return fail(
      measured,
      'A request that is given up is counted more than once, so rate() is too high: count on close only.',
    );
  return pass(measured);
}

function belowZero(gauge: string, value: number): Finding {
  return fail(
    `${gauge} is ${value}`,
    'The gauge is counted down twice for one request: sum() over it falls below zero, and hides what is in progress. Both finish and close do it: one is enough.',
  );
}

function signed(number: number): string {
  return number < 0 ? String(number) : `+${number}`;
}
