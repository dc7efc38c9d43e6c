import { InstallError } from '../errors.js';
import { readAddFlags } from './add-flags.js';
import { carryOut } from './carry-out.js';
import { check } from './check.js';
import { pathInGit } from './facts.js';
import { refuseUncommitted } from './git-guard.js';
import { openTarget } from './open-target.js';
import { planMetrics } from './plan-metrics.js';
import { readRecord } from './read-record.js';
import { recoverFirst } from './recover-first.js';
import { reportApplied, reportPlanned, reportUnchanged } from './report-add.js';
import type { Session } from './session.js';
import { verifyAdded } from './verify-added.js';

/**
 * The main job: finds out, asks, plans, shows, writes.
 *
 * @returns the exit code
 * @throws CommandError for every way in which it can end otherwise
 */
export async function add(dir: string, options: Readonly<Record<string, unknown>>, session: Session): Promise<number> {
  const flags = readAddFlags(options);
  const writes = !flags.dryRun && flags.check === false;
  const workspace = openTarget(dir);
  await recoverFirst(workspace.root, writes, session);

  const record = readRecord(workspace);
  const planning = () => planMetrics(workspace, record, flags, session);
  if (flags.check !== false) return check(flags, session, workspace, record, planning);
  const planned = await planning();
  const { plan, project, answers } = planned;
  if (plan.changes.length === 0) {
    reportUnchanged(flags, session);
    return verifyAdded(dir, planned, flags, session);
  }
  if (flags.dryRun) return reportPlanned(flags, session, plan, pathInGit(project));
  await refuseUncommitted(workspace, record, flags.force, session);
  try {
    await carryOut({ plan, project, question: 'Write these changes?', json: flags.json, session });
  } catch (error) {
    // The files are there: what they need now is said with the error, not left out because of it.
    if (error instanceof InstallError && !flags.json) reportApplied(flags, session, plan, answers, dir);
    throw error;
  }
  reportApplied(flags, session, plan, answers, dir);
  return verifyAdded(dir, planned, flags, session);
}
