import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { applyPlan } from '../../src/apply/apply-plan.js';
import type { Disk } from '../../src/apply/disk.js';
import { stateDirectory } from '../../src/apply/state-directory.js';
import type { FileChange, Plan } from '../../src/plan/plan.js';

/** A folder of its own, in memory where there is such a place (these tests sync often); the caller removes it. */
export function makeFolder(): string {
  const memory = '/dev/shm';
  return realpathSync(mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'apm-')));
}

export function put(root: string, path: string, data: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), data);
  chmodSync(join(root, path), mode);
}

const files: readonly (readonly [path: string, text: string, mode?: number])[] = [
  ['app.js', "'use strict';\r\nconst app = express();\r\n", 0o755],
  ['bin/www', '#!/usr/bin/env node\nrequire("../app")\n', 0o750],
  ['package.json', '\uFEFF{"name": "x"}'],
  ['package-lock.json', '{"lockfileVersion": 3}\n'],
  ['lib/real.js', 'real\n', 0o600],
  ['old/deep/gone.js', 'gone\n'],
  ['keep/also.js', 'also\n', 0o640],
  ['keep/stay.js', 'stay\n'],
];

/** A workspace with a package in it, in a git repository as far as we look, with everything a plan can change. */
export function makeScene(): { workspace: string; root: string; stateDir: string } {
  const workspace = makeFolder();
  const root = join(workspace, 'pkg');
  put(workspace, '.git/HEAD', 'ref: refs/heads/main\n');
  put(workspace, 'yarn.lock', 'outer\n');
  for (const [path, text, mode] of files) put(root, path, text, mode);
  chmodSync(join(root, 'old/deep'), 0o750);
  symlinkSync('lib/real.js', join(root, 'link.js'));
  return { workspace, root, stateDir: stateDirectory(root) };
}

function change(path: string, after: string | null, source = path): FileChange {
  const before = files.find(([name]) => name === source)?.[1] ?? null;
  return { path, kind: 'edited', before, after };
}

export const plan: Plan = {
  changes: [
    change('app.js', "'use strict';\r\nconst app = instrument(express());\r\n"),
    change('bin/www', '#!/usr/bin/env node\nrequire("../metrics")\nrequire("../app")\n'),
    change('keep/also.js', null),
    change('link.js', 'really\n', 'lib/real.js'),
    change('metrics/index.js', 'new\r\n'),
    change('metrics/nested/deep/x.js', 'nested\n'),
    change('old/deep/gone.js', null),
    change('package.json', '\uFEFF{"name": "x", "dependencies": {}}'),
  ],
  manual: [],
  commands: [],
  read: { 'tsconfig.json': null },
};

/** A whole run: the files, then what a package manager would do to lockfiles, then the end. */
export async function run(root: string, stateDir: string, disk: Disk, signal?: AbortSignal): Promise<void> {
  const applied = await applyPlan(plan, { root, stateDir, disk, signal });
  await applied.protect(['package-lock.json', '../yarn.lock', 'pnpm-lock.yaml']);
  writeFileSync(join(root, 'package-lock.json'), '{"lockfileVersion": 3, "packages": {}}\n');
  writeFileSync(join(root, '../yarn.lock'), 'outer, changed\n');
  writeFileSync(join(root, 'pnpm-lock.yaml'), 'new\n');
  await applied.commit();
}

/** Every name below a folder with its kind, permissions and bytes. */
export function snapshot(folder: string, path = ''): Record<string, string> {
  const result: Record<string, string> = {};
  for (const name of readdirSync(join(folder, path)).sort()) {
    const below = join(path, name);
    const absolute = join(folder, below);
    const stat = lstatSync(absolute);
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isSymbolicLink()) result[below] = `link ${readlinkSync(absolute)}`;
    else if (stat.isDirectory()) Object.assign(result, { [below]: `folder ${mode}` }, snapshot(folder, below));
    else result[below] = `file ${mode} ${readFileSync(absolute).toString('base64')}`;
  }
  return result;
}
