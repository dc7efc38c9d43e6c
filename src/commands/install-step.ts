import { shellLine } from '../command.js';
import type { Plan } from '../plan/plan.js';
import type { Packages } from '../project/packages.js';
import type { ChecklistItem } from '../report/checklist.js';
import type { AddFlags } from './add-flags.js';

/**
 * A plan with what has to be run after it: nothing when package.json stays as it is, or with `--no-install`.
 *
 * With `--lockfile-only` the package manager is told to leave node_modules alone and to run no scripts; one that cannot
 * (Yarn 1) is left to the user.
 */
export function withInstall(plan: Plan, flags: AddFlags, { manifests, install, lock }: Packages): Plan {
  const needed = plan.changes.some(({ path }) => manifests.includes(path));
  if (!needed || !flags.install) return plan;
  if (!flags.lockfileOnly) return { ...plan, commands: install };
  return 'reason' in lock ? { ...plan, manual: [...plan.manual, lock] } : { ...plan, commands: lock };
}

/** What a person has to run before the service starts; nothing where a plan's own commands do it. */
export function installByHand(
  plan: Plan,
  flags: Pick<AddFlags, 'install' | 'lockfileOnly'>,
  { manifests, install, byHand }: Packages,
): ChecklistItem[] {
  const needed = plan.changes.some(({ path }) => manifests.includes(path));
  const isDone = install.length > 0 && flags.install && !flags.lockfileOnly;
  if (!needed || isDone) return [];
  const title = 'Install the packages into the environment that the service has';
  const commands = install.length > 0 ? install : [byHand];
  return [{ id: 'install', title, command: commands.map(shellLine).join(' && ') }];
}
