import type { ManualStep } from '../../../errors.js';
import { shellCommands } from '../../../languages/shell-words.js';
import { insertAt } from '../../../languages/splice.js';
import type { Workspace } from '../../../plan/workspace.js';
import { calledScripts } from '../../../project/command-words.js';
import type { NodeProject } from '../../../project/node-project.js';
import { builtPath, compiled } from './build-output.js';
import { editScript } from './edit-script.js';
import { type Launch, launchIn, type Sources } from './launcher-command.js';

/** The scripts by which a service is started where it serves; development has others. */
const starting = ['start', 'start:prod', 'start:production', 'prod', 'production', 'serve'];

/**
 * Plans the launcher into the package scripts that start the service, one word before the start file; where none can be
 * edited surely, a manual step with the line.
 *
 * @returns how the first of them starts the service now; undefined where none was edited
 */
export function launchInScripts(project: NodeProject, sources: Sources, workspace: Workspace): Launch | undefined {
  const { scripts } = project.manifest;
  const names = new Set(starting.flatMap((name) => withCalled(name, scripts)));
  const launches = [...names].flatMap((script) => {
    const launch = launchIn(scripts[script] ?? '', project, sources);
    return launch === undefined ? [] : [{ script, launch }];
  });
  for (const { script, launch } of launches) {
    editScript(workspace, script, [insertAt(launch.offset, `${quoted(launch.launcher)} `)]);
  }
  if (launches.length === 0) workspace.manual(manualStep(project, sources));
  return launches[0]?.launch;
}

/** A script, and those that it runs by name (`npm run build && npm run serve:prod`). */
function withCalled(
  name: string,
  scripts: Readonly<Record<string, string>>,
  seen: ReadonlySet<string> = new Set(),
): string[] {
  const line = scripts[name];
  if (line === undefined || seen.has(name)) return [];
  const called = shellCommands(line).flatMap((words) => calledScripts(words.map(({ value }) => value)));
  return [name, ...called.flatMap((other) => withCalled(other, scripts, new Set([...seen, name])))];
}

function manualStep(project: NodeProject, { start, launcher }: Sources): ManualStep {
  const script = project.manifest.scripts['start'];
  const isRunAsIs = compiled(start) === start || /\b(?:tsx|ts-node)\b/.test(script ?? '');
  const name = (path: string) => quoted(isRunAsIs ? path : builtPath(project, path));
  const what =
    script === undefined ? 'there is no start script' : `the start script (${script}) could not be edited surely`;
  const how = isRunAsIs
    ? 'the launcher goes before the start file'
    : `have ${launcher} compiled, too (in a bundle: as an entry of its own), and start it before the start file`;
  return {
    path: 'package.json',
    reason: `${what}: to serve with several processes, ${how}`,
    snippet: `"start": ${JSON.stringify(`node ${name(launcher)} ${name(start)}`)}`,
  };
}

/** A path as a word that every shell reads alike. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `"${path.replace(/["$`\\]/g, '\\$&')}"`;
}
