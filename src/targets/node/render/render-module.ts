import { splice } from '../../../languages/splice.js';
import type { TextStyle } from '../../../languages/style.js';
import { parseSource, syntaxErrors } from '../../../languages/typescript/parse.js';
import { toCommonJs } from './commonjs.js';
import { eraseTypes } from './erase-types.js';
import { joinLists } from './join-lists.js';
import { restyle } from './restyle.js';
import { rewriteSpecifiers, type SpecifierExtension } from './specifiers.js';

/** What a template is to become. */
export interface RenderOptions {
  readonly language: 'ts' | 'js';
  /** Of JavaScript. TypeScript stays written as ES modules, whatever its compiler makes of it. */
  readonly module: 'esm' | 'cjs';
  /** What relative specifiers end with; `''` for none. */
  readonly specifierExtension: SpecifierExtension;
  readonly style: TextStyle;
  /** Begin CommonJS with `'use strict'`, as ES modules, which the templates are, are always strict. Default: true. */
  readonly useStrict?: boolean;
}

/**
 * A template, in TypeScript and the canonical style (`templates/node`), as a file of the user's: one source for TypeScript and
 * JavaScript, ES modules and CommonJS, and every style.
 *
 * @throws TypeError when the template uses what the rendering does not know (an enum, a default export …): a fault of the
 *   template, not the user's.
 */
export function renderModule(source: string, options: RenderOptions): string {
  const path = `template.${options.language}`;
  let text = source;
  if (options.language === 'js') {
    text = splice(text, eraseTypes(parseTemplate('template.ts', text)));
    text = splice(text, joinLists(parseTemplate(path, text)));
  }
  text = splice(text, rewriteSpecifiers(parseTemplate(path, text), options.specifierExtension));
  if (options.language === 'js' && options.module === 'cjs') {
    text = toCommonJs(parseTemplate(path, text), options.useStrict ?? true);
  }
  return restyle(path, text, options.style);
}

function parseTemplate(path: string, text: string): ReturnType<typeof parseSource> {
  const file = parseSource(path, text);
  const [problem] = syntaxErrors(file);
  if (problem !== undefined) throw new TypeError(`${path}:${problem.line}: ${problem.message}\n${text}`);
  return file;
}
