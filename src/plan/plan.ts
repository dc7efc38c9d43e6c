import type { Command } from '../command.js';
import type { ManualStep } from '../errors.js';

export type { Command } from '../command.js';

/**
 * Text that was put into a file of the user, with its surroundings, so that it is found again after the user has edited
 * the file. Where something of the user's was replaced (a start script, say), `old` holds it and comes back on removal.
 */
export interface Insert {
  readonly before: string;
  readonly text: string;
  readonly after: string;
  readonly old?: string;
}

/**
 * - `sealed`: library-like, ours to replace whole as long as its hash is ours.
 * - `seeded`: written once, then the user's.
 * - `edited`: a file of the user's into which something was inserted.
 * - `record`: add-prom-metrics.json itself.
 */
export type FileKind = 'sealed' | 'seeded' | 'edited' | 'record';

/** One file's change: `before` is null for a new file, `after` is null for one that goes away. */
export interface FileChange {
  /** Relative to the target, with forward slashes. */
  readonly path: string;
  readonly kind: FileKind;
  readonly before: string | null;
  readonly after: string | null;
}

/** Everything a run will do, as plain data that survives JSON: nothing is written before there is a whole one. */
export interface Plan {
  readonly changes: readonly FileChange[];
  /** Parts left to the user, with what to add by hand. */
  readonly manual: readonly ManualStep[];
  /** What is run after the files are written, in the target directory. */
  readonly commands: readonly Command[];
  /**
   * What the plan rests on: the SHA-256 of every file that was read for it, null for one that was looked for and not
   * there. When the disk says otherwise at the time of writing, nothing is written.
   */
  readonly read: Readonly<Record<string, string | null>>;
}
