import type { Check, Finding } from './check.js';
import { countOf, distinct, mostValues, processesOf } from './counts.js';
import { fail, pass, skip } from './finding.js';
import { requireAnswers, scrapeTimes, sendAll } from './load.js';
import { busyPids, readActivity, workingAtRest } from './process/activity.js';
import type { Service } from './service.js';

const idleMs = 1_000;
/** Requests for each process. */
const requestsEach = 40;
const mostRequests = 1_000;
const startMs = 5_000;
const scrapes = 20;

/** Several processes were configured: do they share the work? */
export const workers: Check = {
  id: 'workers',
  title: 'The worker processes share the requests',
  expected: 'at least two processes take part, where more than one is configured',
  needsRest: false,
  disturbs: false,

  cannotRun({ options, started }) {
    const found = started?.workers()?.length ?? 0;
    return options.workers === 1 && found <= 1 ? 'one process is configured' : undefined;
  },

  async run(service) {
    const pids = await startedWorkers(service);
    return pids.length === 0 ? fromOutside(service) : fromInside(service, pids);
  },
};

/** The processes that serve, when as many as configured have started, or some time has passed; empty where unknown. */
async function startedWorkers({ started, options, pause }: Service): Promise<readonly number[]> {
  const end = performance.now() + startMs;
  for (;;) {
    const pids = started?.workers() ?? [];
    if (pids.length === 0 || pids.length >= (options.workers ?? 1) || performance.now() > end) return pids;
    await pause(100);
  }
}

/** Counts who woke up for the requests. */
async function fromInside(service: Service, pids: readonly number[]): Promise<Finding> {
  const { options, path, pause } = service;
  // The command that verify was given may start more than the record knows of.
  const configured = Math.max(options.workers ?? 1, pids.length);
  if (configured === 1) return skip('one process serves, and it is not known that more were meant to');
  const resting = readActivity(pids);
  await pause(idleMs);
  const before = readActivity(pids);
  const tasks = Array.from({ length: Math.min(mostRequests, requestsEach * pids.length) }, () => ({ path }));
  const load = await sendAll(service, tasks);
  requireAnswers(load);
  const after = readActivity(pids);
  if (resting === undefined || before === undefined || after === undefined) return fromOutside(service);
  const busy = busyPids(resting, before, after);
  const working = workingAtRest(resting, before);
  // One that works at rest may have answered, too; the same one twice is no second.
  if (busy.length < 2 && distinct([...busy, ...working]).length >= 2) {
    return skip(
      `${working.length} of ${pids.length} processes work without requests, too: who answers cannot be told by it`,
    );
  }
  return judge(busy.length, `${busy.length} of ${configured} processes took part in ${countOf(load.sent, 'request')}`);
}

/** A service that runs already shows its processes by labels, or by their different start times. */
async function fromOutside(service: Service): Promise<Finding> {
  const samples = (await scrapeTimes(service, scrapes)).flatMap((exposition) => exposition.samples);
  const byLabel = distinct(samples.flatMap(processesOf)).length;
  const starts = samples.filter(({ name }) => /(?:^|_)process_start_time_seconds$/.test(name));
  const seen = Math.max(byLabel, mostValues(starts));
  const measured = `${seen === 1 ? '1 process shows itself' : `${seen} processes show themselves`} in ${scrapes} scrapes`;
  if (seen >= 2) return pass(measured);
  if (byLabel === 0 || (service.options.workers ?? 1) === 1) {
    return skip('nothing in the exposition tells processes apart; with --start they are found by themselves');
  }
  return judge(seen, measured);
}

function judge(busy: number, measured: string): Finding {
  if (busy >= 2) return pass(measured);
  return fail(
    measured,
    'One process does the work of all: sum(rate(process_cpu_seconds_total[5m])) stays below 1 however many there are, and faults ' +
      'that come with several processes cannot show. Let every worker listen on the port, start the service by its launcher (metrics/cluster.js, pm2 -i, ' +
      'gunicorn -w), and look in the log for workers that end at their start.',
  );
}
