import { toolVersion } from '../package-files.js';
import { type InstallRecord, parseRecord, recordName } from '../plan/record.js';
import type { Workspace } from '../plan/workspace.js';

/**
 * The record of an earlier run in the target.
 *
 * @returns undefined when there was none
 * @throws UsageError when it is not a record
 * @throws RefusedError when a newer version of the tool wrote it
 */
export function readRecord(workspace: Workspace): InstallRecord | undefined {
  const text = workspace.read(recordName);
  return text === undefined ? undefined : parseRecord(text, toolVersion());
}
