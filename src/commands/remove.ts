import { RefusedError } from '../errors.js';
import { makePlan } from '../plan/make-plan.js';
import { recordName } from '../plan/record.js';
import { withdraw } from '../plan/withdraw.js';
import type { Workspace } from '../plan/workspace.js';
import { anySource, listSources } from '../project/source-list.js';
import { documentOf } from '../report/document.js';
import { changedFiles, manualSteps } from '../report/summary.js';
import { openRecorded } from '../targets/all.js';
import { carryOut } from './carry-out.js';
import { dependencyInUse } from './dependency-in-use.js';
import { pathInGit } from './facts.js';
import { refuseUncommitted } from './git-guard.js';
import { planLockfile } from './lockfile-back.js';
import { openTarget } from './open-target.js';
import { readRecord } from './read-record.js';
import { recoverFirst } from './recover-first.js';
import { reportPlanned } from './report-add.js';
import type { Session } from './session.js';

/**
 * Takes back exactly what `add` put in.
 *
 * @returns the exit code
 * @throws RefusedError when something cannot be told apart from the user's own any more
 */
export async function remove(
  dir: string,
  options: Readonly<Record<string, unknown>>,
  session: Session,
): Promise<number> {
  const flags = { json: options['json'] === true, dryRun: options['dryRun'] === true, check: false } as const;
  const workspace = openTarget(dir);
  await recoverFirst(workspace.root, !flags.dryRun, session);
  const record = readRecord(workspace);
  if (record === undefined) return reportNothing(flags.json, session);

  const project = await openRecorded(workspace.root, workspace, record.answers['client']);
  const sources = listSources(workspace.root, anySource).filter((path) => isReadable(workspace, path));
  const { left } = withdraw(record, workspace, { keep: dependencyInUse(record, workspace, sources), sources });
  for (const step of left) workspace.manual(step);
  const lockfile = await planLockfile(project, workspace, options['install'] !== false);
  const plan = { ...makePlan(workspace, { previous: record }), commands: lockfile.commands };
  session.known.answers = record.answers;
  session.known.changes = plan.changes;
  session.known.manual = plan.manual;
  session.known.commands = plan.commands;
  session.stopIfCancelled();

  if (flags.dryRun) return reportPlanned(flags, session, plan, pathInGit(project));
  await refuseUncommitted(workspace, record, options['force'] === true, session);
  await carryOut({ plan, project, question: 'Take these changes back?', json: flags.json, session });
  if (flags.json) {
    session.out(documentOf({ ...session.known, status: 'removed' }));
    return 0;
  }
  session.note(`${session.paintNote('bold', 'Taken back.')}\n${changedFiles(plan.changes, session.paintNote)}`);
  if (plan.manual.length > 0) session.note(`\nLeft:\n${manualSteps(plan.manual, session.paintNote)}`);
  session.note(lockfile.note);
  return 0;
}

function reportNothing(json: boolean, session: Session): number {
  if (json) session.out(documentOf({ status: 'unchanged' }));
  else session.note(`There is no ${recordName} here: nothing to take back.`);
  return 0;
}

function isReadable(workspace: Workspace, path: string): boolean {
  try {
    return workspace.read(path) !== undefined;
  } catch (error) {
    if (error instanceof RefusedError) return false; // not UTF-8, or a link that leads out: it imports nothing of ours
    throw error;
  }
}
