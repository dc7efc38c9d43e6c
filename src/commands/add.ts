import { shellLine } from '../command.js';
import { InstallError, RefusedError } from '../errors.js';
import { toolVersion } from '../package-files.js';
import { makePlan } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import type { InstallRecord } from '../plan/record.js';
import { rebase } from '../plan/withdraw.js';
import type { Workspace } from '../plan/workspace.js';
import { type Project, readProject } from '../project/project.js';
import { checklistFor } from '../report/checklist.js';
import { targetFor } from '../targets/all.js';
import type { Site } from '../targets/target.js';
import type { Answers } from '../wizard/answers.js';
import { type AddFlags, gatherAnswers, readAddFlags } from './add-flags.js';
import { carryOut } from './carry-out.js';
import { check } from './check.js';
import { decide } from './decide.js';
import { describeFacts, pathInGit } from './facts.js';
import { refuseUncommitted } from './git-guard.js';
import { withInstall } from './install-step.js';
import { openTarget } from './open-target.js';
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
  const workspace = openTarget(dir);
  await recoverFirst(workspace.root, writes, session);

  const record = readRecord(workspace);
  const planning = () => planMetrics(workspace, record, flags, session);
  if (flags.check !== false) return check(flags, session, workspace, record, planning);
  const { plan, project, answers } = await planning();
  if (plan.changes.length === 0) return reportUnchanged(flags, session);
  if (flags.dryRun) return reportPlanned(flags, session, plan, pathInGit(project));
  await refuseUncommitted(workspace, record, flags.force, session);
  try {
    await carryOut({ plan, project, question: 'Write these changes?', json: flags.json, session });
  } catch (error) {
    // The files are there: what they need now is said with the error, not left out because of it.
    if (error instanceof InstallError && !flags.json) reportApplied(flags, session, plan, answers, dir);
    throw error;
  }
  return reportApplied(flags, session, plan, answers, dir);
}

interface Planned {
  readonly plan: Plan;
  readonly project: Project;
  readonly answers: Answers;
}

/** Everything before the first byte is written; what is found on the way is told to the session. */
async function planMetrics(
  workspace: Workspace,
  record: InstallRecord | undefined,
  flags: AddFlags,
  session: Session,
): Promise<Planned> {
  const given = gatherAnswers(flags, record);
  if (record !== undefined) rebase(record, workspace);
  const project = readProject(workspace.root, workspace);
  const target = targetFor(project);
  // Before the questions: nobody should answer five of them to be refused.
  if (session.interactive && !flags.dryRun) await refuseUncommitted(workspace, record, flags.force, session);

  const decision = await decide(project, target, given, session);
  const { answers, located } = decision;
  session.known.answers = answers;
  session.known.facts = describeFacts(project, target.id, located, decision);

  const { monitoring } = located.apply(answers, workspace);
  session.known.facts = { ...session.known.facts, port: monitoring.port.port, portFrom: monitoring.port.path ?? null };
  session.known.checklist = checklistFor(answers, startCommand(project, located.site), monitoring);
  const changes = makePlan(workspace, { previous: record, next: { tool: toolVersion(), answers: { ...answers } } });
  const plan = withInstall(changes, flags, project);
  session.known.changes = plan.changes;
  session.known.manual = plan.manual;
  session.known.commands = plan.commands;
  if (flags.strict && plan.manual.length > 0) throw tooStrict(plan);
  session.stopIfCancelled();
  return { plan, project, answers };
}

function tooStrict(plan: Plan): RefusedError {
  return new RefusedError(
    'Some parts would be left to do by hand, and --strict was given.',
    'Do them by hand, or leave --strict out.',
    plan.manual,
  );
}

/** How the service is started by hand: by a script, as Node alone may not run the file (TypeScript, environment). */
function startCommand({ manifest, packageManager }: Project, site: Site): string {
  if (manifest.scripts['start'] !== undefined) return `${packageManager.name} start`;
  const script = ['start:prod', 'serve', 'start:dev', 'dev'].find((name) => manifest.scripts[name] !== undefined);
  return script === undefined
    ? shellLine(['node', site.start ?? site.entry])
    : shellLine([packageManager.name, 'run', script]);
}
