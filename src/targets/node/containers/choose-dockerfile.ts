import type { ManualStep } from '../../../errors.js';
import { UsageError } from '../../../errors.js';
import { type Dockerfile, parseDockerfile, type Stage } from '../../../languages/dockerfile.js';
import { type Folders, findDeployment } from '../../../project/deployment.js';
import type { NodeProject } from '../../../project/node-project.js';
import type { Answers } from '../../../wizard/answers.js';
import type { Site } from '../../target.js';
import { type Runs, stageRuns } from './runs-start.js';

/** The Dockerfile that builds the service's image, and the stage in it that runs the service. */
export interface ChosenDockerfile {
  readonly path: string;
  readonly dockerfile: Dockerfile;
  readonly stage: Stage;
}

/** Why none was chosen. */
export type NoDockerfile = Pick<ManualStep, 'path' | 'reason'>;

interface Candidate extends ChosenDockerfile {
  readonly runs: Runs;
}

/**
 * Finds the Dockerfile whose command starts the service: the named one, or the only one that serves it, or, where none
 * does, the only one that runs it for development.
 *
 * @returns it; or why it is not clear, for the user; or undefined when there is none for this service
 * @throws UsageError when the named one is not there
 */
export function chooseDockerfile(
  project: NodeProject,
  site: Site,
  answers: Pick<Answers, 'dockerfile'>,
  files: Folders,
): ChosenDockerfile | NoDockerfile | undefined {
  const paths = answers.dockerfile === undefined ? findDeployment(files).dockerfiles : [answers.dockerfile];
  const read = paths.map((path) => readCandidate(project, site.start ?? site.entry, path, files));
  const candidates = read.filter((one) => 'stage' in one);
  const [named] = answers.dockerfile === undefined ? [] : candidates;
  if (named) return named;
  const serving = candidates.filter(({ runs }) => runs === 'serves');
  const running = serving.length > 0 ? serving : candidates.filter(({ runs }) => runs === 'develops');
  const [only, ...others] = running;
  if (only && others.length === 0) return only;
  if (only) return severalRun(running);
  const [faulty] = read.filter((one) => !('stage' in one));
  return faulty ?? unknownOf(candidates.filter(({ runs }) => runs === 'unknown'));
}

function readCandidate(project: NodeProject, start: string, path: string, files: Folders): Candidate | NoDockerfile {
  const text = files.read(path);
  if (text === undefined) {
    throw new UsageError(`The Dockerfile ${path} is not there.`, 'Give --dockerfile a path relative to the target.');
  }
  try {
    const dockerfile = parseDockerfile(text);
    return { path, dockerfile, ...servingStage(project, start, dockerfile) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { path, reason: `it could not be read with certainty: ${error.message}` };
  }
}

/** The last stage, which is what is built by default, unless it runs something else and one other stage the service. */
function servingStage(project: NodeProject, start: string, dockerfile: Dockerfile): { stage: Stage; runs: Runs } {
  const [first, ...rest] = dockerfile.stages;
  const last = rest.at(-1) ?? first;
  const runs = stageRuns(project, start, dockerfile, last);
  if (runs === 'serves' || runs === 'unknown') return { stage: last, runs };
  const judged = dockerfile.stages.map((stage) => ({ stage, runs: stageRuns(project, start, dockerfile, stage) }));
  const [only, ...others] = judged.filter((one) => one.runs === 'serves');
  return only && others.length === 0 ? only : { stage: last, runs };
}

function severalRun(candidates: readonly Candidate[]): NoDockerfile {
  const paths = candidates.map(({ path }) => path).join(', ');
  return {
    path: candidates[0]?.path ?? '',
    reason: `several run the service: ${paths}; name one with --dockerfile <path>`,
  };
}

function unknownOf(candidates: readonly Candidate[]): NoDockerfile | undefined {
  const [first] = candidates;
  if (first === undefined) return undefined;
  const paths = candidates.map(({ path }) => path).join(', ');
  const reason = `it is not clear that the container runs the service (${paths}); name the file with --dockerfile <path>`;
  return { path: first.path, reason };
}
