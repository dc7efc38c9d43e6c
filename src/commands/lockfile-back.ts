import { committed, isOursAlone, ownLockfile } from '../apply/lockfile-memory.js';
import type { Command } from '../plan/plan.js';
import type { Workspace } from '../plan/workspace.js';
import { installCommand } from '../project/package-manager.js';
import type { Project } from '../project/project.js';

/** What happens to the lockfile when the dependency goes. */
export interface LockfilePlan {
  readonly commands: readonly Command[];
  /** What to tell the user. */
  readonly note: string;
}

/**
 * Plans the lockfile's way back: from git, when the package.json that comes out is the committed one (the committed
 * lockfile then belongs to it) and nobody but our install has changed the lockfile, else by the package manager.
 */
export async function planLockfile(project: Project, workspace: Workspace, install: boolean): Promise<LockfilePlan> {
  const { packageManager, root } = project;
  const manifest = workspace.read('package.json');
  if (manifest === workspace.onDisk('package.json')) return { commands: [], note: '' };
  const command = installCommand(packageManager);
  const lockfile = ownLockfile(project);
  if (lockfile !== undefined && (await committed(root, 'package.json')) === manifest) {
    const inGit = await committed(root, lockfile);
    if (inGit !== undefined && isOursAlone(root, lockfile, inGit)) {
      return {
        commands: [['git', 'restore', '--', lockfile]],
        note: `${lockfile} was taken back from git. ${command.join(' ')} takes the packages out of node_modules.`,
      };
    }
  }
  if (!install) return { commands: [], note: `Bring node_modules and the lockfile up to date: ${command.join(' ')}` };
  return { commands: [command], note: 'The lockfile was brought up to date by an install.' };
}
