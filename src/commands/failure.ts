import { CommanderError } from 'commander';
import { CommandError, InstallError, RefusedError, UsageError } from '../errors.js';
import { documentOf, type Outcome } from '../report/document.js';
import { paintFor } from '../report/paint.js';
import { manualSteps } from '../report/summary.js';

/**
 * The one place where an error becomes words and an exit code.
 *
 * @param known what the run had found out before it failed, for the JSON document
 * @returns the exit code
 */
export function reportFailure(
  thrown: unknown,
  how: { readonly json: boolean; readonly verbose: boolean },
  known: Partial<Outcome> = {},
): number {
  const error = asCommandError(thrown);
  const { code, message, hint } = error;
  if (how.json && code !== 'cancelled') {
    const manual = error instanceof RefusedError ? error.manual : (known.manual ?? []);
    process.stdout.write(documentOf({ ...known, status: statusOf(error), manual, error: { code, message, hint } }));
  }
  process.stderr.write(failureText(error));
  if (how.verbose && thrown instanceof Error) process.stderr.write(stackOf(thrown));
  return error.exitCode;
}

function statusOf(error: CommandError): Outcome['status'] {
  if (error instanceof RefusedError) return 'refused';
  return error instanceof InstallError ? 'applied' : 'failed';
}

function failureText(error: CommandError): string {
  const paint = paintFor(process.stderr, process.env);
  const lines = [`${paint('red', 'error')}: ${error.message}`];
  if (error.hint !== '') lines.push(error.hint);
  if (error instanceof RefusedError && error.manual.length > 0) {
    lines.push('', 'By hand:', manualSteps(error.manual, paint));
  }
  return `${lines.join('\n')}\n`;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `caused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}\n${cause}`;
}

function asCommandError(thrown: unknown): CommandError {
  if (thrown instanceof CommandError) return thrown;
  if (thrown instanceof CommanderError) {
    return new UsageError(
      thrown.message.replace(/^error: /, '').replace(/^./, (letter) => letter.toUpperCase()),
      'add-prom-metrics --help lists the commands, add-prom-metrics add --help the flags.',
    );
  }
  return new UnexpectedError(thrown);
}

/** A fault of ours, or of the machine. Nothing is half-written: applying turns its own errors into ApplyError. */
class UnexpectedError extends CommandError {
  readonly exitCode = 4;
  readonly code = 'unexpected';

  constructor(cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super(`Something unexpected failed: ${message}`, 'Run it again with --verbose, and report what it prints.', {
      cause,
    });
  }
}
