import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** This package's own folder; the same from src/ and from the build, which lies in dist/ without folders. */
const root = new URL('../', import.meta.url);

/** The version of this package, as its package.json says. */
export function toolVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new Error('the package.json of add-prom-metrics has no version');
}

/**
 * The text of a compiled template; the build makes them of templates/.
 *
 * @param form the language and module system: `ts`, `js-esm`, `js-cjs`
 * @param file the template's name: `http.ts`, `settings.ts.hbs`
 */
export function compiledTemplate(form: string, file: string): string {
  return readFileSync(new URL(`dist/templates/${form}/${file}`, root), 'utf8');
}

/**
 * A compiled template with holes, as Handlebars' runtime takes it.
 *
 * @param file the template's name, with `.hbs`
 */
export function precompiledTemplate(form: string, file: string): unknown {
  const require = createRequire(import.meta.url);
  return require(fileURLToPath(new URL(`dist/templates/${form}/${file}.cjs`, root)));
}

/**
 * The path of the Python grammar for web-tree-sitter: in the package, the copy that the build makes; in a work tree that
 * is not built, the development dependency itself.
 */
export function pythonGrammar(): string {
  const copy = fileURLToPath(new URL('dist/tree-sitter-python.wasm', root));
  return existsSync(copy) ? copy : createRequire(import.meta.url).resolve('tree-sitter-python/tree-sitter-python.wasm');
}
