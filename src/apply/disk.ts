import { readFileSync, unlinkSync } from 'node:fs';
import {
  access,
  chmod,
  chown,
  constants,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rmdir,
  unlink,
} from 'node:fs/promises';
import { CancelledError } from '../errors.js';
import { errorCode } from '../plan/inside.js';

/** What is known of a name on the disk, symbolic links not followed. */
export interface DiskEntry {
  readonly kind: 'file' | 'folder' | 'other';
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The steps that apply/ makes on the file system, one each, so that a test can make any of them fail, or be the last one
 * of the process. Paths are absolute. Methods throw Node's errors.
 */
export interface Disk {
  /** undefined when there is nothing of that name. */
  stat(path: string): Promise<DiskEntry | undefined>;
  /** undefined when there is no such file. */
  read(path: string): Promise<Buffer | undefined>;
  /** The names in a folder, sorted; none when there is no such folder. */
  list(folder: string): Promise<string[]>;
  isWritable(path: string): Promise<boolean>;
  /** Writes a new file, and has it on the medium when it returns; EEXIST when the name is taken. */
  write(path: string, data: Uint8Array | string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  chown(path: string, uid: number, gid: number): Promise<void>;
  /** Replaces what is at `to`. */
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file; EEXIST when the name is taken. */
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Removes a file that has just this content; leaves any other, and a missing one is fine. */
  unlinkIf(path: string, content: string): Promise<void>;
  mkdir(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  /** Has a folder's names on the medium when it returns; does nothing where the system cannot. */
  syncFolder(path: string): Promise<void>;
}

/** The real file system. */
export const realDisk: Disk = {
  async stat(path) {
    const stats = await unlessMissing(lstat(path));
    if (stats === undefined) return undefined;
    const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
    return { kind, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
  },
  read: (path) => unlessMissing(readFile(path)),
  list: async (folder) => ((await unlessMissing(readdir(folder))) ?? []).sort(),
  async isWritable(path) {
    try {
      await access(path, constants.W_OK);
      return true;
    } catch {
      return false;
    }
  },
  async write(path, data) {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(data);
      await file.sync();
    } catch (error) {
      // A full disk must not leave half a file behind.
      await unlink(path).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
  },
  chmod,
  chown,
  rename,
  link,
  unlink,
  // Without a pause between the two: no file system compares and removes in one step, and another process that took the
  // file's place in these microseconds would lose it.
  async unlinkIf(path, content) {
    try {
      if (readFileSync(path, 'utf8') === content) unlinkSync(path);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  },
  mkdir: (path) => mkdir(path),
  rmdir,
  async syncFolder(path) {
    try {
      const folder = await open(path, 'r');
      await folder.sync().finally(() => folder.close());
    } catch {
      // Windows and some network file systems cannot; the order of renames then rests on the file system.
    }
  },
};

async function unlessMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** A disk whose every step first looks whether the run was cancelled, and then throws CancelledError. */
export function cancellable(disk: Disk, signal: AbortSignal | undefined): Disk {
  if (signal === undefined) return disk;
  const guarded =
    <A extends unknown[], R>(step: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (signal.aborted) throw new CancelledError();
      return step(...args);
    };
  return {
    stat: guarded(disk.stat),
    read: guarded(disk.read),
    list: guarded(disk.list),
    isWritable: guarded(disk.isWritable),
    write: guarded(disk.write),
    chmod: guarded(disk.chmod),
    chown: guarded(disk.chown),
    rename: guarded(disk.rename),
    link: guarded(disk.link),
    unlink: guarded(disk.unlink),
    unlinkIf: guarded(disk.unlinkIf),
    mkdir: guarded(disk.mkdir),
    rmdir: guarded(disk.rmdir),
    syncFolder: guarded(disk.syncFolder),
  };
}
