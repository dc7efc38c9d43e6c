import { posix } from 'node:path';
import { type Files, readIfText } from './source-files.js';

/** Files whose folders can be listed; the plan's Workspace is one. */
export interface Folders extends Files {
  /** The names in a folder; none when it is not there. */
  list(folder: string): string[];
}

/** The files by which a service is built into an image, or started by a service manager. Paths are the target's. */
export interface Deployment {
  readonly dockerfiles: readonly string[];
  readonly composeFiles: readonly string[];
  /** systemd's units of services, drop-ins excluded. */
  readonly units: readonly string[];
  readonly procfile: string | undefined;
}

/** Where such files are kept, beside the root; deeper folders are somebody else's packages, examples and tests. */
const folders = [
  '.',
  ...[
    'docker',
    '.docker',
    'containers',
    'build',
    'deploy',
    'deployment',
    'deployments',
    'ops',
    'infra',
    'scripts',
    'ci',
  ],
  ...['systemd', 'etc', 'config', 'contrib', 'packaging', 'service', 'services', 'init'],
  ...['deploy/docker', 'deploy/systemd', 'contrib/systemd', 'packaging/systemd', 'etc/systemd', 'etc/systemd/system'],
  ...['ops/systemd', 'infra/systemd', 'config/systemd'],
];

/** Looks through the folders in which deployment files are usually kept. */
export function findDeployment(files: Folders): Deployment {
  const paths = foldersThere(files, folders)
    .flatMap((folder) => namesIn(files, folder).map((name) => posix.join(folder, name)))
    // The image in which somebody works on the code.
    .filter((path) => !/(?:^|\/)\.gitpod\b/.test(path));
  const texts = (pattern: RegExp) =>
    paths.filter((path) => pattern.test(posix.basename(path)) && readIfText(files, path) !== undefined);
  return {
    dockerfiles: texts(/^(Dockerfile|Containerfile)(\.(?!dockerignore$)[\w.-]+)?$|^[\w.-]+\.[dD]ockerfile$/),
    composeFiles: texts(/^(docker-)?compose(\.[\w-]+)*\.ya?ml$/),
    units: texts(/^[\w@:.\\-]+\.service$/),
    procfile: readIfText(files, 'Procfile') === undefined ? undefined : 'Procfile',
  };
}

/** Those that can be there, by the names in the root: to ask for each of them costs more than all else here. */
export function foldersThere(files: Folders, wanted: readonly string[]): string[] {
  const names = new Set(['.', ...namesIn(files, '.')]);
  return wanted.filter((folder) => names.has(folder.split('/')[0] ?? ''));
}

/** The names in a folder; none for a file of that name, or a folder that cannot be read or leads out of the target. */
export function namesIn(files: Folders, folder: string): string[] {
  try {
    return files.list(folder);
  } catch {
    return [];
  }
}
