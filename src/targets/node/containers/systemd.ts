import { shellCommands } from '../../../languages/shell-words.js';
import { splice } from '../../../languages/splice.js';
import { type Directive, readUnit, serviceValues } from '../../../languages/systemd.js';
import type { Folders } from '../../../project/deployment.js';
import { findDeployment } from '../../../project/deployment.js';
import type { Manifest } from '../../../project/manifest.js';
import type { NodeProject } from '../../../project/node-project.js';
import { dropInText, ownFolder, serviceLines } from '../../containers/drop-in.js';
import type { Launcher } from '../serving/plan-serving.js';
import { insertLauncherInCommand } from './launcher.js';
import { commandRuns, scriptsRun } from './runs-start.js';

/** A file beside a unit that adds to it; systemd reads it with the unit. */
export interface DropIn {
  readonly path: string;
  /** Empty when there is nothing to add. */
  readonly text: string;
  /** The unit's command, where the launcher belongs into it and could not be put there surely. */
  readonly unclear: string | undefined;
}

/**
 * The drop-ins for the units that start the service: a folder in memory that belongs to the service's user, goes when it
 * stops, and is safe from logind, which clears /dev/shm when a user logs out (logind.conf, RemoveIPC).
 *
 * @param start the file that the process starts with, relative to the target
 * @param launcher to be run instead of the start file itself
 * @param manifest package.json as it will be
 */
export function systemdDropIns(
  project: NodeProject,
  start: string,
  launcher: Launcher | undefined,
  manifest: Manifest,
  files: Folders,
): DropIn[] {
  return findDeployment(files).units.flatMap((path) => {
    const directives = readUnit(files.read(path) ?? '');
    if (!startsService(project, start, directives)) return [];
    const command = launcher && launchedCommand(directives, launcher, manifest);
    const lines = [...serviceLines(path, directives), ...(command?.lines ?? [])];
    const text = lines.length === 0 ? '' : dropInText(lines);
    return [{ path: `${path}.d/10-prometheus.conf`, text, unclear: command?.unclear }];
  });
}

/** The command anew: an empty ExecStart takes the unit's own back (systemd.service). */
function launchedCommand(
  directives: readonly Directive[],
  { program, path }: Launcher,
  manifest: Manifest,
): { lines: string[]; unclear: string | undefined } {
  const [command = '', ...others] = serviceValues(directives, 'ExecStart');
  const prefix = /^[@\-:+!|]*/.exec(command)?.[0] ?? '';
  const line = command.slice(prefix.length);
  if (scriptsRun(manifest, line, path)) return { lines: [], unclear: undefined };
  const edits = others.length === 0 ? insertLauncherInCommand(line, program, path) : undefined;
  if (edits === undefined) return { lines: [], unclear: command };
  const launched = [`ExecStart=`, `ExecStart=${prefix}${splice(line, edits)}`];
  return { lines: edits.length === 0 ? [] : launched, unclear: undefined };
}

/** What goes into a drop-in for a unit that is not known. */
export function dropInExample(appTag: string): string {
  return dropInText(ownFolder(`${appTag}-metrics`, '/run'));
}

function startsService(project: NodeProject, start: string, directives: readonly Directive[]): boolean {
  const commands = serviceValues(directives, 'ExecStart').map((value) => value.replace(/^[@\-:+!|]+/, ''));
  const words = commands.flatMap((command) => shellCommands(command)).map((parts) => parts.map(({ value }) => value));
  return words.length > 0 && commandRuns(project, start, words) === 'serves';
}
