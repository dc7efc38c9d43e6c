import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Workspace } from '../../src/plan/workspace.js';

describe('a workspace over a directory', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'workspace-'));
    writeFileSync(join(root, 'package.json'), '{}\n');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('has nothing below a file: a search for require("./package.json") tries package.json/index.js too', () => {
    const workspace = new Workspace(root);
    expect(workspace.exists('package.json/index.js')).toBe(false);
    expect(workspace.exists('package.json')).toBe(true);
    expect(workspace.read('package.json/index.js')).toBeUndefined();
  });

  it('refuses a file below a file', () => {
    expect(() => new Workspace(root).create('package.json/index.js', '', 'sealed')).toThrow(/is a file/);
  });
});
