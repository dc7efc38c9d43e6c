import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';

const templates = new URL('../../templates/node/', import.meta.url);
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/**
 * The templates compiled by TypeScript into `metrics/` of a new folder, for tests that need a process of their own.
 * Returns the folder; files of the app are added to it by `files`.
 */
export function buildApp(module: 'esm' | 'cjs', files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'templates-'));
  const compiled = join(folder, 'metrics');
  mkdirSync(compiled);
  symlinkSync(modules, join(folder, 'node_modules'));
  const type = module === 'esm' ? 'module' : 'commonjs';
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', version: '1.2.3', type }));
  const options = {
    module: module === 'esm' ? ModuleKind.ESNext : ModuleKind.CommonJS,
    target: ScriptTarget.ES2021,
    verbatimModuleSyntax: false,
  };
  for (const file of readdirSync(templates).filter((name) => name.endsWith('.ts'))) {
    const { outputText } = transpileModule(readFileSync(new URL(file, templates), 'utf8'), {
      compilerOptions: options,
    });
    writeFileSync(join(compiled, file.replace('.ts', '.js')), outputText);
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** Runs a script of such a folder until it ends by itself; gives its output. Rejects when it fails or takes 20 s. */
export function runScript(script: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { npm_package_version: _version, ...inherited } = process.env;
  const options = { env: { ...inherited, ...env }, timeout: 20_000 };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [script], options, (error, stdout, stderr) =>
      error === null ? resolve(stdout + stderr) : reject(new Error(`${error.message}\n${stderr}`)),
    );
  });
}
