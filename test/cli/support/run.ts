import { existsSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const bin = fileURLToPath(new URL('../../../bin/add-prom-metrics.js', import.meta.url));
const built = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The user to run as; needs root. */
  readonly uid?: number;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `--json` prints. */
export interface Report {
  readonly version: number;
  readonly status: string;
  readonly answers: Readonly<Record<string, unknown>>;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly changes: readonly { readonly path: string; readonly action: string; readonly diff: string }[];
  readonly manual: readonly { readonly path: string; readonly reason: string; readonly snippet: string }[];
  readonly commands: readonly (readonly string[])[];
  readonly checklist: readonly { readonly id: string; readonly title: string; readonly command: string }[];
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
}

/** The environment of a run: nothing of the test run's own that changes what is asked or coloured. */
export function environment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !/^(CI|NODE_ENV|NODE_OPTIONS|NO_COLOR|FORCE_COLOR|VITEST.*|INIT_CWD|npm_.*)$/.test(entry[0]),
  );
  return { ...Object.fromEntries(kept), GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', ...env };
}

/** PATH with a folder of programs before the others. */
export function pathWith(folder: string): string {
  return [folder, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
}

/** Runs the built CLI without a terminal. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  if (!existsSync(built)) throw new Error('The CLI is not built: run `npm run build` first.');
  const { exitCode, stdout, stderr } = await execa(process.execPath, [bin, ...args], {
    env: environment(options.env),
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    stripFinalNewline: false,
    timeout: 120_000,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

/** The same with `--json`. Throws when stdout is anything but one JSON document of the whole shape. */
export async function runJson(
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult & { readonly report: Report }> {
  const [command = 'add', ...rest] = args;
  // Not at the end, where it could become the value of a flag that lacks one.
  const result = await run([command, '--json', ...rest], options);
  return { ...result, report: parseReport(result) };
}

function parseReport({ stdout, stderr, exitCode }: RunResult): Report {
  try {
    const report = JSON.parse(stdout) as Report;
    const keys = ['version', 'status', 'answers', 'facts', 'changes', 'manual', 'commands', 'checklist'];
    const missing = keys.filter((key) => !(key in report));
    if (missing.length === 0 && report.version === 1) return report;
    throw new Error(`without ${missing.join(', ')}`);
  } catch (cause) {
    throw new Error(`not the JSON document (exit ${exitCode}):\n${stdout}\n${stderr}`, { cause });
  }
}

/** Adds metrics with `--yes --no-install`; throws when that fails. */
export async function addMetrics(root: string, ...flags: readonly string[]): Promise<RunResult> {
  const result = await run(['add', root, '--yes', '--no-install', ...flags]);
  if (result.exitCode !== 0) throw new Error(`add failed (exit ${result.exitCode}):\n${result.stdout}${result.stderr}`);
  return result;
}
