import { RefusedError, UsageError } from '../errors.js';
import { recordName } from '../plan/record.js';
import { readAddFlags } from './add-flags.js';
import { carryOut } from './carry-out.js';
import { pathInGit } from './facts.js';
import { refuseUncommitted } from './git-guard.js';
import { openTarget } from './open-target.js';
import { changesElsewhere, type Planned, planMetrics } from './plan-metrics.js';
import { readRecord } from './read-record.js';
import { recoverFirst } from './recover-first.js';
import { reportPlanned, reportRenewed, reportUnchanged } from './report-add.js';
import type { Session } from './session.js';

/**
 * Renews what is made from the metrics in the code: dashboard, rules, and what documents them. It is `add` with the
 * answers of the record, held to the files that are made for Prometheus and Grafana.
 *
 * @returns the exit code
 * @throws UsageError where `add` has not run
 * @throws RefusedError when `add` would change other files, too
 */
export async function dashboard(
  dir: string,
  options: Readonly<Record<string, unknown>>,
  session: Session,
): Promise<number> {
  const flags = readAddFlags({ ...options, yes: true, install: false });
  const workspace = openTarget(dir);
  const writes = !flags.dryRun && flags.check === false;
  await recoverFirst(workspace.root, writes, session);
  const record = readRecord(workspace);
  if (record === undefined) {
    throw new UsageError(
      `There is no ${recordName} here.`,
      'Run add-prom-metrics first: it writes the dashboard, too.',
    );
  }
  const planned = await planMetrics(workspace, record, flags, session);
  const { plan, project } = planned;
  refuseOthers(planned);
  if (plan.changes.length === 0) return reportUnchanged(flags, session);
  if (!writes) {
    reportPlanned(flags, session, plan, pathInGit(project));
    return flags.check === false ? 0 : 1;
  }
  await refuseUncommitted(workspace, record, flags.force, session);
  await carryOut({ plan, project, question: 'Write these changes?', json: flags.json, session });
  return reportRenewed(flags, session, plan);
}

function refuseOthers(planned: Planned): void {
  const others = changesElsewhere(planned);
  if (others.length === 0) return;
  throw new RefusedError(
    `More than the dashboard is to be renewed: ${others.join(', ')}.`,
    'Run add-prom-metrics add: it renews everything.',
  );
}
