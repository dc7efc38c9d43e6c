import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** What `--json` prints, as far as these tests read it (README.md, "JSON"). */
export interface Report {
  readonly version: 1;
  readonly status: string;
  readonly changes: readonly { readonly path: string; readonly action: string }[];
  readonly manual: readonly { readonly path: string; readonly reason: string; readonly snippet: string }[];
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
}

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const BIN = fileURLToPath(new URL('../../bin/add-prom-metrics.js', import.meta.url));
const BUILT = fileURLToPath(new URL('../../dist', import.meta.url));
const TIMEOUT_MS = 60_000;

/** Runs the built CLI without a terminal. */
export async function runCli(...args: string[]): Promise<CliResult> {
  if (!existsSync(BIN) || !existsSync(BUILT)) throw new Error('The CLI is not built: run `npm run build` first.');
  const result = await execa(process.execPath, [BIN, ...args], { reject: false, stdin: 'ignore', timeout: TIMEOUT_MS });
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
}

/** The same with `--json`; throws when stdout is anything but one JSON document. */
export async function runCliJson(...args: string[]): Promise<CliResult & { readonly report: Report }> {
  const result = await runCli(...args, '--json');
  try {
    return { ...result, report: JSON.parse(result.stdout) as Report };
  } catch (error) {
    throw new Error(`not JSON (exit ${result.exitCode}): ${result.stdout}\n${result.stderr}`, { cause: error });
  }
}
