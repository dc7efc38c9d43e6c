import { type ManualStep, RefusedError } from '../errors.js';
import { isSource, mentions } from './dependents.js';
import { isAsWritten } from './hash.js';
import type { Insert } from './plan.js';
import type { InstallRecord } from './record.js';
import { takeOut } from './take-out.js';
import type { Workspace } from './workspace.js';

export interface WithdrawOptions {
  /** A reason to leave an insertion in place (a dependency that other code imports); undefined to take it out. */
  readonly keep?: (path: string, insert: Insert) => string | undefined;
  /** Other source files of the target, to be searched for imports of what would go away. */
  readonly sources?: readonly string[];
}

/** What could not be, or was not, taken back. */
export interface Withdrawal {
  readonly left: readonly ManualStep[];
}

/**
 * Plans the removal of everything that a record lists; the record itself is makePlan's. Edited files get back the bytes
 * they had, or lose just our lines where the user has edited around them. Created files go; of the ones that the user has
 * edited, those with insertions lose these, and the others stay and are named.
 *
 * Source files decide over all of it: when an insertion in one cannot be told apart, or any source file would still
 * import a file that goes, nothing is removed, because the app would no longer start.
 *
 * @throws RefusedError in that case; its `manual` names the lines
 */
export function withdraw(record: InstallRecord, workspace: Workspace, options: WithdrawOptions = {}): Withdrawal {
  const edited = takeOutInserts(record, workspace, options);
  const blocking = edited.filter((step) => step.isSource);
  const left: ManualStep[] = edited.filter((step) => !step.isSource).map(({ step }) => step);
  const going: string[] = [];
  for (const file of record.files.filter(({ action }) => action === 'create')) {
    const text = workspace.onDisk(file.path);
    if (text === undefined) continue;
    if (isAsWritten(text, file.sha256)) going.push(file.path);
    else if (file.inserts.length > 0) {
      const taken = takeOut(text, file);
      left.push(...taken.left);
      if (taken.text.trim() === '') going.push(file.path);
      else workspace.withdrawn(file.path, taken.text);
    } else left.push({ path: file.path, reason: 'was edited since, so it stays', snippet: '' });
  }
  const steps = [...blocking.map(({ step }) => step), ...stillUsed(record, workspace, going, options.sources ?? [])];
  if (steps.length > 0) {
    throw new RefusedError(
      'The metrics cannot be removed: source files would no longer work without them.',
      'Take the named lines out by hand, and what uses them, then run remove again.',
      steps,
    );
  }
  for (const path of going) workspace.withdrawn(path, null);
  return { left: left.map((step) => withDangling(step, workspace, going)) };
}

/**
 * Plans the state before an earlier run, as the base for planning again: insertions out, created files gone. What then
 * differs from the disk is makePlan's to judge, by the record's hashes. An insertion outside source files that its owner
 * has changed becomes the owner's, and is named in the plan's manual steps.
 *
 * @throws RefusedError when an insertion in a source file was changed; its `manual` names the lines
 */
export function rebase(record: InstallRecord, workspace: Workspace): void {
  const unclear = takeOutInserts(record, workspace, {});
  const blocking = unclear.filter((step) => step.isSource).map(({ step }) => step);
  if (blocking.length > 0) {
    throw new RefusedError(
      'Lines that an earlier run inserted were changed since, so they cannot be renewed safely.',
      'Put them back as shown, or take them out, then run the command again.',
      blocking,
    );
  }
  for (const { step } of unclear) workspace.manual(step);
  for (const file of record.files) {
    if (file.action === 'create' && workspace.onDisk(file.path) !== undefined) workspace.withdrawn(file.path, null);
  }
}

/** An insertion that stays in its file. */
interface Remainder {
  readonly isSource: boolean;
  readonly step: ManualStep;
}

function takeOutInserts(record: InstallRecord, workspace: Workspace, options: WithdrawOptions): Remainder[] {
  const remainders: Remainder[] = [];
  for (const file of record.files.filter(({ action }) => action === 'update')) {
    const before = workspace.onDisk(file.path);
    if (before === undefined) continue;
    const taken = takeOut(before, file, options.keep);
    const source = isSource(file.path, before);
    remainders.push(...taken.left.map((step) => ({ isSource: source, step })));
    workspace.withdrawn(file.path, taken.text);
  }
  return remainders;
}

/** Imports of files that go, in source files that stay. */
function stillUsed(
  record: InstallRecord,
  workspace: Workspace,
  going: readonly string[],
  sources: readonly string[],
): ManualStep[] {
  const edited = record.files.filter(({ action }) => action === 'update').map(({ path }) => path);
  const created = new Set(record.files.filter(({ action }) => action === 'create').map(({ path }) => path));
  const steps: ManualStep[] = [];
  for (const path of new Set([...edited, ...sources.map((source) => workspace.canonical(source))])) {
    const text = created.has(path) ? undefined : workspace.read(path);
    if (text !== undefined && isSource(path, text)) steps.push(...mentions(path, text, going));
  }
  return steps;
}

/** Says of a file that stays which of its imports will be missing. */
function withDangling(step: ManualStep, workspace: Workspace, going: readonly string[]): ManualStep {
  const text = workspace.read(step.path);
  const missing = text !== undefined && isSource(step.path, text) ? mentions(step.path, text, going) : [];
  if (missing.length === 0) return step;
  const lines = missing.map(({ snippet }) => snippet).join('\n');
  return {
    ...step,
    reason: `${step.reason}; it imports files that were removed, so delete it when unused`,
    snippet: lines,
  };
}
