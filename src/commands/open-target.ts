import { UsageError } from '../errors.js';
import { Workspace } from '../plan/workspace.js';

/**
 * The target as it is on the disk.
 *
 * @throws UsageError when it is not a directory that can be read: a misspelt command looks like that, too
 */
export function openTarget(dir: string): Workspace {
  try {
    return new Workspace(dir);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    const hint = 'Give the folder of the package that serves HTTP; add-prom-metrics --help lists the commands.';
    throw new UsageError(cause.message, hint, { cause });
  }
}
