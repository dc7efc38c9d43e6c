import type { Check, Finding } from './check.js';
import { distinct, isProcessLabel, labelsKey, samplesOf, sumOf } from './counts.js';
import type { Exposition } from './exposition.js';
import { fail, pass } from './finding.js';
import { requireAnswers, sendAll } from './load.js';
import type { Service } from './service.js';

const requests = 20;

/** The whole service is ended and started again. */
export const restart: Check = {
  id: 'restart',
  title: 'A restart begins anew',
  expected: 'no values of the earlier run, and one app_info',
  needsRest: true,
  disturbs: true,
  limitSeconds: 45,

  cannotRun: ({ started, startFailed }) =>
    started === undefined && !startFailed ? 'only with --start: what was not started here is not ended' : undefined,

  async run(service) {
    const { path, started } = service;
    requireAnswers(
      await sendAll(
        service,
        Array.from({ length: requests }, () => ({ path })),
      ),
    );
    const before = totalsOf(service, await service.scrape());
    const begin = performance.now();
    await started?.restart();
    const seconds = (performance.now() - begin) / 1000;
    const exposition = await service.scrape();
    return judge(before, totalsOf(service, exposition), appInfos(exposition), seconds);
  },
};

interface Totals {
  readonly path: number;
  readonly all: number;
}

function totalsOf(service: Service, exposition: Exposition): Totals {
  return { path: service.pathTotal(exposition), all: sumOf(exposition, service.metrics.counter) };
}

/** The app_info series, the same of several workers taken for one. */
function appInfos(exposition: Exposition): readonly string[] {
  return distinct(samplesOf(exposition, 'app_info').map(({ labels }) => labelsKey(labels, isProcessLabel)));
}

function judge(before: Totals, after: Totals, infos: readonly string[], seconds: number): Finding {
  const what = infos.length === 0 ? '' : `, ${infos.length} app_info`;
  const measured = `the counter was at ${before.all} before and is at ${after.all} after it${what}; down for ${seconds.toFixed(1)} s`;
  // A service may send itself a few requests at its start, or be probed at once.
  const kept = after.path * 10 > before.path || after.all * 2 > before.all;
  if (!kept && infos.length <= 1) return pass(measured);
  const hint = kept
    ? 'Values of the run before are shown: files of ended processes are still read, so a deployment shows as traffic, and ' +
      'gauges of the dead stay. Empty PROMETHEUS_MULTIPROC_DIR before each start, or give each run a folder of its own.'
    : 'app_info of an earlier run is still shown: count(app_info) says that two versions run. Remove what the earlier run left.';
  return fail(measured, hint);
}
