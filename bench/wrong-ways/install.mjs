import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A folder with the peers installed, the service, and our generated code beside it, all as a user has them. Gives its
 * path; the packages stay there for the next run.
 */
export function install() {
  const folder = join(root, 'node_modules/.cache/bench-wrong-ways');
  mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'service.cjs']) cpSync(join(root, 'bench/wrong-ways', file), join(folder, file));
  run(folder, 'npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps']);
  const app = join(folder, 'app');
  rmSync(app, { recursive: true, force: true });
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "name": "bench", "dependencies": { "express": "5" } }\n');
  writeFileSync(join(app, 'index.js'), "const express = require('express');\nconst app = express();\napp.listen(0);\n");
  run(folder, 'node', [join(root, 'bin/add-prom-metrics.js'), 'add', app, '--yes', '--no-install', '--force']);
  rmSync(join(folder, 'metrics'), { recursive: true, force: true });
  cpSync(join(app, 'metrics'), join(folder, 'metrics'), { recursive: true });
  return folder;
}

function run(cwd, program, args) {
  const { status, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 300_000 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`);
}
