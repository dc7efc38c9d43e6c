import { posix } from 'node:path';
import type { Workspace } from '../../../plan/workspace.js';
import { findDeployment } from '../../../project/deployment.js';
import type { PythonProject } from '../../../project/python/python-project.js';
import type { Answers } from '../../../wizard/answers.js';
import { isWanted } from '../../../wizard/parts.js';
import type { Site } from '../../target.js';
import type { MetricsPackage } from '../metrics-package.js';
import { planPythonDockerfile } from '../plan-dockerfile.js';
import type { GunicornServing } from './serving.js';

/** What was planned beside the code. */
interface Planned {
  readonly metrics: MetricsPackage;
  /** gunicorn's config, where it is created. */
  readonly config: string | undefined;
}

/**
 * Plans what the service's image needs.
 *
 * @returns the Dockerfile that builds it, where that is clear
 */
export function planDeployment(
  project: PythonProject,
  site: Site,
  { commands }: GunicornServing,
  answers: Answers,
  workspace: Workspace,
  { metrics, config }: Planned,
): string | undefined {
  const all = answers.dockerfile === undefined ? findDeployment(workspace).dockerfiles : [answers.dockerfile];
  const serving = all.filter((path) => commands.some((command) => command.path === path));
  const [path, ...others] = serving.length > 0 ? serving : all;
  if (path === undefined) return undefined;
  if (others.length > 0) {
    const reason = `several may build the service's image: ${[path, ...others].join(', ')}; name one with --dockerfile <path>`;
    workspace.manual({ path, reason, snippet: `COPY ${metrics.folder} ./${metrics.folder}` });
    return undefined;
  }
  if (isWanted('dockerfile', answers, true)) {
    planPythonDockerfile(project, workspace, {
      path,
      folder: metrics.folder,
      entry: site.entry,
      config,
      start: besideConfig(site, config),
      shared: answers.workers > 1 || answers.with?.includes('dockerfile') ? `/dev/shm/${answers.appTag}` : undefined,
    });
  }
  return path;
}

/** A file that lies, in the target as in the image, where gunicorn's config is looked for. */
function besideConfig({ entry, start }: Site, config: string | undefined): string {
  const folder = posix.dirname(config ?? '.');
  return [start, entry].find((path) => path !== undefined && posix.dirname(path) === folder) ?? entry;
}
