import type { Check } from '../checks/check.js';
import type { Progress, Result } from '../checks/run-checks.js';
import { foundText, resultText, runningText, watchingText } from './checks-report.js';
import type { Paint } from './paint.js';

/** Where progress is shown. */
export interface ProgressOutput {
  /** Prints a line that stays. */
  readonly note: (text: string) => void;
  readonly paint: Paint;
  /** A terminal, on which a line can be written over; undefined elsewhere. */
  readonly terminal: NodeJS.WritableStream | undefined;
}

/** Says what happens: a line for each check when it has ended, and on a terminal one that tells which is being run. */
export function checksProgress(checks: readonly Check[], output: ProgressOutput): Progress & { close(): void } {
  const { note, paint, terminal } = output;
  const idWidth = Math.max(...checks.map(({ id }) => id.length));
  const passing = (text: string): void => void terminal?.write(`\r\u001b[K${text}`);
  const advised = new Set<string>();
  const brief = (result: Result): Result => {
    if (result.hint === '' || !advised.has(result.hint)) {
      advised.add(result.hint);
      return result;
    }
    return { ...result, hint: 'as above' };
  };
  const lasting = (text: string): void => {
    passing('');
    note(text);
  };
  return {
    watching: () => (terminal === undefined ? note(watchingText(paint)) : passing(watchingText(paint))),
    found: (metrics) => lasting(foundText(metrics)),
    began: (check) => passing(runningText(check, idWidth, paint)),
    ended: (result) => lasting(resultText(brief(result), idWidth, paint)),
    close: () => passing(''),
  };
}

/** The progress that nobody reads. */
export const silentProgress: Progress & { close(): void } = {
  watching: () => {},
  found: () => {},
  began: () => {},
  ended: () => {},
  close: () => {},
};
