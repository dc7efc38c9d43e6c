import { isAsWritten } from './hash.js';
import type { InstallRecord, RecordFile } from './record.js';
import { isPresent } from './take-out.js';
import type { Workspace } from './workspace.js';

/** Something that is not as the record says. */
export interface Deviation {
  readonly path: string;
  readonly reason: string;
}

/**
 * Compares the disk with a record, without planning: sealed files that differ, insertions that are gone, files that are
 * missing. A seeded file that was edited is fine, and so is an edited file whose owner has edited it elsewhere.
 */
export function checkRecord(record: InstallRecord, workspace: Workspace): Deviation[] {
  return record.files.flatMap((file) => deviations(file, workspace.onDisk(file.path)));
}

function deviations(file: RecordFile, text: string | undefined): Deviation[] {
  const { path } = file;
  if (text === undefined) return [{ path, reason: 'is missing' }];
  if (file.kind === 'sealed' && !isAsWritten(text, file.sha256)) {
    return [{ path, reason: 'was changed; it is generated and must stay as it was written' }];
  }
  return file.inserts
    .filter((insert) => !isPresent(path, text, insert))
    .map((insert) => ({ path, reason: `does not have what was inserted any more: ${firstLine(insert.text)}` }));
}

function firstLine(text: string): string {
  return text.trim().split(/\r?\n/)[0] ?? '';
}
