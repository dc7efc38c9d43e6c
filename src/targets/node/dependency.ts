import { RefusedError } from '../../errors.js';
import { insertProperty } from '../../languages/json.js';
import type { Workspace } from '../../plan/workspace.js';
import type { Client } from '../../project/instrumentation.js';
import type { Manifest } from '../../project/manifest.js';

/** The range that a new dependency gets, and the oldest major whose interface the generated code can use. */
const versions: Readonly<Record<Client, { range: string; oldest: number }>> = {
  'prom-client': { range: '^15.1.3', oldest: 14 },
  '@prometheus-io/client': { range: '^0.16.1', oldest: 0 },
};

/**
 * Plans the metrics client into package.json's dependencies; one that is there stays as it is.
 *
 * @returns whether package.json is changed
 * @throws RefusedError when the one that is there is too old
 */
export function addClientDependency(workspace: Workspace, manifest: Manifest, client: Client): boolean {
  const present = manifest.dependencies[client];
  if (present !== undefined) {
    refuseOldVersion(client, present);
    return false;
  }
  const text = workspace.read('package.json') ?? '{}';
  workspace.edit('package.json', insertProperty(text, ['dependencies'], client, versions[client].range));
  return true;
}

function refuseOldVersion(client: Client, range: string): void {
  const major = /^[~^<>=v\s]*(\d+)/.exec(range)?.[1];
  if (major === undefined || Number(major) >= versions[client].oldest) return;
  throw new RefusedError(
    `package.json has ${client} ${range}; the generated code needs version ${versions[client].oldest} or later.`,
    `Update it first: its changes since then concern code that calls the client.`,
  );
}
