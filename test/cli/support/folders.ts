import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execaSync } from 'execa';
import { onTestFinished } from 'vitest';

/** Texts by path, relative to the folder they go into. */
export type Texts = Readonly<Record<string, string>>;

/** A folder in the temporary folder with these files; it goes when the test has finished. Gives its real path. */
export function makeFolder(files: Texts = {}): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'apm-test-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  writeFiles(root, files);
  return root;
}

/** The same as a git repository with everything committed. */
export function makeRepository(files: Texts): string {
  const root = makeFolder(files);
  git(root, 'init', '--quiet', '--initial-branch=main');
  commitAll(root);
  return root;
}

export function writeFiles(root: string, files: Texts): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

export function commitAll(root: string): void {
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--allow-empty', '--message=Step');
}

/** Runs git without the user's configuration; gives stdout as it is. */
export function git(cwd: string, ...args: readonly string[]): string {
  const settings = ['user.name=Test', 'user.email=test@example.com', 'core.autocrlf=false', 'commit.gpgSign=false'];
  const env = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', LC_ALL: 'C' };
  const all = [...settings.flatMap((setting) => ['-c', setting]), ...args];
  return execaSync('git', all, { cwd, env, stripFinalNewline: false, timeout: 60_000 }).stdout;
}

/** What git sees: empty when nothing differs from the last commit. */
export function gitStatus(root: string): string {
  return git(root, 'status', '--porcelain', '--untracked-files=all');
}
