import { existsSync, writeFileSync } from 'node:fs';
import { type Disk, realDisk } from '../../src/apply/disk.js';

/** What happens at a step: it is made, or half of it is (a file with half its bytes) before `fail` is called. */
export interface Fault {
  /** The step, from 1; infinite for none. */
  readonly step: number;
  /** Whether a write leaves half a file behind. */
  readonly torn: boolean;
  /** Whether all later steps fail too, as on a disk that has gone. */
  readonly lasting?: boolean;
  /** Throws, or ends the process. */
  readonly fail: () => never;
}

/** The real disk, with a fault; and the names of the steps that were made. */
export function faultyDisk({ step, torn, lasting = false, fail }: Fault): { disk: Disk; steps: readonly string[] } {
  const steps: string[] = [];
  const faulty =
    <A extends unknown[], R>(name: string, make: (...args: A) => Promise<R>, tear?: (...args: A) => void) =>
    async (...args: A): Promise<R> => {
      const count = steps.push(name);
      if (count === step && torn) tear?.(...args);
      if (count === step || (lasting && count > step)) fail();
      return make(...args);
    };
  const disk: Disk = {
    stat: faulty('stat', realDisk.stat),
    read: faulty('read', realDisk.read),
    list: faulty('list', realDisk.list),
    isWritable: faulty('isWritable', realDisk.isWritable),
    write: faulty('write', realDisk.write, (path, data) => {
      if (!existsSync(path)) writeFileSync(path, data.slice(0, data.length / 2));
    }),
    chmod: faulty('chmod', realDisk.chmod),
    chown: faulty('chown', realDisk.chown),
    rename: faulty('rename', realDisk.rename),
    link: faulty('link', realDisk.link),
    unlink: faulty('unlink', realDisk.unlink),
    unlinkIf: faulty('unlinkIf', realDisk.unlinkIf),
    mkdir: faulty('mkdir', realDisk.mkdir),
    rmdir: faulty('rmdir', realDisk.rmdir),
    syncFolder: faulty('syncFolder', realDisk.syncFolder),
  };
  return { disk, steps };
}
