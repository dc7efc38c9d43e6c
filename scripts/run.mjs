// Helpers of the scripts in this folder, which run before anything is installed: Node's own modules only.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a program with its output on ours; ends this process with its exit code when that is not 0. */
export async function run(program, args, options = {}) {
  const code = await exitCode(program, args, options);
  if (code !== 0) {
    console.error(`${[program, ...args].join(' ')} failed with exit code ${code}.`);
    process.exit(code);
  }
}

/** Runs a program with its output on ours and gives its exit code. */
export function exitCode(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', ...options });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

/** Installs this package's own dependencies when they are not there yet: a fresh clone. */
export async function installOnce() {
  if (existsSync(new URL('../node_modules/.package-lock.json', import.meta.url))) return;
  await run('npm', ['ci', '--no-audit', '--no-fund']);
}
