import { RefusedError } from '../errors.js';
import { toolVersion } from '../package-files.js';
import { makePlan } from '../plan/make-plan.js';
import type { Plan } from '../plan/plan.js';
import { type InstallRecord, recordName } from '../plan/record.js';
import { rebase } from '../plan/withdraw.js';
import type { Workspace } from '../plan/workspace.js';
import type { Project } from '../project/project.js';
import { checklistFor } from '../report/checklist.js';
import { openProject } from '../targets/all.js';
import type { Answers } from '../wizard/answers.js';
import { type AddFlags, gatherAnswers } from './add-flags.js';
import { decide } from './decide.js';
import { describeFacts, describeOwnMetrics } from './facts.js';
import { refuseUncommitted } from './git-guard.js';
import { installByHand, withInstall } from './install-step.js';
import type { Session } from './session.js';

/** What a run would do. */
export interface Planned {
  readonly plan: Plan;
  readonly project: Project;
  readonly answers: Answers;
  /** The files that are made for Prometheus and Grafana, by their paths as the plan has them. */
  readonly monitoring: ReadonlySet<string>;
  /** Starts the service, run in its folder with PORT set. */
  readonly startCommand: string;
}

/** The files that would change, and are neither made for Prometheus and Grafana nor the record. */
export function changesElsewhere({ plan, monitoring }: Pick<Planned, 'plan' | 'monitoring'>): string[] {
  const others = plan.changes.filter(({ path }) => path !== recordName && !monitoring.has(path));
  return others.map(({ path }) => path);
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
  const target = await openProject(workspace.root, workspace, given);
  const { project } = target;
  // Before the questions: nobody should answer five of them to be refused.
  if (session.interactive && !flags.dryRun) await refuseUncommitted(workspace, record, flags.force, session);

  const decision = await decide(target, given, session);
  const { answers, located } = decision;
  session.known.answers = answers;
  session.known.facts = describeFacts(target, decision);

  const { monitoring, own } = located.apply(answers, workspace);
  const { port, path: portFrom = null } = monitoring.port;
  session.known.facts = { ...session.known.facts, port, portFrom, ...describeOwnMetrics(own) };
  const startCommand = located.startCommand();
  const changes = makePlan(workspace, { previous: record, next: { tool: toolVersion(), answers: { ...answers } } });
  const packages = project.packages.whenPlanned?.(workspace) ?? project.packages;
  const plan = withInstall(changes, flags, packages);
  session.known.checklist = [
    ...installByHand(plan, flags, packages),
    ...checklistFor(answers, { byHand: located.startCommand(port), withPort: startCommand }, monitoring),
  ];
  session.known.changes = plan.changes;
  session.known.manual = plan.manual;
  session.known.commands = plan.commands;
  if (flags.strict && plan.manual.length > 0) throw tooStrict(plan);
  session.stopIfCancelled();
  const files = new Set(monitoring.files.map((path) => workspace.canonical(path)));
  return { plan, project, answers, monitoring: files, startCommand };
}

function tooStrict(plan: Plan): RefusedError {
  return new RefusedError(
    'Some parts would be left to do by hand, and --strict was given.',
    'Do them by hand, or leave --strict out.',
    plan.manual,
  );
}
