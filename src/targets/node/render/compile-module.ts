import { splice } from '../../../languages/splice.js';
import { parseSource, syntaxErrors } from '../../../languages/typescript/parse.js';
import { toCommonJs } from './commonjs.js';
import { eraseTypes } from './erase-types.js';
import { joinLists } from './join-lists.js';
import { markStyle } from './mark-style.js';
import { markSpecifiers } from './specifiers.js';

/** The language and module system that a template is compiled to. */
export interface ModuleForm {
  readonly language: 'ts' | 'js';
  /** Of JavaScript. TypeScript stays written as ES modules, whatever its compiler makes of it. */
  readonly module: 'esm' | 'cjs';
  /** Begin CommonJS with `'use strict'`; the default. */
  readonly useStrict?: boolean;
}

/** The forms that are compiled when this package is built. */
export const moduleForms: readonly ModuleForm[] = [
  { language: 'ts', module: 'esm' },
  { language: 'js', module: 'esm' },
  { language: 'js', module: 'cjs' },
];

/** The name of a form: of the folder that its compiled templates lie in. */
export function formName({ language, module }: ModuleForm): string {
  return language === 'ts' ? 'ts' : `js-${module}`;
}

/**
 * A template, in TypeScript and the canonical style (`templates/node`), in another form, with marks for `fillMarks`: one
 * source for TypeScript and JavaScript, ES modules and CommonJS, and every style.
 *
 * Handlebars' holes are kept: a tag with a line of its own, and one in the place of an expression.
 *
 * @throws TypeError when the template uses what the rendering does not know (an enum, a default export …): a fault of the
 *   template, not the user's.
 */
export function compileModule(source: string, { language, module, useStrict = true }: ModuleForm): string {
  const { text: plain, restore } = hideHoles(source);
  const path = `template.${language}`;
  let text = plain;
  if (language === 'js') {
    text = splice(text, eraseTypes(parseTemplate('template.ts', text)));
    text = splice(text, joinLists(parseTemplate(path, text)));
  }
  text = splice(text, markSpecifiers(parseTemplate(path, text)));
  if (language === 'js' && module === 'cjs') text = toCommonJs(parseTemplate(path, text), useStrict);
  return restore(markStyle(path, text));
}

/** Puts a comment (`//` and no space, unlike the template's own), or a name, in the place of each hole, to be parsed. */
function hideHoles(source: string): { text: string; restore: (text: string) => string } {
  const holes: string[] = [];
  const hide = (hole: string): string => `hole${holes.push(hole) - 1}hole`;
  const text = source
    .replaceAll(/^\{\{.*\}\}$/gm, (line) => `//${hide(line)}`)
    .replaceAll(/\{\{\{.*?\}\}\}/g, (expression) => hide(expression));
  return {
    text,
    restore: (done) => done.replaceAll(/(?:\/\/)?hole(\d+)hole/g, (_, index) => holes[Number(index)] ?? ''),
  };
}

function parseTemplate(path: string, text: string): ReturnType<typeof parseSource> {
  const file = parseSource(path, text);
  const [problem] = syntaxErrors(file);
  if (problem !== undefined) throw new TypeError(`${path}:${problem.line}: ${problem.message}\n${text}`);
  return file;
}
