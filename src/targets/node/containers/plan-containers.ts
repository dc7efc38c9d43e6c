import { shellCommands } from '../../../languages/shell-words.js';
import type { Workspace } from '../../../plan/workspace.js';
import type { NodeProject } from '../../../project/node-project.js';
import { readIfText } from '../../../project/source-files.js';
import type { Answers } from '../../../wizard/answers.js';
import { isWanted } from '../../../wizard/parts.js';
import type { Site } from '../../target.js';
import type { Launcher } from '../serving/plan-serving.js';
import { insertLauncherInProcfile } from './launcher.js';
import { type Context, manifestOf, planDockerfile, unlaunched } from './plan-dockerfile.js';
import { commandRuns, scriptsRun } from './runs-start.js';
import { sharesMetrics } from './sharing.js';
import { dropInExample, systemdDropIns } from './systemd.js';

const procfile = 'Procfile';

/**
 * Plans what containers and service managers need: the Dockerfile, systemd's units, the Procfile, and what is left to the
 * user in compose files.
 *
 * @param folder the generated folder, already planned, relative to the target
 * @param launcher what is to run the start file in several processes
 * @throws UsageError when the Dockerfile that was named is not there
 */
export function planContainers(
  project: NodeProject,
  site: Site,
  folder: string,
  answers: Answers,
  workspace: Workspace,
  launcher?: Launcher,
): void {
  const context = { project, site, start: site.start ?? site.entry, folder, answers, launcher, workspace };
  if (isWanted('dockerfile', answers, true)) planDockerfile(context);
  if (isWanted('systemd', answers, true)) planSystemd(context);
  if (isWanted('procfile', answers, true)) planProcfile(context);
}

function planSystemd({ project, start, answers, launcher, workspace }: Context): void {
  if (!sharesMetrics(answers, 'systemd')) return;
  const dropIns = systemdDropIns(project, start, launcher, manifestOf(workspace), workspace);
  for (const { path, text, unclear } of dropIns) {
    if (text !== '' && !workspace.exists(path)) workspace.create(path, text, 'seeded');
    else if (text !== '') {
      const reason = 'there is one of that name, which is not ours; add to it';
      workspace.manual({ path, reason, snippet: text.trimEnd() });
    }
    const command = `ExecStart=\nExecStart=${unclear}`;
    if (unclear !== undefined) workspace.manual({ path, reason: unlaunched, snippet: command });
  }
  if (dropIns.length > 0 || !answers.with?.includes('systemd')) return;
  workspace.manual({
    path: '/etc/systemd/system/<unit>.service.d/10-prometheus.conf',
    reason: 'there is no unit file here that starts the service',
    snippet: dropInExample(answers.appTag).trimEnd(),
  });
}

function planProcfile({ project, start, answers, launcher, workspace }: Context): void {
  if (launcher === undefined) return;
  const { program, path } = launcher;
  const text = readIfText(workspace, procfile);
  const snippet = `web: node ${path} ${program}`;
  if (text === undefined) {
    if (answers.with?.includes('procfile')) workspace.manual({ path: procfile, reason: 'there is none', snippet });
    return;
  }
  const line = /^web[ \t]*:(.*)$/m.exec(text)?.[1] ?? '';
  const words = shellCommands(line).map((parts) => parts.map(({ value }) => value));
  if (commandRuns(project, start, words) === 'other' || scriptsRun(manifestOf(workspace), line, path)) return;
  const edits = insertLauncherInProcfile(text, program, path);
  if (edits === undefined) workspace.manual({ path: procfile, reason: unlaunched, snippet });
  else workspace.edit(procfile, edits);
}
