import { readRecord } from '../../src/commands/read-record.js';
import { takenNames } from '../../src/metrics/catalogue.js';
import { Workspace } from '../../src/plan/workspace.js';
import { type FoundInCode, findOwnMetrics } from '../../src/project/own-metrics.js';

/** The metrics that the code of a Node target declares after `add`; what was generated is as the record says. */
export function ownMetricsOf(root: string): FoundInCode {
  const workspace = new Workspace(root);
  const record = readRecord(workspace);
  if (record === undefined) throw new Error(`add has not run in ${root}`);
  const sealed = record.files.filter(({ kind }) => kind === 'sealed').map(({ path }) => path);
  return findOwnMetrics(root, workspace, new Set(sealed), takenNames({ flavour: 'node' }));
}
