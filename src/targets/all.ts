import { basename } from 'node:path';
import { AmbiguousAppError, RefusedError, UsageError } from '../errors.js';
import { type Client, pythonClients } from '../project/clients.js';
import type { Folders } from '../project/deployment.js';
import { readNodeProject } from '../project/node-project.js';
import type { Project } from '../project/project.js';
import { readPythonProject } from '../project/python/python-project.js';
import type { Serving } from '../project/workers.js';
import type { Answers } from '../wizard/answers.js';
import { expressTarget } from './node/express/target.js';
import { flaskTarget } from './python/flask/target.js';
import type { Applied, Detected, Site, Target, Wish } from './target.js';

/** A target and the project that it has read; nobody outside needs to know what kinds those are. */
export interface BoundTarget extends Pick<Target, 'id' | 'title' | 'clients'> {
  readonly project: Project;
  readonly installedClient: Client | undefined;
  /** What is known before the app is found. */
  readonly detected: Detected;
  /** What the JSON document tells of the repository. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Throws as `Target.locate` does. */
  search(wish: Wish): Located;
}

/** An app that was found, with all that belongs to it. */
export interface Located {
  readonly site: Site;
  readonly detected: Detected;
  startCommand(port?: number): string;
  hazards(answers: Answers, serving: Serving): ReturnType<Target['hazards']>;
  /** Throws as `Target.apply` does. */
  apply(answers: Answers, workspace: Parameters<Target['apply']>[3]): Applied;
}

/** What says which service is meant. */
interface TargetWish {
  readonly entry?: string | undefined;
  readonly client?: Client | undefined;
}

type Open = (root: string, files: Folders) => Promise<BoundTarget | undefined>;

const targets: readonly { readonly title: string; readonly open: Open }[] = [bound(expressTarget), bound(flaskTarget)];

/**
 * The framework of what lies in a directory, and its facts. Of several the one that the wish names by its entry or its
 * client, else the only one that the packages list and whose app is found.
 *
 * @param root absolute path of the directory
 * @throws UsageError when there is nothing that a service could be made of
 * @throws RefusedError when it is no framework that the tool knows, or more than one, or its package.json cannot be read
 */
export async function openProject(root: string, files: Folders, wish: TargetWish = {}): Promise<BoundTarget> {
  const found: BoundTarget[] = [];
  for (const { open } of targets) found.push(...[await open(root, files)].filter((target) => target !== undefined));
  const [first, ...others] = found;
  if (first === undefined) throw await nothingFound(root, files);
  return others.length === 0 ? first : chooseTarget(first, found, wish);
}

async function nothingFound(root: string, files: Folders): Promise<UsageError | RefusedError> {
  const titles = targets.map(({ title }) => title).join(', ');
  const isPython = (await readPythonProject(root, files)) !== undefined;
  if (!files.exists('package.json') && !isPython) {
    return new UsageError(
      `There is no package.json in ${basename(root)}. There is no Python service, either.`,
      'Run the command in the folder of the package that serves HTTP, or name it: add-prom-metrics add <dir>.',
    );
  }
  const what = files.exists('package.json') ? 'package.json' : 'The Python code';
  return new RefusedError(
    `${what} names no framework that this version can add metrics to.`,
    `Supported: ${titles}. In a monorepo, run it in the package that serves HTTP.`,
  );
}

function chooseTarget(first: BoundTarget, found: readonly BoundTarget[], wish: TargetWish): BoundTarget {
  const [named, ...alike] = found.filter((target) => isNamed(target, wish));
  if (named !== undefined && alike.length === 0) return named;
  // What is used without being listed is a script's; a list without an app is a tool's, or the frontend's.
  const listed = found.filter(({ facts }) => facts['frameworkVersion'] !== null);
  const serving = listed
    .map((target) => ({ target, entry: entryOf(target) }))
    .filter(({ entry }) => entry !== undefined);
  const [only, ...others] = serving;
  if (others.length === 0) return only?.target ?? listed[0] ?? first;
  const apps = serving.map(({ target, entry }) => `${target.title} in ${entry}`).join(', ');
  const ways = serving.map(({ entry }) => `--entry ${entry}`).join(', or ');
  throw new RefusedError(`There is more than one service here: ${apps}.`, `Name the one that is meant: ${ways}.`);
}

function isNamed({ id, clients }: BoundTarget, { entry, client }: TargetWish): boolean {
  if (entry !== undefined) return entry.endsWith('.py') === (id === flaskTarget.id);
  return client !== undefined && clients.includes(client);
}

/** The file that creates the app; undefined when none is found. */
function entryOf({ search }: BoundTarget): string | undefined {
  try {
    return search({}).site.entry;
  } catch (error) {
    if (error instanceof AmbiguousAppError) return error.manual[0]?.path ?? '<file>';
    if (error instanceof RefusedError || error instanceof UsageError) return undefined;
    throw error;
  }
}

/**
 * The project that an earlier run was about: by the client that was chosen, as the framework may be gone since.
 *
 * @throws UsageError and RefusedError as the reading of its kind of project does
 */
export async function openRecorded(root: string, files: Folders, client: unknown): Promise<Project> {
  const python = pythonClients.some((name) => name === client) ? await readPythonProject(root, files) : undefined;
  return python ?? readNodeProject(root, files);
}

function bound<Facts extends Project, Found extends Site>(target: Target<Facts, Found>): { title: string; open: Open } {
  return {
    title: target.title,
    async open(root, files) {
      const project = await target.read(root, files);
      return project && bind(target, project);
    },
  };
}

function bind<Facts extends Project, Found extends Site>(target: Target<Facts, Found>, project: Facts): BoundTarget {
  const { id, title, clients } = target;
  return {
    id,
    title,
    clients,
    project,
    installedClient: target.installedClient(project),
    detected: target.detect(project, undefined),
    facts: target.describe(project),
    search(wish) {
      const site = target.locate(project, wish);
      return {
        site,
        detected: target.detect(project, site),
        startCommand: (port) => target.startCommand(project, site, port),
        hazards: (answers, serving) => target.hazards(site, answers, serving),
        apply: (answers, workspace) => target.apply(project, site, answers, workspace),
      };
    },
  };
}
