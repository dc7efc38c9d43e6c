import { posix, relative, sep } from 'node:path';
import { type Dockerfile, rootImage } from '../../../languages/dockerfile.js';
import type { TextEdit } from '../../../languages/splice.js';
import type { Workspace } from '../../../plan/workspace.js';
import type { Project } from '../../../project/project.js';
import { readIfText } from '../../../project/source-files.js';
import type { Answers } from '../../../wizard/answers.js';
import { isWanted } from '../../../wizard/parts.js';
import type { Site } from '../../target.js';
import { type ChosenDockerfile, chooseDockerfile } from './choose-dockerfile.js';
import { composeSteps } from './compose.js';
import { type Arrival, arrivalOf } from './copied-folder.js';
import { isIgnored } from './dockerignore.js';
import { addsInstructions, environmentValue, lineAfter, setEnvironment } from './edit-dockerfile.js';
import { builtStartFiles } from './runs-start.js';
import { dropInExample, systemdDropIns } from './systemd.js';

const variable = 'PROMETHEUS_MULTIPROC_DIR';

/**
 * Where a container's processes keep their metrics. It is there in every container (also without a shell, and with a
 * read-only file system), in memory, empty after a restart, and every USER may write to it: nothing has to be made or
 * handed over. Its usual 64 MB hold some 200,000 series, all workers together.
 */
const containerFolder = '/dev/shm';
const assignment = `${variable}=${containerFolder}`;
const comment = 'Where the worker processes keep their metrics: in memory, writable for every user';

/**
 * Plans what containers and service managers need: the Dockerfile, systemd's units, and what is left to the user in
 * compose files.
 *
 * @param folder the generated folder, already planned, relative to the target
 * @throws UsageError when the Dockerfile that was named is not there
 */
export function planContainers(
  project: Project,
  site: Site,
  folder: string,
  answers: Answers,
  workspace: Workspace,
): void {
  if (isWanted('dockerfile', answers, true)) planDockerfile(project, site, folder, answers, workspace);
  if (isWanted('systemd', answers, true)) planSystemd(project, site, answers, workspace);
}

function planDockerfile(project: Project, site: Site, folder: string, answers: Answers, workspace: Workspace): void {
  const snippet = `# ${comment}\nENV ${assignment}`;
  const chosen = chooseDockerfile(project, site, answers, workspace);
  if (chosen === undefined) {
    const reason = 'there is none whose container runs the service';
    if (answers.with?.includes('dockerfile')) workspace.manual({ path: 'Dockerfile', reason, snippet });
  } else if ('stage' in chosen) editDockerfile(project, site, folder, chosen, workspace);
  else workspace.manual({ ...chosen, snippet });
}

function editDockerfile(
  project: Project,
  site: Site,
  folder: string,
  { path, dockerfile, stage }: ChosenDockerfile,
  workspace: Workspace,
): void {
  const edits: TextEdit[] = [];
  const present = environmentValue(dockerfile, stage, variable);
  // On Windows the generated code counts in each process alone, and says so.
  const isWindows = /windows|nanoserver/.test(rootImage(stage));
  if (present === undefined && !isWindows) edits.push(setEnvironment(dockerfile, stage, assignment, comment));
  const below = contextOf(project, dockerfile);
  const arrival = arrivalOf(dockerfile, stage, {
    folder: posix.join(below, folder),
    entry: posix.join(below, site.entry),
    built: builtStartFiles(project, site.start ?? site.entry, dockerfile, stage).map((file) => posix.join(below, file)),
  });
  if (arrival.by === 'file' && arrival.line !== undefined)
    edits.push(lineAfter(dockerfile, arrival.copy, arrival.line));
  else explainArrival(path, dockerfile, site, folder, arrival, workspace);
  if (edits.length > 0 && addsInstructions(dockerfile, edits, edits.length)) workspace.edit(path, edits);
  else if (edits.length > 0) {
    const snippet = edits.map(({ text }) => text.trim()).join('\n');
    workspace.manual({ path, reason: 'it could not be edited with certainty', snippet });
  }
  if (below === '.') explainIgnored(path, site, folder, workspace);
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

function explainIgnored(dockerfile: string, { entry }: Site, folder: string, workspace: Workspace): void {
  const path = [`${dockerfile}.dockerignore`, '.dockerignore'].find((name) => workspace.exists(name));
  const text = path === undefined ? undefined : readIfText(workspace, path);
  const files = workspace.list(folder).map((name) => posix.join(folder, name));
  const ignored = files.filter((file) => text !== undefined && isIgnored(text, file));
  // Where the entry stays outside too, the image is made of what was built before.
  if (path === undefined || text === undefined || ignored.length === 0 || isIgnored(text, entry)) return;
  const reason = `it keeps ${folder}/ out of the image, and without it ${entry} does not start; add as the last line:`;
  workspace.manual({ path, reason, snippet: `!${folder}` });
}

/** The target's path in the build context: below it where the Dockerfile of a workspace's package copies from its root. */
function contextOf({ root, gitRoot }: Project, { text }: Dockerfile): string {
  const below = gitRoot === undefined ? '' : relative(gitRoot, root).split(sep).join('/');
  const names = text.split(/[\s"',=]+/).map((word) => word.replace(/^\.?\/|\/$/g, ''));
  return below !== '' && names.some((name) => name === below || name.startsWith(`${below}/`)) ? below : '.';
}

function planSystemd(project: Project, site: Site, answers: Answers, workspace: Workspace): void {
  const dropIns = systemdDropIns(project, site.start ?? site.entry, workspace);
  for (const { path, text } of dropIns) {
    if (!workspace.exists(path)) workspace.create(path, text, 'seeded');
    else
      workspace.manual({
        path,
        reason: 'there is one of that name, which is not ours; add to it',
        snippet: text.trimEnd(),
      });
  }
  if (dropIns.length > 0 || !answers.with?.includes('systemd')) return;
  workspace.manual({
    path: '/etc/systemd/system/<unit>.service.d/10-prometheus.conf',
    reason: 'there is no unit file here that starts the service and does not say itself where its metrics are kept',
    snippet: dropInExample(answers.appTag).trimEnd(),
  });
}
