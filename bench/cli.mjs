// What the command line costs, as ratios of CPU time in one alternating run: node bench/cli.mjs [rounds]
//   --help and --version against an empty Node                       goal: at most 2
//   a dry run on a small app against a bare import of ts-morph        goal: at most 1.4
//   a dry run on a repository of 2,000 source files against a small one  goal: at most 1.2
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const rounds = Number(process.argv[2] ?? 15);
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bench-cli-'));
const cli = join(root, 'bin/add-prom-metrics.js');

try {
  const small = join(folder, 'small');
  cpSync(join(root, 'fixtures/express/single-file'), small, { recursive: true });
  const large = join(folder, 'large');
  cpSync(small, large, { recursive: true });
  addSourceFiles(large, 2000);
  const importer = join(root, 'bench', '.import-ts-morph.mjs');
  writeFileSync(importer, "import 'ts-morph';\n");
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, '');

  const commands = {
    'empty node': [empty],
    '--help': [cli, '--help'],
    '--version': [cli, '--version'],
    'import ts-morph': [importer],
    'dry run, small': [cli, 'add', small, '--yes', '--dry-run'],
    'dry run, 2,000 files': [cli, 'add', large, '--yes', '--dry-run'],
  };
  const medians = measure(commands);
  rmSync(importer);
  for (const [name, value] of Object.entries(medians))
    console.log(`${name.padEnd(22)} ${value.toFixed(0).padStart(5)} ms CPU`);
  ratio('--help', 'empty node', 2);
  ratio('--version', 'empty node', 2);
  ratio('dry run, small', 'import ts-morph', 1.4);
  ratio('dry run, 2,000 files', 'dry run, small', 1.2);

  function ratio(a, b, goal) {
    const value = medians[a] / medians[b];
    console.log(`${a} / ${b}: ${value.toFixed(2)} (goal: at most ${goal}) ${value <= goal ? 'met' : 'MISSED'}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Median CPU milliseconds of each command; the commands take turns, so that a slow spell hits all of them. */
function measure(commands) {
  const samples = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, args] of Object.entries(commands)) {
      const spent = cpuOf(args);
      if (round > 0) samples[name].push(spent); // the first round warms the file cache
    }
  }
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)]));
}

function cpuOf(args) {
  const file = join(folder, 'cpu');
  const result = spawnSync(process.execPath, ['-r', join(root, 'bench/cpu-at-exit.cjs'), ...args], {
    env: { ...process.env, CPU_AT_EXIT: file },
    encoding: 'utf8',
  });
  if (result.status !== 0) throw new Error(`${args.join(' ')} ended with ${result.status}: ${result.stderr}`);
  return Number(readFileSync(file, 'utf8'));
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Files as a real repository has them: modules that import one another, reached from the app's entry. */
function addSourceFiles(target, count) {
  mkdirSync(join(target, 'lib'));
  for (let index = 0; index < count; index += 1) {
    const next = index + 1 < count ? `const next = require('./module-${index + 1}');\n` : 'const next = {};\n';
    const body = Array.from({ length: 40 }, (_, line) => `  value = value * ${line + 1} + ${index};\n`).join('');
    const text = `'use strict';\n${next}\nfunction compute${index}(value) {\n${body}  return value;\n}\n\nmodule.exports = { compute${index}, next };\n`;
    writeFileSync(join(target, 'lib', `module-${index}.js`), text);
  }
  const entry = join(target, 'index.js');
  writeFileSync(entry, `${readFileSync(entry, 'utf8')}\nrequire('./lib/module-0');\n`);
}
