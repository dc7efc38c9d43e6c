import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ts } from 'ts-morph';
import { makeFolder } from './scene.js';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Translates what child.ts needs into JavaScript, which every supported Node can run; gives its folder. */
export function buildChild(): string {
  const output = makeFolder();
  writeFileSync(join(output, 'package.json'), '{"type": "module"}');
  for (const folder of ['src', 'src/apply', 'src/plan', 'src/languages', 'test/apply']) {
    for (const name of readdirSync(join(project, folder)).filter((file) => file.endsWith('.ts'))) {
      const source = readFileSync(join(project, folder, name), 'utf8');
      const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
      const target = join(output, folder, name.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, ts.transpileModule(source, { compilerOptions }).outputText);
    }
  }
  return output;
}
