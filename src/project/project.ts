import type { Packages } from './packages.js';
import type { Files } from './source-files.js';

/** The facts about the target that depend neither on its language nor on its framework. */
export interface Project {
  /** Absolute path of the target. */
  readonly root: string;
  /** The target's files, without what an earlier run of the tool put there. */
  readonly files: Files;
  /** Absolute path; undefined without git. */
  readonly gitRoot: string | undefined;
  readonly packages: Packages;
}
