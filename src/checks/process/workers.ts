import {
  listeningSockets,
  type ProcessEntry,
  programOf,
  readProcess,
  readProcesses,
  socketsOf,
  wasStartedWith,
} from './proc.js';

/**
 * The processes that serve a port, out of those of one service.
 *
 * A process that holds the listening socket serves, unless it has children that do: a master that gave the socket to its
 * children (gunicorn, uvicorn, node:cluster without round robin), or the primary of a node:cluster, PM2's daemon among them.
 * The primary accepts the connections itself and hands them over; its workers hold no listening socket, but have the
 * variable with which node:cluster starts a worker.
 *
 * What it does not see: two apps in one PM2 daemon; the workers of both are given.
 */
export function servingProcesses(all: readonly ProcessEntry[], port: number): readonly number[] {
  const sockets = listeningSockets();
  const holds = ({ pid }: ProcessEntry) => [...socketsOf(pid)].some((inode) => sockets.get(inode) === port);
  const holders = all.filter(holds);
  const isHolder = new Set(holders.map(({ pid }) => pid));
  const workersOf = ({ pid: holder }: ProcessEntry) =>
    all.filter(({ pid, parent }) => parent === holder && (isHolder.has(pid) || wasStartedWith(pid, 'NODE_UNIQUE_ID')));
  const serving = holders.flatMap((holder) => {
    const workers = workersOf(holder);
    // Those that hold the socket themselves come up as holders.
    return workers.length === 0 ? [holder] : workers.filter(({ pid }) => !isHolder.has(pid));
  });
  return serving.map(({ pid }) => pid).sort((a, b) => a - b);
}

/** A request to them is handed on, to processes that may be on any machine. */
const proxies = /^(?:nginx|haproxy|envoy|traefik|caddy|httpd|apache2|docker-proxy|rootlessport|kubectl|ssh)$/;

/** Whether two or more processes of this machine serve a port, and none of them is a proxy; false where that is not seen. */
export function portIsShared(port: number): boolean {
  const all = readProcesses();
  const serving = servingProcesses(all, port);
  return serving.length > 1 && !serving.some((pid) => proxies.test(programOf(pid)));
}

/** Whether one of some processes, or the parent of one, holds the socket that listens on a port. */
export function serveFrom(pids: readonly number[], port: number): boolean {
  const sockets = listeningSockets();
  const parents = pids.flatMap((pid) => readProcess(pid)?.parent ?? []);
  return [...pids, ...parents].some((pid) => [...socketsOf(pid)].some((inode) => sockets.get(inode) === port));
}

/** The ports on which any of these processes listens. */
export function portsOf(all: readonly ProcessEntry[]): readonly number[] {
  const sockets = listeningSockets();
  const ports = all.flatMap(({ pid }) => [...socketsOf(pid)].flatMap((inode) => sockets.get(inode) ?? []));
  return [...new Set(ports)].sort((a, b) => a - b);
}
