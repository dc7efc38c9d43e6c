import { posix } from 'node:path';
import { readUnit } from '../../../languages/systemd.js';
import type { Workspace } from '../../../plan/workspace.js';
import { findDeployment } from '../../../project/deployment.js';
import type { GunicornCommand } from '../../../project/python/gunicorn.js';
import type { PythonProject } from '../../../project/python/python-project.js';
import type { Answers } from '../../../wizard/answers.js';
import { isWanted } from '../../../wizard/parts.js';
import { dropInText, serviceLines } from '../../containers/drop-in.js';
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
 * Plans what the service's units and its image need.
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
  if (isWanted('systemd', answers, true)) planUnits(commands, answers, workspace);
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

/**
 * A drop-in for each unit that serves the app: a folder in memory that belongs to the service's user and goes when it
 * stops. Without one the processes share a temporary folder, which is right, too, and survives them.
 */
function planUnits(commands: readonly GunicornCommand[], answers: Answers, workspace: Workspace): void {
  if (answers.workers === 1 && !answers.with?.includes('systemd')) return;
  const units = new Set(commands.filter(({ by }) => by === 'systemd').map(({ path }) => path));
  for (const unit of units) {
    const lines = serviceLines(unit, readUnit(workspace.read(unit) ?? ''));
    const path = `${unit}.d/10-prometheus.conf`;
    if (lines.length > 0 && !workspace.exists(path)) workspace.create(path, dropInText(lines), 'seeded');
    else if (lines.length > 0) {
      const reason = 'there is one of that name, which is not ours; add to it';
      workspace.manual({ path, reason, snippet: dropInText(lines).trimEnd() });
    }
  }
}
