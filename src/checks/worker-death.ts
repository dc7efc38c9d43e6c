import { type Check, CheckError, type Finding } from './check.js';
import { aboutProcess, countOf, distinct, isProcessLabel } from './counts.js';
import type { Exposition, Sample } from './exposition.js';
import { fail, pass, warn } from './finding.js';
import { answeredInFront, inFrontHint } from './in-front.js';
import { requireAnswers, sendAll, settled } from './load.js';
import { FallWatch } from './monotone.js';
import type { Service, StartedService } from './service.js';

const scrapesAtRest = 20;
const loadLoops = 4;
const loadPauseMs = 20;
const scrapePauseMs = 50;
const beforeMs = 1_000;
const afterMs = 2_500;
/** node:cluster loses the connection that it is handing to a process which is dead already. */
const scrapeGiveUpMs = 1_500;
const requestTimeoutMs = 2_000;
const replacedMs = 5_000;
const requestsAfter = 100;

/** A worker is killed as the kernel does it when memory runs out. */
export const workerDeath: Check = {
  id: 'worker-death',
  title: 'The death of a worker loses and invents nothing',
  expected:
    'no counter falls when a worker is killed under load; what was answered is counted, and exactly so afterwards',
  needsRest: true,
  disturbs: true,
  limitSeconds: 30,

  cannotRun({ options, started, startFailed }) {
    if (!options.killWorker) return 'it kills one worker process: only with --kill-worker';
    if (startFailed) return undefined;
    if (started === undefined) return 'only with --start: nothing is killed that was not started here';
    const workers = started.workers();
    if (workers === undefined) return 'this system has no /proc, by which the workers are found';
    if (workers.length < 2) return 'fewer than two processes serve: the death of one would be the end of the service';
    return undefined;
  },

  async run(service) {
    const { started } = service;
    if (started === undefined) throw new Error('not started');
    // A service that cannot be read at all fails here, and not as if the kill had done it.
    const atRest = await scrapes(service);
    const watch = new FallWatch('', isOfOneProcess(atRest) ? (name) => aboutProcess.test(name) : undefined);
    for (const exposition of atRest) watch.see(exposition);
    let workers = 0;
    const load = await underLoad(service, async () => {
      await watchUntil(service, watch, performance.now() + beforeMs);
      workers = killOne(started);
      await watchUntil(service, watch, performance.now() + afterMs);
    });
    const alive = await replaced(service, started, workers);
    try {
      const rest = await stillServing(service, watch);
      const [around, later] = await countedOf(service, last(atRest), load, rest);
      return judge(service, watch, around, later, `${alive} of ${workers} processes serve afterwards`);
    } finally {
      // Other checks need a service.
      if (alive < workers) await started.restart();
    }
  },
};

async function scrapes(service: Service): Promise<[Exposition, ...Exposition[]]> {
  const end = performance.now() + beforeMs;
  const all: [Exposition, ...Exposition[]] = [await service.scrape()];
  while (all.length < scrapesAtRest && performance.now() < end) all.push(await service.scrape());
  return all;
}

function last([first, ...others]: readonly [Exposition, ...Exposition[]]): Exposition {
  return others.at(-1) ?? first;
}

/** Whether the metrics about the process are those of whichever worker answers: they fall without a death (see gauges). */
function isOfOneProcess(expositions: readonly Exposition[]): boolean {
  const starts = expositions.flatMap(({ samples }) => samples.filter(isStart).map(({ value }) => value));
  return distinct(starts).length > 1;
}

function isStart({ name, labels }: Sample): boolean {
  return name.endsWith('process_start_time_seconds') && !Object.keys(labels).some(isProcessLabel);
}

/** Kills a worker; gives how many there were. */
function killOne(started: StartedService): number {
  const workers = started.workers() ?? [];
  const [first] = workers;
  if (first === undefined || workers.length < 2) {
    const hint = 'Workers end by themselves: look at the log of the service.';
    throw new CheckError(
      `${countOf(workers.length, 'worker')} left after a second of load, before one was killed`,
      hint,
    );
  }
  started.kill(first, 'SIGKILL');
  return workers.length;
}

interface Load {
  readonly sent: number;
  readonly answered: number;
  /** Answers by status. */
  readonly statuses: ReadonlyMap<number, number>;
}

/** Sends requests all the while; the ones that the killed worker had are lost, as they are in life. */
async function underLoad(service: Service, work: () => Promise<void>): Promise<Load> {
  let over = false;
  let sent = 0;
  const statuses = new Map<number, number>();
  const loop = async (): Promise<void> => {
    while (!over) {
      sent += 1;
      const answer = await service.client.request(service.path, { timeoutMs: requestTimeoutMs }).catch(ignoreLost);
      if (answer !== undefined) statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      await service.pause(loadPauseMs);
    }
  };
  const loops = Promise.all(Array.from({ length: loadLoops }, loop));
  // They end with the work, whose error is the same as theirs.
  loops.catch(() => undefined);
  try {
    await work();
  } finally {
    over = true;
    await loops;
  }
  return { sent, answered: answersOf(statuses), statuses };
}

function answersOf(statuses: ReadonlyMap<number, number>): number {
  return [...statuses.values()].reduce((sum, times) => sum + times, 0);
}

function ignoreLost(error: unknown): undefined {
  if (!(error instanceof CheckError)) throw error;
  return undefined;
}

/** Scrapes again and again. A scrape without an answer shows nothing; the one after it does. */
async function watchUntil(service: Service, watch: FallWatch, end: number): Promise<void> {
  while (performance.now() < end) {
    const scraped = service.scrape().catch(ignoreLost);
    const exposition = await Promise.race([scraped, service.pause(scrapeGiveUpMs)]);
    if (exposition !== undefined) watch.see(exposition);
    await service.pause(scrapePauseMs);
  }
}

/** Waits until there are as many workers as before, or some time has passed; gives how many there are. */
async function replaced({ pause }: Service, started: StartedService, before: number): Promise<number> {
  const end = performance.now() + replacedMs;
  for (;;) {
    const count = started.workers()?.length ?? 0;
    if (count >= before || performance.now() > end) return count;
    await pause(100);
  }
}

interface Rest {
  /** When what was under way at the end of the load, and one request more, has been counted. */
  readonly exposition: Exposition;
  /** What that request was answered with. */
  readonly status: number;
}

async function stillServing(service: Service, watch: FallWatch): Promise<Rest> {
  try {
    const { status } = await service.client.request(service.path);
    await service.pause(500 + service.countedAfterMs);
    const exposition = await service.scrape();
    // Under the load an endpoint may be too slow to be seen at all.
    watch.see(exposition);
    return { exposition, status };
  } catch (error) {
    if (!(error instanceof CheckError)) throw error;
    throw new CheckError(
      `after the death of one worker: ${error.message}`,
      'The service does not survive the death of one worker: replace workers that end (cluster.on("exit", () => cluster.fork())), ' +
        `or start it by a launcher that does. ${error.hint}`,
      { cause: error },
    );
  }
}

interface Counted extends Load {
  readonly counted: number;
}

/** What the requests around the death were counted as, and others that are sent now. */
async function countedOf(
  service: Service,
  before: Exposition,
  load: Load,
  { exposition: rest, status }: Rest,
): Promise<[Counted, Counted]> {
  const tasks = Array.from({ length: requestsAfter }, () => ({ path: service.path }));
  const { sent, statuses, failures } = await sendAll(service, tasks, { atOnce: loadLoops });
  requireAnswers({ sent, statuses, failures });
  const around = withOne(load, status);
  const { total } = service.seriesOf([...around.statuses.keys(), ...statuses.keys()]);
  const answered = answersOf(statuses);
  const after = await settled(service, total, total(rest) + answered);
  return [
    { ...around, counted: total(rest) - total(before) },
    { sent, answered, statuses, counted: total(after) - total(rest) },
  ];
}

/** The load with another request, which was answered with this status. */
function withOne({ sent, answered, statuses }: Load, status: number): Load {
  const all = new Map([...statuses, [status, (statuses.get(status) ?? 0) + 1]]);
  return { sent: sent + 1, answered: answered + 1, statuses: all };
}

function judge(
  { several }: Service,
  { falls, first, scrapes }: FallWatch,
  load: Counted,
  later: Counted,
  workers: string,
): Finding {
  const fallen = falls === 0 ? 'no counter fell' : `${countOf(falls, 'fall')} of counters, first ${first},`;
  const measured =
    `${fallen} in ${countOf(scrapes, 'scrape')}; ${countOf(load.answered, 'request')} around it counted as ${load.counted}, ` +
    `${later.answered} after it as ${later.counted}; ${workers}`;
  if (several !== undefined && (falls > 0 || !isExact(later))) {
    return fail(
      measured,
      'Each scrape shows the registry of whichever worker answered it, a killed one’s never again. Mend same-view first.',
    );
  }
  const isRight = (around: number, after: number) =>
    falls === 0 && isKept(load, around) && load.counted <= load.sent - around && isExact(later, after);
  if (isRight(0, 0)) return pass(measured);
  const [around, after] = [answeredInFront(load), answeredInFront(later)];
  if (around + after > 0 && isRight(around, after)) {
    return warn(`${measured}; ${around + after} were answered in front of what counts`, inFrontHint);
  }
  if (falls > 0 || !isKept(load, 0)) {
    return fail(
      measured,
      'What the dead worker had counted went with it. rate() and increase() take the fall for a restart and add the whole ' +
        'remainder again, so they show traffic that never was. Keep the counts of dead workers: npx add-prom-metrics does, ' +
        'and so does PROMETHEUS_MULTIPROC_DIR in Python.',
    );
  }
  return fail(
    measured,
    'After a worker was replaced the counts are wrong: rate() is as wrong as they are. Let every worker write to counters that all of them read.',
  );
}

/**
 * Whether what was answered is counted; an answer that was sent the moment before its process died need not be.
 *
 * @param early answers that do not count
 */
function isKept({ answered, counted }: Counted, early: number): boolean {
  return answered - early - counted <= loadLoops;
}

function isExact({ sent, answered, counted }: Counted, early = 0): boolean {
  return counted >= answered - early && counted <= sent - early;
}
