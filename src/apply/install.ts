import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, shellLine } from '../command.js';
import { CancelledError, InstallError } from '../errors.js';

export { shellLine } from '../command.js';

/** Between the end of a command and the signal that ended it. */
const signalDelayMs = 100;

export interface InstallOptions {
  /** Where the commands run: the target directory. */
  readonly cwd: string;
  /** Where their output goes, both streams: the CLI's stdout is for diffs and JSON. */
  readonly output: NodeJS.WritableStream;
  /** Aborted by Ctrl-C: the running command is ended. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a plan's commands one after the other, without a shell.
 *
 * @throws InstallError when one cannot be started or fails; the hint is the commands that are left to run, to be pasted
 * @throws CancelledError when `signal` was aborted
 */
export async function runCommands(commands: readonly Command[], options: InstallOptions): Promise<void> {
  for (const [index, command] of commands.entries()) {
    throwIfAborted(options.signal);
    const reason = await run(command, options);
    // A terminal's Ctrl-C ends the command too, and its end may be seen before our own signal.
    if (reason !== undefined) await sleep(signalDelayMs);
    throwIfAborted(options.signal);
    if (reason === undefined) continue;
    const remaining = commands.slice(index).map(shellLine).join(' && ');
    throw new InstallError(
      `${shellLine(command)} failed: ${reason}. The files are written.`,
      `Run it yourself: ${shellLine(['cd', options.cwd])} && ${remaining}`,
    );
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new CancelledError();
}

/** Runs a command; gives the reason when it fails. */
async function run([program, ...args]: Command, { cwd, output, signal }: InstallOptions): Promise<string | undefined> {
  const { execa } = await import('execa');
  // With the process's own stderr a package manager sees the terminal, and shows its progress there.
  const stream = output === process.stderr ? (2 as const) : ('pipe' as const);
  const running = execa(program, args, {
    cwd,
    stdin: 'ignore',
    stdout: stream,
    stderr: stream,
    buffer: false,
    reject: false,
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  });
  running.stdout?.pipe(output, { end: false });
  running.stderr?.pipe(output, { end: false });
  const result = await running;
  if (!result.failed) return undefined;
  if (result.code === 'ENOENT') return `${program} is not installed`;
  if (result.exitCode !== undefined) return `exit code ${result.exitCode}`;
  return result.signal === undefined ? (result.originalMessage ?? 'it could not be run') : `ended by ${result.signal}`;
}
