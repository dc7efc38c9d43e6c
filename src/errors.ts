/**
 * One class for each way the tool can end without doing what was asked. Each carries what the user can do about it, and
 * becomes an exit code and a JSON error code in one place (commands/failure.ts).
 */
export abstract class CommandError extends Error {
  /** The process's exit code; the table is in README.md, "Exit codes". */
  abstract readonly exitCode: number;
  /** The word in the JSON document's `error.code`. */
  abstract readonly code: string;
  /** What the user can do, one or two sentences; empty when the message says it all. */
  readonly hint: string;

  constructor(message: string, hint = '', options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.hint = hint;
  }
}

/** The call or an answer is wrong: an unknown flag, a value out of range, a file that is not there. */
export class UsageError extends CommandError {
  readonly exitCode = 2;
  readonly code = 'usage';
}

/** Something to add by hand, because the tool was not sure that it could do it safely. */
export interface ManualStep {
  /** File the step is about, relative to the target. */
  readonly path: string;
  /** Why it was not done, with the place (line) where there is one. */
  readonly reason: string;
  /** The exact lines to add. */
  readonly snippet: string;
}

/** It cannot be done safely here. Nothing was written. */
export class RefusedError extends CommandError {
  readonly exitCode = 3;
  readonly code = 'refused';
  readonly manual: readonly ManualStep[];

  constructor(message: string, hint = '', manual: readonly ManualStep[] = [], options?: ErrorOptions) {
    super(message, hint, options);
    this.manual = manual;
  }
}

/** Several apps could be the one that serves; one who can be asked is asked. */
export class AmbiguousAppError extends RefusedError {
  /** The variables that hold them. */
  readonly names: readonly string[];

  constructor(message: string, hint: string, manual: readonly ManualStep[], names: readonly string[]) {
    super(message, hint, manual);
    this.names = names;
  }
}

/** Writing failed half-way; everything that was written has been rolled back. */
export class ApplyError extends CommandError {
  readonly exitCode = 4;
  readonly code = 'apply-failed';
}

/** The files are written, but the package manager failed. */
export class InstallError extends CommandError {
  readonly exitCode = 5;
  readonly code = 'install-failed';
}

/** Ctrl-C, or a question that was closed. */
export class CancelledError extends CommandError {
  readonly exitCode = 130;
  readonly code = 'cancelled';

  constructor() {
    super('Cancelled. Nothing was changed.');
  }
}
