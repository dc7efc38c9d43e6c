import type { TextStyle } from '../../../languages/style.js';
import type { ImportForm } from '../../../languages/typescript/module-form.js';
import type { RelativeModule } from '../../../languages/typescript/specifier.js';

/** What an edit needs to know that the file itself does not tell. */
export interface EditOptions {
  /** The generated module, seen from the edited file. */
  readonly module: RelativeModule;
  /** The module system of a file that shows none. */
  readonly moduleSystem: Exclude<ImportForm, 'import-equals'>;
  /** The project's style, for what the file does not show. */
  readonly style?: TextStyle;
  /** A few words: why the import stays first. */
  readonly comment?: { readonly text: string; readonly place: 'above' | 'trailing' };
  /** ESLint rules that the import would break where it stands (`import/order`). */
  readonly eslintDisable?: readonly string[];
  /**
   * ESLint rules that complain of the imports after it, so that no line can be excepted (`sort-imports`): switched off by
   * configuration, which is never reported as needless.
   */
  readonly eslintOffInFile?: readonly string[];
  /** Biome's rules and actions that would move or change the import where it stands. */
  readonly biomeIgnore?: readonly string[];
}
