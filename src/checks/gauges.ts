import { existsSync } from 'node:fs';
import type { Check, Finding } from './check.js';
import { countOf, distinct, isOfProcess, mostValues, processesOf, typeOf } from './counts.js';
import type { Exposition, Sample } from './exposition.js';
import { fail, pass, skip, warn } from './finding.js';
import { scrapeTimes } from './load.js';
import { portOf } from './process/port.js';
import { hasProc } from './process/proc.js';
import { serveFrom } from './process/workers.js';
import type { Service } from './service.js';

const scrapes = 20;

export const gauges: Check = {
  id: 'gauges',
  title: 'Gauges of several processes make sense together',
  expected:
    'a gauge that cannot be added up has a worker label, or a mode other than the sum; none is of a process that has gone',
  needsRest: false,
  disturbs: false,
  cannotRun: ({ several, oneInstance, unrest }) => (several === undefined || oneInstance ? undefined : unrest),
  async run(service) {
    const all = await scrapeTimes(service, scrapes);
    const [last] = all.slice(-1);
    if (last === undefined) return skip('nothing was scraped');
    const samples = gaugesOf(last);
    const workers = distinct(samples.flatMap(processesOf));
    const processes = service.started?.workers()?.length ?? service.options.workers ?? 1;
    const isSeveral = processes > 1 || service.several !== undefined;
    const finding =
      addedUp(samples, isSeveral) ??
      takingTurns(all, service) ??
      deadPid(samples, service) ??
      tooMany(samples, service);
    if (finding !== undefined) return finding;
    if (workers.length === 0 && !isSeveral) {
      return skip(
        service.options.workers === 1
          ? 'one process is configured'
          : 'nothing tells that several processes serve it; --workers <n> does',
      );
    }
    const split = samples.filter((sample) => processesOf(sample).length > 0).length;
    return pass(
      `${countOf(samples.length, 'gauge series')}, ${split} of them by process (${countOf(workers.length, 'process')})`,
    );
  },
};

function gaugesOf(exposition: Exposition): Sample[] {
  return exposition.samples.filter(({ name }) => typeOf(exposition, name) === 'gauge');
}

/** A start time in the future, an information of 4, a utilisation of 2.5: somebody has added up. */
function addedUp(samples: readonly Sample[], several: boolean): Finding | undefined {
  const now = Date.now() / 1000;
  const wrong = samples.find(
    ({ name, value }) =>
      (/_(?:start|last|created)\w*_(?:time|timestamp)(?:_seconds)?$|_start_time_seconds$/.test(name) &&
        value > now + 86_400 &&
        value < 1e12) ||
      (/_info$/.test(name) && value > 1),
  );
  // There are ratios above one, such as that of a compression.
  const doubtful = samples.find(({ name, value }) => several && /_(?:ratio|utilization)$/.test(name) && value > 1.01);
  const shown = wrong ?? doubtful;
  if (shown === undefined) return undefined;
  return (wrong === undefined ? warn : fail)(
    `${shown.name} is ${shown.value}`,
    'The values of several processes were added up where a sum means nothing: a dashboard shows a start in the future, four versions, 250 %. Give the gauge an aggregator (prom-client: "first", "max", "average"; prometheus_client: multiprocess_mode), or a worker label.',
  );
}

/** Gauges of whoever answers: seen by the counters of several registries, or by start times, which do not change. */
function takingTurns(all: readonly Exposition[], { several }: Service): Finding | undefined {
  const single = all.flatMap(gaugesOf).filter((sample) => processesOf(sample).length === 0);
  const starts = single.filter(({ name }) => /^(?:\w+_)?process_start_time_seconds$/.test(name));
  const different = mostValues(starts);
  if (different <= 1 && (several === undefined || single.length === 0)) return undefined;
  const shown =
    different > 1 ? `${starts[0]?.name} has ${different} values` : `${single[0]?.name} is another process's`;
  return fail(
    `${shown} in ${all.length} scrapes${different > 1 ? '' : `: ${several}`}`,
    'Each scrape shows the process that happened to answer: memory, CPU and lag in the graphs jump between workers, and rate(process_cpu_seconds_total) is inflated. Export them for every worker, with a worker label, or summed over all of them.',
  );
}

function deadPid(samples: readonly Sample[], { local, started, url }: Service): Finding | undefined {
  if (!local || !hasProc()) return undefined;
  const pids = distinct(samples.flatMap(({ labels }) => labels['pid'] ?? [])).filter((pid) => /^\d+$/.test(pid));
  const dead = pids.filter((pid) => !existsSync(`/proc/${pid}`));
  // In a container, and of a database elsewhere, they are numbered otherwise: then none of them is there.
  if (dead.length === 0 || dead.length === pids.length) return undefined;
  // By chance some are: those of the service hold its port, or their parent does.
  const living = pids.filter((pid) => !dead.includes(pid)).map(Number);
  if (started === undefined && !serveFrom(living, portOf(url))) return undefined;
  return fail(
    `gauges of ${countOf(dead.length, 'process')} that no longer run${dead.length === 1 ? 's' : ''}: pid ${dead.slice(0, 5).join(', ')}`,
    'sum() and max() over the gauge go on counting the dead, and the series grow with every restart of a worker. Use a mode for the living (prometheus_client: liveall, livesum, and mark_process_dead in child_exit).',
  );
}

/** More processes in the labels than there are: the others have gone. */
function tooMany(samples: readonly Sample[], { started }: Service): Finding | undefined {
  const living = started?.workers()?.length;
  if (living === undefined) return undefined;
  const shown = distinct(samples.filter(isOfProcess).flatMap(({ labels }) => labels['worker'] ?? []));
  // The primary may export its own.
  if (shown.length <= living + 1) return undefined;
  return fail(
    `gauges of ${shown.length} workers where ${living} serve`,
    'sum() over the gauge counts workers that have gone. Export the gauges of living workers only.',
  );
}
