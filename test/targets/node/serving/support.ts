import { splice } from '../../../../src/languages/splice.js';
import { makePlan } from '../../../../src/plan/make-plan.js';
import { Workspace } from '../../../../src/plan/workspace.js';
import { type NodeProject, readNodeProject } from '../../../../src/project/node-project.js';
import { makeFolder, type Texts } from '../../../cli/support/folders.js';

export interface Planned {
  /** A file's text as it is planned. */
  readonly read: (path: string) => string | undefined;
  readonly manual: readonly { readonly path: string; readonly reason: string; readonly snippet: string }[];
  /** Whether what was inserted, taken out again, leaves the bytes that were there. */
  readonly canBeTakenBack: boolean;
}

/** Runs a planning function on a target with these files. */
export function planOn(files: Texts, plan: (project: NodeProject, workspace: Workspace) => void): Planned {
  const workspace = new Workspace(makeFolder({ 'package.json': '{}', ...files }));
  plan(readNodeProject(workspace.root, workspace), workspace);
  const { changes, manual } = makePlan(workspace, { next: { tool: '0.1.0', answers: {} } });
  const drafts = [...workspace.planned.drafts];
  const canBeTakenBack = drafts.every(([path, { text, hunks }]) => {
    const edits = hunks.map(({ start, text: own, old }) => ({ offset: start, length: own.length, text: old }));
    return splice(text ?? '', edits) === workspace.onDisk(path);
  });
  if (changes.length === 0) throw new Error('not even a record');
  return { read: (path) => workspace.read(path), manual, canBeTakenBack };
}
