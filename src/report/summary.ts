import type { ManualStep } from '../errors.js';
import type { FileChange } from '../plan/plan.js';
import type { ChecklistItem } from './checklist.js';
import type { Paint } from './paint.js';

/** A line for each changed file. */
export function changedFiles(changes: readonly FileChange[], paint: Paint): string {
  return changes.map((change) => `  ${paint(...mark(change))} ${change.path}`).join('\n');
}

/** The parts that were left, each with what to add by hand. */
export function manualSteps(manual: readonly ManualStep[], paint: Paint): string {
  return manual
    .map(
      ({ path, reason, snippet }) =>
        `${paint('yellow', path)}: ${reason}${snippet === '' ? '' : `\n${indented(snippet)}`}`,
    )
    .join('\n');
}

/** The checklist as numbered commands to paste. */
export function checklistText(items: readonly ChecklistItem[], paint: Paint): string {
  return items.map(({ title, command }, index) => `  ${index + 1}. ${title}\n     ${paint('dim', command)}`).join('\n');
}

function mark({ before, after }: FileChange): ['green' | 'red' | 'cyan', string] {
  if (before === null) return ['green', 'create'];
  return after === null ? ['red', 'delete'] : ['cyan', 'update'];
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
