import { committed, isOursAlone, ownLockfile } from '../apply/lockfile-memory.js';
import { type Command, shellLine } from '../command.js';
import type { Workspace } from '../plan/workspace.js';
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
  const { packages, root } = project;
  const changed = packages.manifests.filter((path) => workspace.read(path) !== workspace.onDisk(path));
  if (changed.length === 0) return { commands: [], note: '' };
  const command = shellLine(packages.byHand);
  const lockfile = ownLockfile(project);
  if (lockfile !== undefined && (await areCommitted(root, workspace, changed))) {
    const inGit = await committed(root, lockfile);
    if (inGit !== undefined && isOursAlone(root, lockfile, inGit)) {
      return {
        commands: [['git', 'restore', '--', lockfile]],
        note: `${lockfile} was taken back from git. ${command} takes the packages out of ${packages.place}.`,
      };
    }
  }
  if (!install || packages.install.length === 0) {
    const what =
      lockfile === undefined && packages.lockfile === undefined ? packages.place : `${packages.place} and the lockfile`;
    return { commands: [], note: `Bring ${what} up to date: ${command}` };
  }
  return { commands: packages.install, note: 'The lockfile was brought up to date by an install.' };
}

async function areCommitted(root: string, workspace: Workspace, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if ((await committed(root, path)) !== workspace.read(path)) return false;
  return true;
}
