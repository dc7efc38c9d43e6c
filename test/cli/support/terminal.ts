import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { bin, environment } from './run.js';

const driver = fileURLToPath(new URL('terminal.py', import.meta.url));

/** Waits for a text, then types keys or sends the program a signal. */
export type Step =
  | { readonly wait: string; readonly send: string }
  | { readonly wait: string; readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' };

export const enter = '\r';
export const controlC = '\u0003';
/** Takes what stands in an input away. */
export const clear = '\u0015';

export interface TerminalResult {
  readonly exitCode: number;
  /** Everything that was printed, without control sequences. */
  readonly output: string;
}

/**
 * Runs the built CLI in a pseudo-terminal and plays a person at it.
 *
 * @throws Error with the output when a text that a step waits for does not come
 */
export async function runInTerminal(
  args: readonly string[],
  steps: readonly Step[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<TerminalResult> {
  const task = {
    command: [process.execPath, bin, ...args],
    cwd: options.cwd,
    env: { ...environment(options.env), TERM: 'xterm' },
    steps,
    seconds: 45,
  };
  const { stdout } = await execa('python3', [driver], { input: JSON.stringify(task), timeout: 60_000 });
  const { exitCode, output, missed } = JSON.parse(stdout) as TerminalResult & { missed: string | null };
  if (missed !== null) throw new Error(`never printed: ${missed}\n${output}`);
  return { exitCode, output };
}
