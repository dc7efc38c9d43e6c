import { RefusedError } from '../errors.js';
import { checkRecord } from '../plan/check-record.js';
import { makePlan } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { type InstallRecord, recordName } from '../plan/record.js';
import { rebase } from '../plan/withdraw.js';
import { Workspace } from '../plan/workspace.js';
import { readProject } from '../project/project.js';
import { checklistFor } from '../report/checklist.js';
import { targetFor } from '../targets/all.js';
import { toolVersion } from '../version.js';
import type { Answers } from '../wizard/answers.js';
import { type AddFlags, gatherAnswers, readAddFlags } from './add-flags.js';
import { carryOut } from './carry-out.js';
import { decide } from './decide.js';
import { describeFacts } from './facts.js';
import { refuseUncommitted } from './git-guard.js';
import { withInstall } from './install-step.js';
import { readRecord } from './read-record.js';
import { recoverFirst } from './recover-first.js';
import { reportApplied, reportPlanned, reportUnchanged } from './report-add.js';
import type { Session } from './session.js';

/**
 * The main job: finds out, asks, plans, shows, writes.
 *
 * @returns the exit code
 * @throws CommandError for every way in which it can end otherwise
 */
export async function add(dir: string, options: Readonly<Record<string, unknown>>, session: Session): Promise<number> {
  const flags = readAddFlags(options);
  const writes = !flags.dryRun && flags.check === false;
  const workspace = new Workspace(dir);
  await recoverFirst(workspace.root, writes, session);

  const record = readRecord(workspace);
  const given = gatherAnswers(flags, record);
  if (record !== undefined) rebase(record, workspace);
  const project = readProject(workspace.root, workspace);
  const target = targetFor(project);
  if (session.interactive && writes) await refuseUncommitted(workspace, record, flags.force, session);

  const { answers, located, serving } = await decide(project, target, given, session);
  session.known.answers = answers;
  session.known.facts = describeFacts(project, target.id, located, serving);
  session.known.checklist = checklistFor(answers, startCommand(project.packageManager.name));

  located.apply(answers, workspace);
  const changes = makePlan(workspace, { previous: record, next: { tool: toolVersion(), answers: { ...answers } } });
  const plan = withInstall(changes, flags, project);
  session.known.changes = plan.changes;
  session.known.manual = plan.manual;
  session.known.commands = plan.commands;
  if (flags.strict && plan.manual.length > 0) throw tooStrict(plan);
  session.stopIfCancelled();

  if (flags.check !== false) return reportCheck(flags, session, plan, record, answers, workspace);
  if (plan.changes.length === 0) return reportUnchanged(flags, session);
  if (flags.dryRun) return reportPlanned(flags, session, plan);
  await refuseUncommitted(workspace, record, flags.force, session);
  await carryOut({ plan, project, question: 'Write these changes?', json: flags.json, session });
  return reportApplied(flags, session, plan, answers);
}

/**
 * `--check`: whether a run would have to change something. What only a newer version of the tool would write
 * differently counts with `--check=latest`.
 */
function reportCheck(
  flags: AddFlags,
  session: Session,
  plan: Plan,
  record: InstallRecord | undefined,
  answers: Answers,
  workspace: Workspace,
): number {
  const isOlder = record !== undefined && record.tool !== toolVersion();
  const found = record === undefined ? [] : checkRecord(record, workspace);
  if (isOlder && flags.check !== 'latest') {
    session.note(
      `${recordName} is of version ${record.tool}, this is ${toolVersion()}: run add-prom-metrics to renew it.`,
    );
    const sameAnswers = JSON.stringify({ ...record.answers }) === JSON.stringify(answers);
    if (sameAnswers && found.length === 0) return reportUnchanged(flags, session);
  }
  for (const { path, reason } of found) session.note(`${path} ${reason}`);
  if (plan.changes.length === 0 && found.length === 0) return reportUnchanged(flags, session);
  reportPlanned(flags, session, plan);
  return 1;
}

function tooStrict(plan: Plan): RefusedError {
  return new RefusedError('Some parts would be left to do by hand, and --strict was given.', '', plan.manual);
}

function startCommand(packageManager: string): string {
  return `${packageManager} start`;
}
