import type { TextStyle } from '../../../languages/style.js';
import { compileModule, type ModuleForm } from './compile-module.js';
import { fillMarks, type SpecifierExtension } from './marks.js';

/** What a template is to become. */
export interface RenderOptions extends ModuleForm {
  /** What relative specifiers end with; `''` for none. */
  readonly specifierExtension: SpecifierExtension;
  readonly style: TextStyle;
}

/**
 * A template as a file of the user's, in one go: what the build and a run do in two steps.
 *
 * @throws TypeError as compileModule does
 */
export function renderModule(source: string, options: RenderOptions): string {
  return fillMarks(compileModule(source, options), options.specifierExtension, options.style);
}
