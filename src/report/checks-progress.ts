import type { Check } from '../checks/check.js';
import type { Progress, Result } from '../checks/run-checks.js';
import { foundText, resultText, runningText, watchingText } from './checks-report.js';
import { lineWidth } from './lines.js';
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
  const width = () => lineWidth(terminal);
  let ticking: NodeJS.Timeout | undefined;
  const passing = (text: string): void => void terminal?.write(`\r\u001b[K${text}`);
  const advised = new Set<string>();
  const measured = new Set<string>();
  const brief = (result: Result): Result => {
    const isAdvised = result.hint !== '' && advised.has(result.hint);
    // Where nothing answers, all of them say that and no more.
    const isSame = isAdvised && measured.has(result.measured);
    advised.add(result.hint);
    measured.add(result.measured);
    return isAdvised ? { ...result, hint: 'as above', expected: isSame ? '' : result.expected } : result;
  };
  const lasting = (text: string): void => {
    clearInterval(ticking);
    passing('');
    note(text);
  };
  const began = (check: Check): void => {
    const start = performance.now();
    const show = () => passing(runningText(check, (performance.now() - start) / 1000, idWidth, width(), paint));
    show();
    if (terminal === undefined) return;
    clearInterval(ticking);
    ticking = setInterval(show, 1000).unref();
  };
  return {
    watching: () => (terminal === undefined ? note(watchingText(paint)) : passing(watchingText(paint))),
    found: (metrics) => lasting(foundText(metrics)),
    began,
    ended: (result) => lasting(resultText(brief(result), idWidth, width(), paint)),
    close: () => {
      clearInterval(ticking);
      passing('');
    },
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
