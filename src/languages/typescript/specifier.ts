import type { ts } from 'ts-morph';
import { specifiersIn } from './imports.js';

/** A module of a project, to be imported by another of its files. */
export interface RelativeModule {
  /** From the importing file's folder, with `./` or `../`, without the extension: `./metrics/index`. */
  readonly path: string;
  /** The extension that the module's file has on the disk. */
  readonly extension: '.js' | '.mjs' | '.cjs' | '.ts' | '.mts' | '.cts';
  /**
   * The extension that a specifier gets where the importing file has no relative import to learn from; '' for none.
   */
  readonly defaultExtension: '' | '.js' | '.mjs' | '.cjs' | '.ts' | '.mts' | '.cts';
}

/**
 * The specifier for a module, in the manner of the file's other relative imports: with the extension of the emitted file
 * (`./x.js`), with the one of the source (`./x.ts`), or without (`./x`, and the folder alone for its `index`). An extension
 * that Node does not try by itself (`.mjs`, `.cjs`) always stays.
 */
export function specifierFor(file: ts.SourceFile, module: RelativeModule): string {
  const extension = learnedExtension(file, module) ?? module.defaultExtension;
  if (extension !== '') return module.path + extension;
  if (isTriedByNode(module)) return module.path.replace(/\/index$/, '');
  return module.path + emitted(module.extension);
}

function learnedExtension(file: ts.SourceFile, module: RelativeModule): string | undefined {
  const votes = { none: 0, source: 0, emitted: 0 };
  for (const { specifier } of specifiersIn(file)) {
    if (!/^\.{1,2}\//.test(specifier) || /\.(json|node|s?css|wasm|svg|html?|graphql)$/i.test(specifier)) continue;
    if (/\.[mc]?tsx?$/.test(specifier)) votes.source += 1;
    else if (/\.[mc]?jsx?$/.test(specifier)) votes.emitted += 1;
    else votes.none += 1;
  }
  const { none, source } = votes;
  if (none + source + votes.emitted === 0) return undefined;
  if (none >= source + votes.emitted) return '';
  return source > votes.emitted ? module.extension : emitted(module.extension);
}

function isTriedByNode({ extension }: RelativeModule): boolean {
  return extension === '.js' || extension === '.ts';
}

function emitted(extension: string): string {
  return extension.replace('ts', 'js');
}
