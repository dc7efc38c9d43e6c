import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyPlan } from '../../src/apply/apply-plan.js';
import { recover } from '../../src/apply/recover.js';
import { stateDirectory } from '../../src/apply/state-directory.js';
import type { Plan } from '../../src/plan/plan.js';
import { makeFolder, put, snapshot } from './scene.js';

let root: string;
let before: Record<string, string>;

const modules = ['shop/metrics/__init__.py', 'shop/metrics/wiring.py'];
const plan: Plan = {
  changes: modules.map((path) => ({ path, kind: 'edited', before: 'x = 1\n', after: null })),
  manual: [],
  commands: [],
  read: {},
};

beforeEach(() => {
  root = makeFolder();
  put(root, '.git/HEAD', 'ref: refs/heads/main\n');
  before = snapshot(root);
  for (const path of modules) put(root, path, 'x = 1\n');
  for (const name of ['__init__.cpython-311.pyc', 'wiring.cpython-311.opt-1.pyc', 'wiring.pypy39.pyc']) {
    put(root, `shop/metrics/__pycache__/${name}`, 'compiled');
  }
});
afterEach(() => rmSync(root, { recursive: true }));

async function apply(): Promise<void> {
  const applied = await applyPlan(plan, { root, stateDir: stateDirectory(root) });
  await applied.commit();
}

/** What is left, by name. */
function left(): string[] {
  return Object.keys(snapshot(root)).filter((path) => !(path in before));
}

test('what Python compiled of deleted modules goes with them, and so do the folders', async () => {
  await apply();
  expect(snapshot(root)).toEqual(before);
});

test('a module that is changed, and not deleted, keeps its cache: it is read by its date', async () => {
  const changes = plan.changes.map((change) => ({ ...change, after: 'x = 2\n' }));
  const applied = await applyPlan({ ...plan, changes }, { root, stateDir: stateDirectory(root) });
  await applied.commit();
  expect(left().filter((path) => path.endsWith('.pyc'))).toHaveLength(3);
});

test.each([
  ['of another module', 'shop/metrics/__pycache__/other.cpython-311.pyc'],
  ['that is no compiled module', 'shop/metrics/__pycache__/wiring.py'],
  ['beside the cache', 'shop/metrics/notes.txt'],
])('a file %s keeps the whole cache', async (_, path) => {
  put(root, path, 'of the user');
  await apply();
  expect(left()).toHaveLength(3 + 3 + 1);
  expect(left()).toContain(path);
});

test('a cache that is a link, or has one in it, is left alone', async () => {
  put(root, 'elsewhere/wiring.cpython-311.pyc', 'of the user');
  rmSync(join(root, 'shop/metrics/__pycache__'), { recursive: true });
  symlinkSync('../../elsewhere', join(root, 'shop/metrics/__pycache__'));
  await apply();
  expect(left()).toContain('elsewhere/wiring.cpython-311.pyc');
  rmSync(join(root, 'shop/metrics/__pycache__'));
  mkdirSync(join(root, 'shop/metrics/__pycache__'));
  for (const path of modules) put(root, path, 'x = 1\n');
  symlinkSync('../../../elsewhere', join(root, 'shop/metrics/__pycache__/wiring.link.pyc'));
  await apply();
  expect(left()).toContain('elsewhere/wiring.cpython-311.pyc');
  expect(left()).toContain('shop/metrics/__pycache__/wiring.link.pyc');
});

test('a cache goes with the last step only: what is rolled back has it still', async () => {
  const all = snapshot(root);
  const applied = await applyPlan(plan, { root, stateDir: stateDirectory(root) });
  await applied.rollback();
  expect(snapshot(root)).toEqual(all);
  expect(await recover(stateDirectory(root))).toBeUndefined();
});

test('a folder that the user made and has a cache in stays', async () => {
  put(root, 'shop/__pycache__/models.cpython-311.pyc', 'compiled');
  await apply();
  expect(left()).toEqual(['shop', 'shop/__pycache__', 'shop/__pycache__/models.cpython-311.pyc']);
});
