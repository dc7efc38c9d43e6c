// All tests, on a fresh clone too: installs, builds, checks types, lint and format, runs Vitest, and ends with one plain
// line of counts. Arguments are handed to Vitest (a file name runs that file only).
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitCode, installOnce, run } from './run.mjs';

await installOnce();
await run('node', ['scripts/build.mjs']);

const only = process.argv.slice(2);
const checks = only.length > 0 ? [] : [['typecheck'], ['lint']];
let failed = 0;
for (const [script] of checks) {
  if ((await exitCode('npm', ['run', '--silent', script])) !== 0) failed += 1;
}

const folder = mkdtempSync(join(tmpdir(), 'add-prom-metrics-test-'));
const report = join(folder, 'report.json');
const code = await exitCode('npx', [
  '--no-install',
  'vitest',
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...only,
]);
const counts = readCounts(report);
rmSync(folder, { recursive: true, force: true });

const passed = counts.numPassedTests + checks.length - failed;
const broken = counts.numFailedTests + failed;
// A file that does not even load has no test to fail: its run must not look like a success.
const lost = code !== 0 && broken === 0 ? 1 : 0;
const skipped = counts.numPendingTests + counts.numTodoTests;
if (skipped > 0 && process.env.CI) console.error(`${skipped} tests were skipped; in CI nothing may be.`);
console.log(`${passed} passed, ${broken + lost} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = broken + lost > 0 || (skipped > 0 && process.env.CI) ? 1 : 0;

function readCounts(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 };
  }
}
