import type { ShellWord } from '../../languages/shell-words.js';

/** A command that a file of the target says is run. */
export interface StartCommand {
  readonly path: string;
  readonly by: 'procfile' | 'dockerfile' | 'compose' | 'systemd' | 'script' | 'platform';
  /** Their positions are the file's where `editable`, else they mean nothing. */
  readonly words: readonly ShellWord[];
  /** How words are written: for a shell, or as JSON strings. */
  readonly form: 'shell' | 'exec';
  readonly editable: boolean;
  /** The folder of the target that it runs in; undefined where that cannot be told. */
  readonly folder: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}
