import type { Plan } from '../plan/plan.js';
import { installCommand, lockfileCommand } from '../project/package-manager.js';
import type { Project } from '../project/project.js';
import type { AddFlags } from './add-flags.js';

/**
 * A plan with what has to be run after it: nothing when package.json stays as it is, or with `--no-install`.
 *
 * With `--lockfile-only` the package manager is told to leave node_modules alone and to run no scripts; one that cannot
 * (Yarn 1) is left to the user.
 */
export function withInstall(plan: Plan, flags: AddFlags, project: Project): Plan {
  const needed = plan.changes.some(({ path }) => path === 'package.json');
  if (!needed || !flags.install) return plan;
  if (!flags.lockfileOnly) return { ...plan, commands: [installCommand(project.packageManager)] };
  const command = lockfileCommand(project.packageManager);
  if (command !== undefined) return { ...plan, commands: [command] };
  const manual = {
    path: 'yarn.lock',
    reason: 'Yarn 1 cannot bring its lockfile up to date without installing',
    snippet: 'yarn install',
  };
  return { ...plan, manual: [...plan.manual, manual] };
}
