import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { sha256 } from '../plan/hash.js';
import type { Project } from '../project/project.js';
import { memoryName, realStateDirectory, stateDirectory } from './state-directory.js';

/** SHA-256 of a lockfile before our install, as committed, and after it. */
interface InstallTrace {
  readonly before: string;
  readonly after: string;
}

/**
 * The lockfile that may come back from git, relative to the target: never one above it, which others share, nor Bun's
 * binary one, which is not compared as text.
 */
export function ownLockfile({ root, packages: { lockfile } }: Project): string | undefined {
  return lockfile !== undefined && dirname(lockfile) === root && !lockfile.endsWith('.lockb')
    ? relative(root, lockfile)
    : undefined;
}

/** A file's text in the last commit; undefined when there is none, or no git. */
export async function committed(root: string, path: string): Promise<string | undefined> {
  const { execa } = await import('execa');
  const result = await execa('git', ['show', `HEAD:./${path}`], {
    cwd: root,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 256 * 1024 * 1024,
  });
  return result.failed ? undefined : result.stdout;
}

/**
 * Notes what an install makes of a lockfile, machine-local beside the lock, so that `remove` can tell our change from
 * others'. Call it before the install, and what it gives after it; only a lockfile that is as committed is noted.
 */
export async function watchLockfile(project: Project): Promise<() => void> {
  const { root } = project;
  const path = ownLockfile(project);
  const inGit = path === undefined ? undefined : await committed(root, path);
  if (path === undefined || inGit === undefined) return () => undefined;
  const wasCommitted = readText(join(root, path)) === inGit;
  return () => {
    const after = readText(join(root, path));
    const isOurs = wasCommitted && after !== undefined && after !== inGit;
    note(root, path, isOurs ? { before: sha256(inGit), after: sha256(after) } : undefined);
  };
}

/** Whether a lockfile differs from the committed one by nothing but our install. */
export function isOursAlone(root: string, path: string, inGit: string): boolean {
  const trace = readTraces(root)[keyOf(root, path)];
  const now = readText(join(root, path));
  return now !== undefined && trace?.before === sha256(inGit) && trace.after === sha256(now);
}

/** Without a trace the lockfile is forgotten. */
function note(root: string, path: string, trace: InstallTrace | undefined): void {
  const file = join(stateDirectory(root), memoryName);
  const { [keyOf(root, path)]: _, ...others } = readTraces(root);
  const traces = trace === undefined ? others : { ...others, [keyOf(root, path)]: trace };
  try {
    if (Object.keys(traces).length === 0) rmSync(file, { force: true });
    else writeFileSync(file, `${JSON.stringify(traces)}\n`);
  } catch {
    // Without the note `remove` takes the package manager's way; an old one fits no later lockfile.
  }
}

function readTraces(root: string): Readonly<Record<string, InstallTrace | undefined>> {
  try {
    const value: unknown = JSON.parse(readText(join(stateDirectory(root), memoryName)) ?? '{}');
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    return {};
  }
}

/** Packages of one repository share a state directory. */
function keyOf(root: string, path: string): string {
  return relative(realStateDirectory(stateDirectory(root)), join(root, path));
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
