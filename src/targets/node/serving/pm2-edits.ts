import type { ManualStep } from '../../../errors.js';
import { insertAt, splice, type TextEdit } from '../../../languages/splice.js';
import { type Setting, scopeOf, setProperties } from '../../../languages/typescript/object-literal.js';
import type { Workspace } from '../../../plan/workspace.js';
import { dockerCommand } from '../../../project/docker-command.js';
import type { NodeProject } from '../../../project/node-project.js';
import { execModeNames, type Pm2App, type Pm2Apps, readPm2Apps } from '../../../project/pm2-apps.js';
import { type Pm2Command, pm2Commands } from '../../../project/pm2-commands.js';
import { countIn, positive } from '../../../project/process-count.js';
import { sourceOf } from '../../../project/start-command.js';
import { type Pm2Serving, pm2Serving } from '../../../project/workers.js';
import { editScript } from './edit-script.js';

/**
 * Plans another number of processes where PM2 runs the service: in its process file, else in the `pm2` commands of the
 * scripts. What cannot be edited surely is left to the user, with the lines.
 *
 * @param start the file that the service's process starts with
 */
export function planPm2(project: NodeProject, start: string, count: number, workspace: Workspace): void {
  const commands = pm2Commands(project.manifest, dockerCommand(project.files));
  const serving = pm2Serving(project, start, commands);
  if (serving !== undefined) {
    planFile(serving, start, count, workspace);
    return;
  }
  for (const command of commands) planCommand(project, command, start, count, workspace);
}

function planFile(serving: Pm2Serving, start: string, count: number, workspace: Workspace): void {
  const { path, apps, matching } = serving;
  const [app] = matching;
  const edits = app === undefined ? [] : setProperties(apps.file, app.object, settingsOf(apps, app, count));
  const obstacle =
    obstacleIn(serving, start) ?? (isRight(serving, edits, count) ? undefined : 'an edit of it would not be sure');
  if (obstacle === undefined) workspace.edit(path, edits);
  else workspace.manual(fileStep(path, obstacle, count));
}

/** Why a process file cannot be edited surely; undefined when it can. */
function obstacleIn({ path, apps, matching }: Pm2Serving, start: string): string | undefined {
  const [app, ...others] = matching;
  if (/\.ya?ml$/.test(path)) return 'YAML is not edited';
  if (apps.isOpaque) return 'its apps are computed, or it is not valid';
  if (app === undefined) return `none of its apps names ${start} as the script that Node runs`;
  if (others.length > 0) return `several of its apps run ${start}`;
  const { interpreter = 'node' } = app;
  if (!/(?:^|[/\\])node(?:\.exe)?$/.test(interpreter))
    return `PM2 shares a port between processes of Node, not of ${interpreter}`;
  return app.isPlain && app.isStatic ? undefined : `the app that runs ${start} is not written out as plain values`;
}

/** One process may stay in the mode that it has: only several share a port in cluster mode. */
function settingsOf({ file }: Pm2Apps, app: Pm2App, count: number): Setting[] {
  const instances: Setting[] =
    countIn(app.instances, scopeOf(file)) === count ? [] : [{ name: 'instances', value: count }];
  if (count === 1 || /^cluster/.test(app.execMode ?? '')) return instances;
  return [...instances, { name: 'exec_mode', aliases: execModeNames, value: 'cluster' }];
}

/** Reads the edited file again: the same apps, and this one as it is meant to be. */
function isRight({ path, apps, matching }: Pm2Serving, edits: readonly TextEdit[], count: number): boolean {
  const after = readPm2Apps(path, splice(apps.file.text, edits));
  const [before] = matching;
  const edited = before && after.apps[apps.apps.indexOf(before)];
  if (before === undefined || edited === undefined) return false;
  if (after.isOpaque || after.apps.length !== apps.apps.length) return false;
  const isCluster = count === 1 || /^cluster/.test(edited.execMode ?? '');
  return edited.script === before.script && isCluster && countIn(edited.instances, scopeOf(after.file)) === count;
}

function fileStep(path: string, reason: string, count: number): ManualStep {
  const lines: readonly (readonly [string, string | number])[] = [
    ['instances', count],
    ['exec_mode', 'cluster'],
  ];
  const snippet = lines.map(([name, value]) => {
    if (/\.ya?ml$/.test(path)) return `${name}: ${value}`;
    if (path.endsWith('.json')) return `${JSON.stringify(name)}: ${JSON.stringify(value)},`;
    return `${name}: ${typeof value === 'number' ? value : `'${value}'`},`;
  });
  return { path, reason: `${reason}: to serve with ${count} processes, set`, snippet: snippet.join('\n') };
}

function planCommand(
  project: NodeProject,
  command: Pm2Command,
  start: string,
  count: number,
  workspace: Workspace,
): void {
  const { script, file, isForeign } = command;
  const line = script === undefined ? '' : (project.manifest.scripts[script] ?? '');
  const starts = file !== undefined && (isForeign || sourceOf(project.files, file, project.typescript) === start);
  if (!starts || /\s--watch\b/.test(line)) return;
  if (script !== undefined && !isForeign) {
    editScript(workspace, script, instancesEdits(command, line, count));
    return;
  }
  workspace.manual({
    path: script === undefined ? 'Dockerfile' : 'package.json',
    reason: `to serve with ${count} processes, PM2 has to start the file itself, with Node, and to be told their number`,
    snippet: `pm2-runtime ${start} -i ${count}`,
  });
}

function instancesEdits({ instances, end }: Pm2Command, line: string, count: number): TextEdit[] {
  if (instances === undefined) return [insertAt(end, ` -i ${count}`)];
  if (positive(instances.value) === count) return [];
  const written = line.slice(instances.start, instances.end);
  const text = written.endsWith(instances.value) ? written.slice(0, -instances.value.length) : '-i ';
  return [{ offset: instances.start, length: written.length, text: `${text}${count}` }];
}
