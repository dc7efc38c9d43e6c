import { RefusedError } from '../../errors.js';
import { insertProperty } from '../../languages/json.js';
import type { Workspace } from '../../plan/workspace.js';
import type { NodeClient } from '../../project/clients.js';
import type { Manifest } from '../../project/manifest.js';

/** The range that a new dependency gets, and the oldest major whose interface the generated code can use. */
const versions: Readonly<Record<NodeClient, { range: string; oldest: number }>> = {
  'prom-client': { range: '^15.1.3', oldest: 14 },
  '@prometheus-io/client': { range: '^0.16.1', oldest: 0 },
};

/** The packages that connect to Redis, the preferred one first: the range for a new one, and the oldest major that works. */
const redisVersions = {
  // Version 6 needs Node 20; the service may run on an older one.
  redis: { range: '^5.12.1', oldest: 4 },
  ioredis: { range: '^5.11.1', oldest: 5 },
} as const;

/** A package that connects to Redis. */
export type RedisClient = keyof typeof redisVersions;

/**
 * The package that is to connect to Redis: one that the project depends on and that is new enough, else a new one.
 *
 * @throws RefusedError when it has both, and both are too old
 */
export function chooseRedisClient({ dependencies }: Manifest): RedisClient {
  const names: readonly RedisClient[] = ['redis', 'ioredis'];
  const isUsable = (name: RedisClient): boolean =>
    dependencies[name] !== undefined && !isOlder(dependencies[name], redisVersions[name].oldest);
  // Two majors of one package cannot be had under one name: beside an old one goes the other package.
  const chosen = names.find(isUsable) ?? names.find((name) => dependencies[name] === undefined);
  if (chosen !== undefined) return chosen;
  throw new RefusedError(
    `package.json has redis ${dependencies['redis']} and ioredis ${dependencies['ioredis']}; metrics in Redis need redis 4 or ioredis 5.`,
    'Update one of them first, or leave metrics in Redis out: --no-redis.',
  );
}

/** Plans a package that connects to Redis into package.json's dependencies; one that is there stays as it is. */
export function addRedisDependency(workspace: Workspace, manifest: Manifest, client: RedisClient): void {
  if (manifest.dependencies[client] !== undefined) return;
  const text = workspace.read('package.json') ?? '{}';
  workspace.edit('package.json', insertProperty(text, ['dependencies'], client, redisVersions[client].range));
}

/**
 * Plans the metrics client into package.json's dependencies; one that is there stays as it is.
 *
 * @returns whether package.json is changed
 * @throws RefusedError when the one that is there is too old
 */
export function addClientDependency(workspace: Workspace, manifest: Manifest, client: NodeClient): boolean {
  const present = manifest.dependencies[client];
  if (present !== undefined) {
    refuseOldVersion(client, present);
    return false;
  }
  const text = workspace.read('package.json') ?? '{}';
  workspace.edit('package.json', insertProperty(text, ['dependencies'], client, versions[client].range));
  return true;
}

function refuseOldVersion(client: NodeClient, range: string): void {
  if (!isOlder(range, versions[client].oldest)) return;
  throw new RefusedError(
    `package.json has ${client} ${range}; the generated code needs version ${versions[client].oldest} or later.`,
    `Update it first: its changes since then concern code that calls the client.`,
  );
}

/** Whether a range begins below a major; one that says nothing of it does not. */
function isOlder(range: string, oldest: number): boolean {
  const major = /^[~^<>=v\s]*(\d+)/.exec(range)?.[1];
  return major !== undefined && Number(major) < oldest;
}
