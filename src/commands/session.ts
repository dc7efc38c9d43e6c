import { CancelledError } from '../errors.js';
import type { Outcome } from '../report/document.js';
import { type Paint, paintFor } from '../report/paint.js';
import type { Terminal } from '../wizard/ask.js';

/** The parts of the outcome, filled in as a command goes on. */
type Known = { -readonly [Key in Exclude<keyof Outcome, 'status'>]?: Outcome[Key] };

/** How a command talks to the person or the program that started it. */
export interface Session {
  /** Prints the result: to standard output. */
  readonly out: (text: string) => void;
  /** Prints everything else: to standard error when standard output is reserved for the diff or the JSON document. */
  readonly note: (text: string) => void;
  readonly paintOut: Paint;
  readonly paintNote: Paint;
  /** Whether questions may be asked. */
  readonly interactive: boolean;
  /** What the run has found out so far; an error's report tells it too. */
  readonly known: Known;
  /** Where questions appear. */
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /**
   * Call between two steps that cannot be stopped by the signal themselves.
   *
   * @throws CancelledError when the user has pressed Ctrl-C since
   */
  readonly stopIfCancelled: () => void;
}

/**
 * The session of this process. Nothing is asked without a terminal on both sides, in CI, or when the answer goes to a
 * program (`--json`, `--yes`, `--check`).
 */
export function openSession(options: Readonly<Record<string, unknown>>): Session {
  const { env, stdin, stdout, stderr } = process;
  const reserved = options['json'] === true || options['dryRun'] === true;
  const silent = ['json', 'yes', 'check'].some((flag) => options[flag] !== undefined && options[flag] !== false);
  const inCi = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false';
  const noteStream = reserved ? stderr : stdout;
  const controller = new AbortController();
  // A reader that has gone (`--dry-run | head`) is no fault of the run.
  for (const stream of [stdout, stderr]) stream.on('error', throwUnlessClosed);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => controller.abort());
  return {
    out: (text) => void stdout.write(text),
    note: (text) => void noteStream.write(`${text}\n`),
    paintOut: paintFor(stdout, env),
    paintNote: paintFor(noteStream, env),
    interactive: !silent && !inCi && stdin.isTTY === true && noteStream.isTTY === true,
    known: {},
    terminal: { output: noteStream, signal: controller.signal },
    signal: controller.signal,
    stopIfCancelled: () => {
      if (controller.signal.aborted) throw new CancelledError();
    },
  };
}

function throwUnlessClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
