import { posix, relative, sep } from 'node:path';
import { type Dockerfile, rootImage } from '../../../languages/dockerfile.js';
import { addsInstructions, environmentValue, lineAfter, setEnvironment } from '../../../languages/edit-dockerfile.js';
import type { TextEdit } from '../../../languages/splice.js';
import { stageCommands } from '../../../languages/stage-command.js';
import type { Workspace } from '../../../plan/workspace.js';
import { type Manifest, parseManifest } from '../../../project/manifest.js';
import type { NodeProject } from '../../../project/node-project.js';
import type { Answers } from '../../../wizard/answers.js';
import { type Arrival, arrivalOf } from '../../containers/copied-folder.js';
import { explainIgnored } from '../../containers/explain-ignored.js';
import type { Site } from '../../target.js';
import { launchIn } from '../serving/launcher-command.js';
import type { Launcher } from '../serving/plan-serving.js';
import { type ChosenDockerfile, chooseDockerfile } from './choose-dockerfile.js';
import { composeSteps } from './compose.js';
import { insertLauncher } from './launcher.js';
import { builtStartFiles, scriptsRun } from './runs-start.js';
import { sharesMetrics } from './sharing.js';

const variable = 'PROMETHEUS_MULTIPROC_DIR';

/**
 * Where a container's processes keep their metrics. It is there in every container (also without a shell, and with a
 * read-only file system), in memory, empty after a restart, and every USER may write to it: nothing has to be made or
 * handed over. Its usual 64 MB hold some 200,000 series, all workers together.
 */
const containerFolder = '/dev/shm';
const assignment = `${variable}=${containerFolder}`;
const comment = 'Where the worker processes keep their metrics: in memory, writable for every user';

/** Why the launcher was not put into a command. */
export const unlaunched =
  'its command could not be edited surely; to serve with several processes, it has to run the launcher';

/** What is planned for, and where. */
export interface Context {
  readonly project: NodeProject;
  readonly site: Site;
  /** The file that the process starts with. */
  readonly start: string;
  /** The generated folder, relative to the target. */
  readonly folder: string;
  readonly answers: Answers;
  readonly launcher: Launcher | undefined;
  readonly workspace: Workspace;
}

/**
 * Plans the Dockerfile's part: where the metrics are kept, that the generated folder gets into the image, and that the
 * launcher is run.
 *
 * @throws UsageError when the Dockerfile that was named is not there
 */
export function planDockerfile(context: Context): void {
  const { project, site, answers, workspace } = context;
  const snippet = `# ${comment}\nENV ${assignment}`;
  const chosen = chooseDockerfile(project, site, answers, workspace);
  if (chosen === undefined) {
    const reason = 'there is none whose container runs the service';
    if (answers.with?.includes('dockerfile')) workspace.manual({ path: 'Dockerfile', reason, snippet });
  } else if ('stage' in chosen) {
    editDockerfile(context, chosen);
    if (context.launcher !== undefined) launchInDockerfile(context, context.launcher, chosen);
  } else workspace.manual({ ...chosen, snippet });
}

function editDockerfile(
  { project, site, start, folder, answers, workspace }: Context,
  { path, dockerfile, stage }: ChosenDockerfile,
): void {
  const edits: TextEdit[] = [];
  const present = environmentValue(dockerfile, stage, variable);
  // On Windows the generated code counts in each process alone, and says so.
  const isWindows = /windows|nanoserver/.test(rootImage(stage));
  const isWanted = sharesMetrics(answers, 'dockerfile');
  if (isWanted && present === undefined && !isWindows)
    edits.push(setEnvironment(dockerfile, stage, assignment, comment));
  const below = contextOf(project, dockerfile);
  const arrival = arrivalOf(dockerfile, stage, {
    folder: posix.join(below, folder),
    entry: posix.join(below, site.entry),
    built: builtStartFiles(project, start, dockerfile, stage).map((file) => posix.join(below, file)),
  });
  if (arrival.by === 'file' && arrival.line !== undefined)
    edits.push(lineAfter(dockerfile, arrival.copy, arrival.line));
  else explainArrival(path, dockerfile, site, folder, arrival, workspace);
  if (edits.length > 0 && addsInstructions(dockerfile, edits, edits.length)) workspace.edit(path, edits);
  else if (edits.length > 0) {
    const snippet = edits.map(({ text }) => text.trim()).join('\n');
    workspace.manual({ path, reason: 'it could not be edited with certainty', snippet });
  }
  if (below === '.') explainIgnored(workspace, path, site.entry, folder);
  for (const step of composeSteps(workspace, present ?? containerFolder)) workspace.manual(step);
}

/** Without the folder the app would not start in its container. */
function explainArrival(
  path: string,
  { text }: Dockerfile,
  { entry }: Site,
  folder: string,
  arrival: Arrival,
  workspace: Workspace,
): void {
  if (arrival.by === 'folder') return;
  const snippet = `COPY ${folder} ./${folder}`;
  if (arrival.by === 'file') {
    const line = text.slice(0, arrival.copy.start).split('\n').length;
    const reason = `line ${line} copies ${entry}, and not ${folder}/ beside it, without which it does not start`;
    workspace.manual({ path, reason, snippet });
  } else {
    const reason = `it is not clear how ${entry} gets into the image; unless it is one bundle, ${folder}/ has to get there too`;
    workspace.manual({ path, reason, snippet });
  }
}

/** The target's path in the build context: below it where the Dockerfile of a workspace's package copies from its root. */
function contextOf({ root, gitRoot }: NodeProject, { text }: Dockerfile): string {
  const below = gitRoot === undefined ? '' : relative(gitRoot, root).split(sep).join('/');
  const names = text.split(/[\s"',=]+/).map((word) => word.replace(/^\.?\/|\/$/g, ''));
  return below !== '' && names.some((name) => name === below || name.startsWith(`${below}/`)) ? below : '.';
}

/** Has the container's command run the launcher, unless a package script that it calls does already. */
function launchInDockerfile(
  { project, start, folder, workspace }: Context,
  launcher: Launcher,
  { path, dockerfile, stage }: ChosenDockerfile,
): void {
  const line = stageCommands(dockerfile, stage).map(({ words }) => words.map(({ value }) => value).join(' '));
  if (scriptsRun(manifestOf(workspace), line.join(' && '), launcher.path)) return;
  const text = workspace.read(path) ?? '';
  const source = workspace.list(folder).find((name) => /^cluster\.\w+$/.test(name));
  const sources = { start, launcher: posix.join(folder, source ?? 'cluster.js') };
  const built = builtStartFiles(project, start, dockerfile, stage).flatMap((file) => {
    const launch = launchIn(`node ${file}`, project, sources);
    return launch === undefined ? [] : [{ program: launch.program, path: launch.launcher }];
  });
  const edits = [launcher, ...built]
    .map((one) => insertLauncher(text, one.program, one.path))
    .find((found) => found !== undefined);
  if (edits !== undefined) workspace.edit(path, edits);
  else
    workspace.manual({
      path,
      reason: unlaunched,
      snippet: `CMD ${JSON.stringify(['node', launcher.path, launcher.program])}`,
    });
}

/** package.json as it will be. */
export function manifestOf(workspace: Workspace): Manifest {
  return parseManifest(workspace.read('package.json') ?? '{}', 'package.json');
}
