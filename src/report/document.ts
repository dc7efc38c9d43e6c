import type { ManualStep } from '../errors.js';
import type { Command, FileChange } from '../plan/plan.js';
import type { ChecklistItem } from './checklist.js';
import { filePatch } from './patch.js';

/** What happened, in the words of the JSON document. */
export type Status = 'planned' | 'applied' | 'unchanged' | 'refused' | 'failed' | 'removed';

/** Everything that a run knows by its end; parts are missing when it ended early. */
export interface Outcome {
  readonly status: Status;
  readonly answers?: object;
  readonly facts?: object;
  readonly changes?: readonly FileChange[];
  readonly manual?: readonly ManualStep[];
  readonly commands?: readonly Command[];
  readonly checklist?: readonly ChecklistItem[];
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
}

/** The JSON document of `add` and `remove`, as text with a final newline. */
export function documentOf(outcome: Outcome): string {
  const { status, answers = {}, facts = {}, changes = [], manual = [], commands = [], checklist = [], error } = outcome;
  const document = {
    version: 1,
    status,
    answers,
    facts,
    changes: changes.map((change) => ({ path: change.path, action: actionOf(change), diff: filePatch(change) })),
    manual,
    commands,
    checklist,
    ...(error === undefined ? {} : { error }),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function actionOf({ before, after }: FileChange): 'create' | 'update' | 'delete' {
  if (before === null) return 'create';
  return after === null ? 'delete' : 'update';
}
