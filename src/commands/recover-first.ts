import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { journalName } from '../apply/journal.js';
import { stateDirectory } from '../apply/state-directory.js';
import { RefusedError } from '../errors.js';
import { findGitRoot } from '../project/git-root.js';
import { detectPackageManager, installCommand } from '../project/package-manager.js';
import type { Session } from './session.js';

/**
 * Undoes a run that was killed while it wrote, and clears up after one that was killed during the install, before anything else looks at the target.
 *
 * @param root absolute path of the target
 * @param writes whether this run may write; one that may not refuses to look at a half-written repository
 * @throws RefusedError when another run is under way, or this one must not write
 * @throws ApplyError when something cannot be put back
 */
export async function recoverFirst(root: string, writes: boolean, session: Session): Promise<void> {
  const stateDir = stateDirectory(root);
  if (!existsSync(join(stateDir, journalName))) return;
  if (!writes) {
    throw new RefusedError(
      'An earlier run was interrupted, and this one may not write, so it cannot clear up after it.',
      'Run add-prom-metrics, or add-prom-metrics remove, without --dry-run and --check first.',
    );
  }
  const { recover } = await import('../apply/recover.js');
  const result = await recover(stateDir);
  if (result === undefined) return;
  if (result.applied === true) {
    const command = installCommand(detectPackageManager(root, findGitRoot(root) ?? root)).join(' ');
    session.note(
      `An earlier run was interrupted; its files were written, and stay. Unless you have since, run: ${command}`,
    );
    return;
  }
  session.note('An earlier run was interrupted; what it had written was put back.');
  for (const path of result.left) session.note(`  ${path} was edited since, and stays as it is.`);
}
