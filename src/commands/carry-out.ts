import { applyPlan } from '../apply/apply-plan.js';
import { runCommands } from '../apply/install.js';
import { watchLockfile } from '../apply/lockfile-memory.js';
import { stateDirectory } from '../apply/state-directory.js';
import { CancelledError, InstallError } from '../errors.js';
import type { Plan } from '../plan/plan.js';
import type { Project } from '../project/project.js';
import { paintPatch, patchToRead } from '../report/patch.js';
import { manualSteps } from '../report/summary.js';
import { askToConfirm } from '../wizard/ask.js';
import type { Session } from './session.js';

export interface Work {
  readonly plan: Plan;
  readonly project: Project;
  /** What to ask, where a person is there to answer. */
  readonly question: string;
  readonly json: boolean;
  readonly session: Session;
}

/**
 * Shows a plan, writes it, runs its commands. Until the commands are done, Ctrl-C puts everything back, the lockfile
 * included; a command that fails leaves the files as written.
 *
 * @throws CancelledError when the user says no, or on Ctrl-C
 * @throws ApplyError when writing failed and was rolled back
 * @throws InstallError when the files are written and a command failed
 */
export async function carryOut({ plan, project, question, json, session }: Work): Promise<void> {
  if (!json) show(plan, session);
  if (session.interactive && !(await askToConfirm(question, session.terminal))) throw new CancelledError();
  const { root, packages } = project;
  const applied = await applyPlan(plan, { root, stateDir: stateDirectory(root), signal: session.signal });
  try {
    if (plan.commands.length > 0) {
      await applied.protect(packages.atRisk);
      const noteLockfile = await watchLockfile(project);
      await runCommands(plan.commands, { cwd: root, output: process.stderr, signal: session.signal });
      noteLockfile();
    }
    session.stopIfCancelled();
  } catch (error) {
    if (error instanceof InstallError) await applied.commit();
    else await applied.rollback();
    throw error;
  }
  await applied.commit();
}

function show(plan: Plan, session: Session): void {
  session.out(`${paintPatch(patchToRead(plan.changes), session.paintOut)}\n`);
  if (plan.manual.length > 0) session.note(`Left to do by hand:\n${manualSteps(plan.manual, session.paintNote)}\n`);
}
