import { shellLine } from '../command.js';
import { RefusedError } from '../errors.js';
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
import { type AddFlags, gatherAnswers } from './add-flags.js';
import { decide } from './decide.js';
import { describeFacts, describeOwnMetrics } from './facts.js';
import { refuseUncommitted } from './git-guard.js';
import { withInstall } from './install-step.js';
import type { Session } from './session.js';

/** What a run would do. */
export interface Planned {
  readonly plan: Plan;
  readonly project: Project;
  readonly answers: Answers;
}

/**
 * Everything before the first byte is written; what is found on the way is told to the session.
 *
 * @throws CommandError for every way in which it can end otherwise
 */
export async function planMetrics(
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

  const { monitoring, own } = located.apply(answers, workspace);
  const { port, path: portFrom = null } = monitoring.port;
  session.known.facts = { ...session.known.facts, port, portFrom, ...describeOwnMetrics(own) };
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
