import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { describe, expect, test } from 'vitest';
import { commitAll, git, gitStatus, makeRepository } from './support/folders.js';
import { addMetrics, bin, environment, run } from './support/run.js';
import { manifestOf, sampleApp } from './support/sample-app.js';
import { treeOf } from './support/tree.js';

/** Applies a patch as a person would: from the target, with git. */
function apply(cwd: string, patch: string, ...options: string[]): void {
  execaSync('git', ['apply', ...options, '-'], { cwd, input: patch, timeout: 10_000 });
}

describe('--dry-run', () => {
  test.each([
    ['LF', sampleApp],
    [
      'CRLF and a byte order mark',
      { ...sampleApp, 'app.js': `\uFEFF${sampleApp['app.js']?.replaceAll('\n', '\r\n')}` },
    ],
    [
      'no final newlines',
      { ...sampleApp, 'app.js': sampleApp['app.js']?.trimEnd() ?? '', 'package.json': manifestOf({}).trimEnd() },
    ],
    [
      'a folder with spaces and umlauts',
      {
        ...sampleApp,
        'app.js': '',
        'src möglich/app.js': sampleApp['app.js'] ?? '',
        'package.json': manifestOf({ main: 'src möglich/app.js', scripts: {} }),
      },
    ],
  ])('prints a patch that git applies, and nothing else: %s', async (_, files) => {
    const root = makeRepository(files);
    const before = treeOf(root);
    const { exitCode, stdout, stderr } = await run(['add', root, '--yes', '--no-install', '--dry-run']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^diff --git /);
    expect(stderr).toContain('would change; nothing was written.');
    expect(treeOf(root)).toEqual(before);

    apply(root, stdout);
    const patched = treeOf(root);
    git(root, 'clean', '--quiet', '-fd');
    git(root, 'restore', '.');
    await addMetrics(root);
    expect(patched).toEqual(treeOf(root));
  });

  test('in a folder below the git root, says how to apply the patch there', async () => {
    const root = makeRepository({
      ...Object.fromEntries(Object.entries(sampleApp).map(([path, text]) => [`apps/api/${path}`, text])),
    });
    const dir = join(root, 'apps/api');
    const { stdout, stderr } = await run(['add', dir, '--yes', '--dry-run']);
    // The diff's paths are the target's own; git takes them for the repository's.
    expect(stderr).toContain('To apply the diff: git apply --directory=apps/api\n');
    apply(root, stdout, '--directory=apps/api');
    expect(gitStatus(root)).toContain(' M apps/api/app.js\n');
    expect(gitStatus(root)).toContain('?? apps/api/metrics/index.js\n');
    const check = await run(['add', dir, '--check']);
    expect(check.exitCode, check.stdout).toBe(0);
  });

  test('of remove prints the way back', async () => {
    const root = makeRepository(sampleApp);
    const before = treeOf(root);
    await addMetrics(root);
    const { exitCode, stdout, stderr } = await run(['remove', root, '--yes', '--no-install', '--dry-run']);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('nothing was written');
    apply(root, stdout);
    expect(treeOf(root)).toEqual(before);
  });

  test('with nothing to do prints nothing on stdout', async () => {
    const root = makeRepository(sampleApp);
    await addMetrics(root);
    commitAll(root);
    const { exitCode, stdout, stderr } = await run(['add', root, '--yes', '--dry-run']);
    expect([exitCode, stdout]).toEqual([0, '']);
    expect(stderr).toContain('Nothing to do');
  });

  test('is plain without a terminal, coloured with FORCE_COLOR', async () => {
    const root = makeRepository(sampleApp);
    const plain = await run(['add', root, '--dry-run']);
    const coloured = await run(['add', root, '--dry-run'], { env: { FORCE_COLOR: '1' } });
    expect(plain.stdout).not.toContain('\u001b');
    expect(coloured.stdout).toContain('\u001b[32m+');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
    expect(coloured.stdout.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain.stdout);
  });

  test('a reader that goes away early is no error', async () => {
    const root = makeRepository(sampleApp);
    const child = spawn(process.execPath, [bin, 'add', root, '--dry-run'], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const [exitCode] = await once(child, 'close');
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('nothing was written')]);
  });
});
