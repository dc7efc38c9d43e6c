import { posix } from 'node:path';
import { shellCommands } from '../../../languages/shell-words.js';
import { type Directive, readUnit, serviceValues } from '../../../languages/systemd.js';
import type { Workspace } from '../../../plan/workspace.js';
import { findDeployment } from '../../../project/deployment.js';
import type { GunicornCommand } from '../../../project/python/gunicorn.js';
import type { PythonProject } from '../../../project/python/python-project.js';
import type { Answers } from '../../../wizard/answers.js';
import { isWanted } from '../../../wizard/parts.js';
import { dropInText, serviceLines } from '../../containers/drop-in.js';
import type { Site } from '../../target.js';
import type { MetricsPackage } from '../metrics-package.js';
import { bringsAlong, planPythonDockerfile } from '../plan-dockerfile.js';
import type { GunicornServing } from './serving.js';

/** What was planned beside the code. */
interface Planned {
  readonly metrics: MetricsPackage;
  /** gunicorn's config, where it is created. */
  readonly config: string | undefined;
  /** Units that have to name it, and how. */
  readonly units: ReadonlyMap<string, string>;
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
  { metrics, config, units }: Planned,
): string | undefined {
  planUnits(commands, answers, workspace, units);
  const all = answers.dockerfile === undefined ? findDeployment(workspace).dockerfiles : [answers.dockerfile];
  const serving = all.filter((path) => commands.some((command) => command.path === path));
  const [path, ...others] = serving.length > 0 ? serving : all;
  if (path === undefined) return undefined;
  const parts = { folder: metrics.folder, entry: site.entry, config, start: besideConfig(site, config) };
  if (others.length > 0) {
    // Nothing has to be written into files that all copy the folder around it, whichever builds the image.
    const files = [path, ...others].map((one) => ({ path: one, ...parts, shared: undefined }));
    if (files.every((one) => bringsAlong(project, workspace, one))) return undefined;
    const reason = `several may build the service's image: ${[path, ...others].join(', ')}; name one with --dockerfile <path>`;
    workspace.manual({ path, reason, snippet: `COPY ${metrics.folder} ./${metrics.folder}` });
    return undefined;
  }
  if (isWanted('dockerfile', answers, true)) {
    planPythonDockerfile(project, workspace, {
      path,
      ...parts,
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
 * stops, and gunicorn's config where it does not find that by itself. Without the folder the processes share a temporary
 * one, which is right, too, and survives them.
 */
function planUnits(
  commands: readonly GunicornCommand[],
  answers: Answers,
  workspace: Workspace,
  named: ReadonlyMap<string, string>,
): void {
  const isShared = answers.workers > 1 || answers.with?.includes('systemd') === true;
  const units = new Set(commands.filter(({ by }) => by === 'systemd').map(({ path }) => path));
  for (const unit of units) {
    const text = dropInFor(unit, workspace.read(unit) ?? '', isShared, named.get(unit));
    if (text === undefined) continue;
    const path = `${unit}.d/10-prometheus.conf`;
    const isOurs = isWanted('systemd', answers, true);
    if (isOurs && !workspace.exists(path)) workspace.create(path, text, 'seeded');
    else if (isOurs || named.has(unit)) {
      const reason = isOurs
        ? 'there is one of that name, which is not ours; add to it'
        : `gunicorn has to find ${named.get(unit)}`;
      workspace.manual({ path, reason, snippet: text.trimEnd() });
    }
  }
}

/** The drop-in for a unit; undefined where it needs none. */
function dropInFor(unit: string, text: string, isShared: boolean, config: string | undefined): string | undefined {
  const directives = readUnit(text);
  const folder = isShared ? serviceLines(unit, directives) : [];
  if (config === undefined) return folder.length === 0 ? undefined : dropInText(folder);
  const about = 'What gunicorn runs for the metrics of all its worker processes';
  return dropInText([...folder, configLine(directives, config)], about);
}

/** Gunicorn reads arguments from this variable, too (https://docs.gunicorn.org/en/stable/settings.html); the last line counts. */
function configLine(directives: readonly Directive[], config: string): string {
  const words = serviceValues(directives, 'Environment').flatMap((value) => shellCommands(value).flat());
  const set = words.flatMap(({ value }) => /^GUNICORN_CMD_ARGS=(.*)$/s.exec(value)?.[1] ?? []).at(-1);
  const value = ['-c', config, ...(set === undefined ? [] : [set])].join(' ');
  return `Environment="GUNICORN_CMD_ARGS=${value.replace(/["\\]/g, '\\$&')}"`;
}
