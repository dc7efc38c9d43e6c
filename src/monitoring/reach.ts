/** A service of the user's compose files, as far as others have to reach it. */
export interface Peer {
  readonly name: string;
  /** The networks that it names; none for the project's own. */
  readonly networks: readonly string[];
  /** One has to be asked for, where there are any. */
  readonly profiles: readonly string[];
  readonly usesHostNetwork: boolean;
  /** Its ports in the container. */
  readonly ports: readonly number[];
  /** Which port of the machine leads to which of the container. */
  readonly published: readonly { readonly container: number; readonly host: number }[];
}

/** Where a program runs, and so how others reach it. */
export type Runs =
  | { readonly in: 'service'; readonly service: Peer }
  /** In a service of the file that is written beside the user's; `hostPort` of this machine leads to it. */
  | { readonly in: 'overlay'; readonly name: string; readonly hostPort: number }
  /** Outside of Compose: on this machine, as far as anybody knows. */
  | { readonly in: 'host' };

/** The name by which a container reaches its machine; on Linux it has to be given: `hostGateway`. */
const machine = 'host.docker.internal';
export const hostGateway = `${machine}:host-gateway`;

/**
 * Host and port by which `from` reaches `to`.
 *
 * @param port where `to` listens
 */
export function addressOf(to: Runs, port: number, from: Runs): string {
  if (isOnMachine(from)) return `localhost:${portOnMachine(to, port)}`;
  if (isOnMachine(to)) return `${machine}:${port}`;
  return `${nameOf(to)}:${port}`;
}

/** Whether `from` has to be told the machine's address to reach `to`. */
export function needsHostGateway(from: Runs, to: Runs): boolean {
  return !isOnMachine(from) && isOnMachine(to);
}

/** Where one listens that usually listens to this port: what its service shows of itself, where that is another one. */
export function listensTo(usual: number, runs: Runs): number {
  const ports = runs.in === 'service' ? runs.service.ports : [];
  return ports.includes(usual) ? usual : (ports[0] ?? usual);
}

/**
 * The networks that a service has to join to meet all of these; none where the project's own is enough. Naming one takes
 * a service out of the project's own, which is therefore named too.
 *
 * @param own the networks that it names already
 */
export function networksToMeet(others: readonly Runs[], own: readonly string[] = []): string[] {
  const joined = new Set(networksOf(own));
  for (const other of others) {
    if (isOnMachine(other)) continue;
    const theirs = networksOf(other.in === 'service' ? other.service.networks : []);
    if (!theirs.some((network) => joined.has(network))) joined.add(theirs[0] ?? 'default');
  }
  const added = [...joined].filter((network) => !own.includes(network));
  return own.length === 0 && added.every((network) => network === 'default') ? [] : added;
}

/** The name of the service in which it runs; undefined outside of Compose. */
export function nameOf(runs: Runs): string | undefined {
  if (runs.in === 'host') return undefined;
  return runs.in === 'service' ? runs.service.name : runs.name;
}

function isOnMachine(runs: Runs): boolean {
  return runs.in === 'host' || (runs.in === 'service' && runs.service.usesHostNetwork);
}

function portOnMachine(runs: Runs, port: number): number {
  if (runs.in === 'overlay') return runs.hostPort;
  if (isOnMachine(runs) || runs.in === 'host') return port;
  return runs.service.published.find(({ container }) => container === port)?.host ?? port;
}

function networksOf(named: readonly string[]): readonly string[] {
  return named.length === 0 ? ['default'] : named;
}
