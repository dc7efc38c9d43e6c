import type { ShellWord } from '../../languages/shell-words.js';

/** A word of a command. */
export interface StartWord extends ShellWord {
  /** As a shell takes it, where the file has it for one: in its quotes, with its variables and substitutions. */
  readonly written?: string | undefined;
}

/** A command that a file of the target says is run. */
export interface StartCommand {
  readonly path: string;
  readonly by: 'procfile' | 'dockerfile' | 'compose' | 'systemd' | 'script' | 'platform';
  /** Their positions are the file's where `editable`, else they mean nothing. */
  readonly words: readonly StartWord[];
  /** How words are written: for a shell, or as JSON strings. */
  readonly form: 'shell' | 'exec';
  readonly editable: boolean;
  /** The folder of the target that it runs in; undefined where that cannot be told. */
  readonly folder: string | undefined;
  /** The process of the Procfile that it is. */
  readonly process?: string | undefined;
  /** Whether it is in a script that nothing else here calls: it may be for somebody's own machine. */
  readonly isLoose?: boolean | undefined;
  readonly environment: Readonly<Record<string, string>>;
}
