import { readdirSync, readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ManualStep, RefusedError, UsageError } from '../errors.js';
import { splice, type TextEdit } from '../languages/splice.js';
import { sha256 } from './hash.js';
import { compose, type Hunk, joinEdits } from './hunks.js';
import { errorCode, resolveInside } from './inside.js';

/** What a file is to become. */
export interface Draft {
  /** `withdrawn`: an earlier run's traces were taken out and nothing has been planned for it since. */
  readonly kind: 'sealed' | 'seeded' | 'edited' | 'withdrawn';
  /** null when the file is to go. */
  readonly text: string | null;
  /** Where `text` differs from the user's own, or from what a seeded file was created with. */
  readonly hunks: readonly Hunk[];
}

/**
 * The target directory as it will be: the files on the disk, with what has been planned laid over them. Nothing is
 * written. What was read is remembered, so that the same bytes are seen throughout one run, and apply/ can tell whether
 * they are still there.
 *
 * Paths are relative to the target, with forward slashes. All methods that take one throw UsageError for a path that is
 * absolute or climbs out with `..`, and RefusedError for one that leaves through a symbolic link.
 */
export class Workspace {
  /** The target directory: absolute, without symbolic links. */
  readonly root: string;
  readonly #disk = new Map<string, string | undefined>();
  readonly #drafts = new Map<string, Draft>();
  readonly #manual: ManualStep[] = [];

  /** @throws UsageError when `root` is not a directory that can be read */
  constructor(root: string) {
    try {
      this.root = realpathSync(root);
      readdirSync(this.root);
    } catch (error) {
      throw new UsageError(`${root} is not a directory that can be read (${errorCode(error) ?? String(error)}).`);
    }
  }

  /** The name under which a file is kept here: its real path. */
  canonical(path: string): string {
    return resolveInside(this.root, path);
  }

  /**
   * A file's text, its byte order mark included; undefined when there is no such file.
   *
   * @throws UsageError for a directory or a file that cannot be read
   * @throws RefusedError for a file whose bytes are not UTF-8
   */
  read(path: string): string | undefined {
    const real = this.canonical(path);
    const draft = this.#drafts.get(real);
    return draft === undefined ? this.onDisk(real) : (draft.text ?? undefined);
  }

  /** Whether there is a file or a directory of that name. A directory whose last file was withdrawn is not there. */
  exists(path: string): boolean {
    const real = this.canonical(path);
    const draft = this.#drafts.get(real);
    if (draft !== undefined) return draft.text !== null;
    const below = [...this.#drafts].filter(([other]) => other.startsWith(`${real}/`));
    if (below.some(([, { text }]) => text !== null)) return true;
    const stat = statOf(join(this.root, real));
    if (stat === undefined && !this.#disk.has(real)) this.#disk.set(real, undefined);
    return stat !== undefined && (below.length === 0 || this.list(real).length > 0);
  }

  /** The names in a directory, sorted; none when it is not there. */
  list(directory: string): string[] {
    const real = this.canonical(directory);
    const names = new Set(namesIn(join(this.root, real)));
    const prefix = real === '' ? '' : `${real}/`;
    for (const [path, { text }] of this.#drafts) {
      if (!path.startsWith(prefix)) continue;
      const [name = '', ...deeper] = path.slice(prefix.length).split('/');
      if (text !== null) names.add(name);
      else if (deeper.length === 0 || !this.exists(prefix + name)) names.delete(name);
    }
    return [...names].sort();
  }

  /**
   * Plans edits in a file that is there. Several calls for one file add up; offsets are those of `read()`'s text.
   *
   * @throws UsageError when the file is not there
   * @throws RangeError when edits overlap: a programming error
   */
  edit(path: string, edits: readonly TextEdit[]): void {
    if (edits.length === 0) return;
    const real = this.canonical(path);
    const text = this.read(real);
    if (text === undefined) throw new UsageError(`${path} does not exist.`);
    const draft = this.#drafts.get(real);
    const joined = joinEdits(text, edits);
    const isOurs = draft?.kind === 'sealed' || draft?.kind === 'seeded';
    this.#drafts.set(real, {
      kind: isOurs ? draft.kind : 'edited',
      text: splice(text, joined),
      hunks: draft?.kind === 'sealed' ? [] : compose(text, draft?.hunks ?? [], joined),
    });
  }

  /**
   * Plans a new file. What `edit` then puts into a seeded one can be taken out of it again when the user has added to it;
   * without that it stays or goes as a whole.
   *
   * @throws RefusedError when there is one of that name, or its directory's name is taken by a file
   */
  create(path: string, text: string, kind: 'sealed' | 'seeded'): void {
    const real = this.canonical(path);
    if (this.exists(real)) throw taken(real, 'exists already and was not written by this tool');
    for (let parent = parentOf(real); parent !== ''; parent = parentOf(parent)) {
      if (this.#isFile(parent)) throw taken(real, `needs a directory, and ${parent} is a file`);
    }
    this.onDisk(real);
    this.#drafts.set(real, { kind, text, hunks: [] });
  }

  /** Leaves something to the user. */
  manual(step: ManualStep): void {
    this.#manual.push(step);
  }

  /** Puts back a text as the user had it before an earlier run, null for a file that was not there. */
  withdrawn(path: string, text: string | null): void {
    const real = this.canonical(path);
    this.onDisk(real);
    this.#drafts.set(real, { kind: 'withdrawn', text, hunks: [] });
  }

  /** The text on the disk, whatever is planned; undefined when there is no such file. Throws as `read` does. */
  onDisk(path: string): string | undefined {
    const real = this.canonical(path);
    if (!this.#disk.has(real)) this.#disk.set(real, readText(join(this.root, real), real));
    return this.#disk.get(real);
  }

  /** Everything planned so far, in the order in which it was planned. */
  get planned(): {
    readonly drafts: ReadonlyMap<string, Draft>;
    readonly manual: readonly ManualStep[];
  } {
    return { drafts: this.#drafts, manual: this.#manual };
  }

  /** The SHA-256 of every file that was read; null for one that was not there. */
  fingerprints(): Record<string, string | null> {
    const entries = [...this.#disk].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([path, text]) => [path, text === undefined ? null : sha256(text)]));
  }

  #isFile(path: string): boolean {
    const draft = this.#drafts.get(path);
    if (draft !== undefined) return draft.text !== null;
    return statOf(join(this.root, path))?.isDirectory() === false;
  }
}

function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

/** Undefined for what is not there, also where a file stands in the place of a folder (`package.json/index.js`). */
function statOf(absolute: string): Stats | undefined {
  try {
    return statSync(absolute);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UsageError(`${absolute} cannot be read (${code ?? String(error)}).`, 'Check its permissions.');
  }
}

function taken(path: string, why: string): RefusedError {
  return new RefusedError(`${path} ${why}.`, 'Move or rename what is there, then run the command again.');
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw new UsageError(`${directory} cannot be listed (${errorCode(error) ?? String(error)}).`);
  }
}

function readText(absolute: string, path: string): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(absolute);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'EISDIR') throw new UsageError(`${path} is a directory, not a file.`);
    throw new UsageError(`${path} cannot be read (${code ?? String(error)}).`, 'Check its permissions.');
  }
  const text = bytes.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(bytes)) return text;
  throw new RefusedError(
    `${path} is not UTF-8 text, so it cannot be edited without changing bytes that are not ours.`,
    'Convert the file to UTF-8, or make the change by hand.',
  );
}
