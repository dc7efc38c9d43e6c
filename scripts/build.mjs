// Bundles src/ to dist/, so that a run loads few files, and compiles the templates to dist/templates: there, a run finds
// them without types and in its module system, and writes them out without a parser. Types are checked elsewhere.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import Handlebars from 'handlebars';

const root = fileURLToPath(new URL('..', import.meta.url));
// Made beside the old one and put in its place at the end: a build that fails leaves what works.
const building = `dist-${process.pid}`;
const dist = new URL(`../${building}/`, import.meta.url);
const templates = new URL('../templates/node/', import.meta.url);

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const takenIn = ['yaml', 'smol-toml'];
const options = {
  absWorkingDir: root,
  bundle: true,
  // Small packages of many files are taken in: loading them one by one takes longer than running them.
  external: [...Object.keys(manifest.dependencies), 'typescript'],
  // Its form as ES modules; the other one loads `process` in a way that a bundle cannot.
  alias: {
    yaml: join(root, 'node_modules/yaml/browser/dist/index.js'),
    'ts-morph': join(root, 'scripts/ts-morph.mjs'),
  },
  platform: 'node',
  target: 'node20.12',
  format: 'esm',
  logLevel: 'warning',
};

process.on('exit', () => rmSync(dist, { recursive: true, force: true }));
await build({ ...options, entryPoints: ['src/cli.ts'], outdir: building, splitting: true });
// Python files are parsed by the grammar's WebAssembly; of its package, which holds a native parser too, only that is needed.
const grammar = createRequire(import.meta.url).resolve('tree-sitter-python/tree-sitter-python.wasm');
copyFileSync(grammar, new URL('tree-sitter-python.wasm', dist));
copyFileSync(join(dirname(grammar), 'LICENSE'), new URL('tree-sitter-python.LICENSE', dist));
for (const name of takenIn) {
  copyFileSync(new URL(`../node_modules/${name}/LICENSE`, import.meta.url), new URL(`${name}.LICENSE`, dist));
}
const compiler = `${building}/compile-module.js`;
await build({ ...options, entryPoints: ['src/targets/node/render/compile-module.ts'], outfile: compiler });
const { compileModule, formName, moduleForms } = await import(`../${compiler}`);
rmSync(new URL(`../${compiler}`, import.meta.url));
for (const form of moduleForms) {
  const folder = new URL(`templates/${formName(form)}/`, dist);
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(templates).filter((name) => name.endsWith('.ts') || name.endsWith('.hbs'));
  // A template with holes has a stand-in with plausible values, for the type checker and the tests only.
  for (const name of names.filter((name) => !names.includes(`${name}.hbs`))) {
    // The user's own file begins without 'use strict': many style guides forbid it, and it is linted as theirs.
    const useStrict = !name.startsWith('custom.');
    const compiled = compileModule(readFileSync(new URL(name, templates), 'utf8'), { ...form, useStrict });
    if (name.endsWith('.hbs')) writeFileSync(new URL(`${name}.cjs`, folder), precompiled(compiled));
    else writeFileSync(new URL(name, folder), compiled);
  }
}

const flask = new URL('../templates/flask/', import.meta.url);
const flaskFolder = new URL('templates/flask/', dist);
mkdirSync(flaskFolder, { recursive: true });
for (const name of readdirSync(flask).filter((name) => name.endsWith('.py') || name.endsWith('.hbs'))) {
  const text = readFileSync(new URL(name, flask), 'utf8');
  if (name.endsWith('.hbs')) writeFileSync(new URL(`${name}.cjs`, flaskFolder), precompiled(text));
  else writeFileSync(new URL(name, flaskFolder), text);
}

const old = new URL(`../${building}-old/`, import.meta.url);
const final = new URL('../dist/', import.meta.url);
if (existsSync(final)) renameSync(final, old);
renameSync(dist, final);
rmSync(old, { recursive: true, force: true });

/** A template with holes as the module that Handlebars' runtime takes; values are encoded by the template's own helper. */
function precompiled(text) {
  return `module.exports = ${Handlebars.precompile(text, { noEscape: true })};\n`;
}
