import { posix, relative, sep } from 'node:path';
import type { ManualStep } from '../../errors.js';
import { type Dockerfile, parseDockerfile, type Stage } from '../../languages/dockerfile.js';
import { addsInstructions, environmentValue, lineAfter, setEnvironment } from '../../languages/edit-dockerfile.js';
import type { TextEdit } from '../../languages/splice.js';
import { startedStage } from '../../languages/stage-command.js';
import type { Workspace } from '../../plan/workspace.js';
import type { Folders } from '../../project/deployment.js';
import type { Project } from '../../project/project.js';
import { readIfText } from '../../project/source-files.js';
import { type Arrival, arrivalOf, type Wanted } from '../containers/copied-folder.js';
import { explainIgnored } from '../containers/explain-ignored.js';

const variable = 'PROMETHEUS_MULTIPROC_DIR';
const comment = 'Where the worker processes keep their metrics: in memory, emptied by gunicorn_hooks.py at each start';

/** What has to be in the image, relative to the target. */
export interface ImageParts {
  readonly path: string;
  /** The metrics package, and the file beside it that imports it. */
  readonly folder: string;
  readonly entry: string;
  /** gunicorn's config, where it is created, and a file that lies beside it in the image. */
  readonly config: string | undefined;
  readonly start: string;
  /** Where the processes are to share their metrics; undefined to set nothing. */
  readonly shared: string | undefined;
}

/**
 * Plans a Dockerfile's part: that the metrics package, and gunicorn's config, get into the image, and where the processes
 * keep their metrics. What cannot be told is left to the user.
 */
export function planPythonDockerfile(project: Project, workspace: Workspace, parts: ImageParts): void {
  const { path } = parts;
  try {
    const dockerfile = parseDockerfile(readIfText(workspace, path) ?? '');
    const stage = startedStage(dockerfile);
    const { lines, unclear } = copies(project, dockerfile, stage, parts);
    for (const step of unclear) workspace.manual(step);
    const edits = [...lines, ...environment(dockerfile, stage, parts)];
    if (contextOf(project, dockerfile) === '.') explainIgnoredParts(workspace, parts);
    if (edits.length === 0) return;
    if (addsInstructions(dockerfile, edits, edits.length)) workspace.edit(path, edits);
    else {
      const snippet = edits.map(({ text }) => text.trim()).join('\n');
      workspace.manual({ path, reason: 'it could not be edited with certainty', snippet });
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    workspace.manual({ path, reason: `it could not be read with certainty: ${error.message}`, snippet: '' });
  }
}

/** Whether an image that it builds has all that has to be there as it is. */
export function bringsAlong(project: Project, files: Folders, parts: ImageParts): boolean {
  try {
    const dockerfile = parseDockerfile(readIfText(files, parts.path) ?? '');
    const { lines, unclear } = copies(project, dockerfile, startedStage(dockerfile), parts);
    return lines.length === 0 && unclear.length === 0;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return false;
  }
}

function explainIgnoredParts(workspace: Workspace, { path, folder, entry, config }: ImageParts): void {
  for (const added of [folder, ...(config === undefined ? [] : [config])]) {
    explainIgnored(workspace, path, entry, added);
  }
}

function environment(dockerfile: Dockerfile, stage: Stage, { shared }: ImageParts): TextEdit[] {
  const isSet = shared === undefined || environmentValue(dockerfile, stage, variable) !== undefined;
  return isSet ? [] : [setEnvironment(dockerfile, stage, `${variable}=${shared}`, comment)];
}

/**
 * Lines that bring along what is not copied with a folder around it; each goes behind the line of the file beside it. Where
 * nobody can tell how that one gets there, a step for the user.
 */
function copies(
  project: Project,
  dockerfile: Dockerfile,
  stage: Stage,
  { path, folder, entry, config, start }: ImageParts,
): { readonly lines: readonly TextEdit[]; readonly unclear: readonly ManualStep[] } {
  const parts = [{ added: folder, beside: entry }, ...(config === undefined ? [] : [{ added: config, beside: start }])];
  const below = contextOf(project, dockerfile);
  const lines: TextEdit[] = [];
  const unclear: ManualStep[] = [];
  for (const { added, beside } of parts) {
    const inContext = (name: string) => posix.join(below, name);
    const wanted = { folder: inContext(added), entry: inContext(beside), built: [] };
    const arrival = arrivalIn(dockerfile, stage, wanted);
    if (arrival.by === 'folder') continue;
    if (arrival.by === 'file' && arrival.line !== undefined) {
      lines.push(lineAfter(dockerfile, arrival.copy, arrival.line));
      continue;
    }
    const reason = `it is not clear how ${beside} gets into the image; ${added} has to get there beside it`;
    unclear.push({ path, reason, snippet: `COPY ${added} ./${added}` });
  }
  return { lines, unclear };
}

/** How it gets into what is started; where the code comes with a later stage, into that. */
function arrivalIn(dockerfile: Dockerfile, stage: Stage, wanted: Wanted): Arrival {
  const arrival = arrivalOf(dockerfile, stage, wanted);
  const last = dockerfile.stages.at(-1);
  return arrival.by !== 'unknown' || last === undefined ? arrival : arrivalOf(dockerfile, last, wanted);
}

/** The target's path in the build context: below it where the Dockerfile copies from the repository's root. */
function contextOf({ root, gitRoot }: Project, { text }: Dockerfile): string {
  const below = gitRoot === undefined ? '' : relative(gitRoot, root).split(sep).join('/');
  const names = text.split(/[\s"',=]+/).map((word) => word.replace(/^\.?\/|\/$/g, ''));
  return below !== '' && names.some((name) => name === below || name.startsWith(`${below}/`)) ? below : '.';
}
