import { createHash } from 'node:crypto';
import { appendFile, cp, lstat, mkdtemp, readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { FIXTURE_FILE, type Fixture } from './fixture.js';
import { addNodeModules } from './node-modules.js';
import { appEnvironment, type RunningApp, startApp } from './running-app.js';

/** A copy of a fixture in a git repository of its own, in the temporary folder. */
export interface Target {
  readonly fixture: Fixture;
  /** The git repository. */
  readonly root: string;
  /** The package that serves: what the tool is pointed at. */
  readonly dir: string;
}

const COMMAND_MS = 120_000;
const NOT_COPIED: ReadonlySet<string> = new Set([FIXTURE_FILE, 'node_modules']);

/** Copies, commits and gives node_modules. `removeTarget` takes it away again. */
export async function createTarget(fixture: Fixture): Promise<Target> {
  const root = await realpath(await mkdtemp(path.join(os.tmpdir(), `apm-${fixture.name}-`)));
  const target = { fixture, root, dir: path.join(root, fixture.dir ?? '.') };
  try {
    await fill(target);
  } catch (error) {
    await removeTarget(target);
    throw error;
  }
  return target;
}

async function fill({ fixture, root }: Target): Promise<void> {
  await cp(fixture.folder, root, {
    recursive: true,
    filter: (source) => !NOT_COPIED.has(path.relative(fixture.folder, source)),
  });
  await git(root, 'init', '--quiet', '--initial-branch=main');
  // Most fixtures have no .gitignore.
  await appendFile(path.join(root, '.git', 'info', 'exclude'), 'node_modules\n');
  await git(root, 'add', '--all');
  await git(root, 'commit', '--quiet', '--message=Start');
  if (fixture.set !== undefined) await addNodeModules(fixture.set, root);
}

export async function removeTarget(target: Target): Promise<void> {
  await rm(target.root, { recursive: true, force: true });
}

/** Builds where there is something to build, and starts the app. */
export async function bootTarget(target: Target, env: Readonly<Record<string, string>> = {}): Promise<RunningApp> {
  const { build = [], start } = target.fixture;
  if (start === undefined) throw new Error(`${target.fixture.name} has no start command`);
  for (const command of build) await runInTarget(target, command);
  return startApp({ command: start, cwd: target.dir, binFolders: binFolders(target), env });
}

/** Runs the fixture's own tests and linter; throws with their output when one fails. */
export async function checkTarget(target: Target): Promise<void> {
  for (const command of target.fixture.checks ?? []) await runInTarget(target, command);
}

/** What git has to say: empty when nothing differs from the commit and nothing new lies about. */
export async function gitStatus(target: Target): Promise<string> {
  return git(target.root, 'status', '--porcelain', '--untracked-files=all');
}

/**
 * Every file, folder and link with its mode and content's hash; without .git, node_modules and what the fixture names
 * as made by builds. Unlike git's status it sees empty folders and files that .gitignore covers.
 */
export async function snapshotTarget(target: Target): Promise<Record<string, string>> {
  const base = target.fixture.dir ?? '';
  const skipped = new Set((target.fixture.ignored ?? []).map((name) => path.join(base, name)));
  const snapshot: Record<string, string> = {};
  const walk = async (folder: string): Promise<void> => {
    for (const name of (await readdir(path.join(target.root, folder))).sort()) {
      const file = path.join(folder, name);
      if (name === 'node_modules' || file === '.git' || skipped.has(file)) continue;
      const stats = await lstat(path.join(target.root, file));
      snapshot[file] = `${stats.mode.toString(8)} ${await contentOf(path.join(target.root, file), stats)}`;
      if (stats.isDirectory()) await walk(file);
    }
  };
  await walk('');
  return snapshot;
}

async function contentOf(file: string, stats: { isFile(): boolean; isSymbolicLink(): boolean }): Promise<string> {
  if (stats.isSymbolicLink()) return readlink(file);
  if (!stats.isFile()) return '';
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

async function runInTarget(target: Target, command: readonly [string, ...string[]]): Promise<void> {
  const [program, ...args] = command;
  const { failed, all } = await execa(program, args, {
    cwd: target.dir,
    env: appEnvironment(binFolders(target)),
    extendEnv: false,
    timeout: COMMAND_MS,
    reject: false,
    all: true,
  });
  if (failed) throw new Error(`${command.join(' ')} failed in ${target.fixture.name}:\n${all}`);
}

function binFolders({ dir, root }: Target): string[] {
  return [...new Set([dir, root])];
}

async function git(cwd: string, ...args: string[]): Promise<string> {
  const settings = ['user.name=Test', 'user.email=test@example.com', 'core.autocrlf=false', 'commit.gpgSign=false'];
  const { stdout } = await execa('git', [...settings.flatMap((setting) => ['-c', setting]), ...args], {
    cwd,
    env: { GIT_CONFIG_GLOBAL: os.devNull, GIT_CONFIG_SYSTEM: os.devNull },
    timeout: COMMAND_MS,
  });
  return stdout;
}
