import { posix } from 'node:path';
import type { Manifest } from './manifest.js';
import type { TypescriptConfig } from './tsconfig.js';

/** How one source file is written, and how a module beside it has to be. */
export interface ModuleKind {
  readonly language: 'ts' | 'js';
  /** The syntax of its imports: Babel and TypeScript write `import` where Node runs CommonJS. */
  readonly syntax: 'esm' | 'cjs';
  /** The extension of files generated beside it: `.js`, `.mjs`, `.cjs`, `.ts`, `.mts`, `.cts`. */
  readonly extension: string;
  /** What a relative specifier of a generated file ends in, when its importer shows no habit of its own. */
  readonly specifierExtension: '' | '.js' | '.mjs' | '.cjs' | '.ts' | '.mts' | '.cts';
  /** TypeScript is told to leave imports and exports as they are written. */
  readonly verbatim: boolean;
}

const importStatement =
  /^\s*(?:import\s*(?:[\w*{]|['"])|export\s+(?:default|const|let|var|function|class|async|\{|\*))/m;

/**
 * The module system of a very file: its extension decides, then what is written in it, then package.json's `type`.
 *
 * @param path of the file
 * @param text of the file
 */
export function moduleKind(path: string, text: string, manifest: Manifest, typescript: TypescriptConfig): ModuleKind {
  const own = posix.extname(path);
  const language = /^\.[mc]?tsx?$/.test(own) ? 'ts' : 'js';
  const extension = generatedExtension(own, language);
  const syntax = moduleSyntax(own, text, manifest, language);
  return {
    language,
    syntax,
    extension,
    specifierExtension: specifierExtension(extension, syntax, manifest, typescript),
    verbatim: typescript.verbatimModuleSyntax,
  };
}

function generatedExtension(own: string, language: 'ts' | 'js'): string {
  if (['.mjs', '.cjs', '.mts', '.cts'].includes(own)) return own;
  return `.${language}`;
}

function moduleSyntax(own: string, text: string, manifest: Manifest, language: 'ts' | 'js'): 'esm' | 'cjs' {
  if (own === '.mjs' || language === 'ts') return 'esm';
  if (own === '.cjs') return 'cjs';
  if (importStatement.test(text)) return 'esm';
  return manifest.type === 'module' ? 'esm' : 'cjs';
}

function specifierExtension(
  extension: string,
  syntax: 'esm' | 'cjs',
  manifest: Manifest,
  typescript: TypescriptConfig,
): ModuleKind['specifierExtension'] {
  if (extension === '.mts') return typescript.allowImportingTsExtensions ? '.mts' : '.mjs';
  if (extension === '.cts') return typescript.allowImportingTsExtensions ? '.cts' : '.cjs';
  if (extension === '.mjs' || extension === '.cjs') return extension;
  if (extension === '.ts') {
    if (typescript.allowImportingTsExtensions) return '.ts';
    return needsExtension(manifest, typescript) ? '.js' : '';
  }
  return syntax === 'esm' ? '.js' : '';
}

/**
 * Node's own resolution wants the whole file name in ES modules, and takes it in CommonJS; bundlers do without. So it is
 * needed too where an older `moduleResolution` lets it out, but what is compiled are ES modules that Node runs.
 */
function needsExtension(manifest: Manifest, { module = '', moduleResolution }: TypescriptConfig): boolean {
  if (/^node(16|18|20|next)$/.test(moduleResolution ?? module)) return true;
  return manifest.type === 'module' && /^es/.test(module) && moduleResolution !== 'bundler';
}
