import { parse } from 'yaml';
import type { Texts } from '../../cli/support/folders.js';
import type { plan } from './planned-monitoring.js';

/** A service as far as it is looked at here. */
export interface Service {
  readonly image?: string;
  readonly build?: unknown;
  readonly network_mode?: string;
  readonly networks?: readonly string[];
  readonly extra_hosts?: readonly string[];
  readonly secrets?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: readonly string[];
}

/** What runs when everything that is written is started, and everything that is left to the user is done. */
export interface Started {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, unknown>>;
}

type Document = { services?: Record<string, Service>; secrets?: Record<string, unknown> };

/** The user's compose file with the overlay and with the steps that say what to add to it. */
export function composeUp(texts: Texts, { text, manual }: ReturnType<typeof plan>): Started {
  const own = parse(texts['compose.yaml'] ?? '{}') as Document;
  const overlay = (parse(text('compose.monitoring.yaml')) ?? {}) as Document;
  const steps = manual
    .filter(({ path, snippet }) => path === 'compose.yaml' && snippet !== '')
    .map(({ reason, snippet }): Document => {
      const lines = parse(snippet) as object;
      if ('scrape_configs' in lines) return {};
      const isWhole = 'services' in lines || ('secrets' in lines && !Array.isArray(lines.secrets));
      return isWhole ? (lines as Document) : { services: { [reason.split(' ')[0] ?? '']: lines } };
    });
  return [overlay, ...steps].reduce<Started>(merge, { services: own.services ?? {}, secrets: {} });
}

/** As Compose merges: lists are put together, variables by their names. */
function merge(below: Started, over: Document): Started {
  const services = { ...below.services };
  for (const [name, service] of Object.entries(over.services ?? {})) {
    const base = services[name] ?? {};
    const lists = ['networks', 'extra_hosts', 'secrets', 'volumes', 'ports'] as const;
    const merged = lists.flatMap((key) => {
      const all = [...(base[key] ?? []), ...(service[key] ?? [])];
      return all.length === 0 ? [] : [[key, [...new Set(all)]] as const];
    });
    const environment = { ...base.environment, ...service.environment };
    services[name] = { ...base, ...service, ...Object.fromEntries(merged), environment };
  }
  return { services, secrets: { ...below.secrets, ...over.secrets } };
}

/** A service by its image, or the app's: the one that is built. */
export function named({ services }: Started, program: 'prometheus' | 'grafana' | 'pushgateway' | 'app') {
  const isIt = ({ image = '', build }: Service) =>
    program === 'app'
      ? build !== undefined
      : new RegExp(`(?:^|/)${program}(?=:|$|\\})`).test(image.replace(/^.*:-/, ''));
  const [name, service] = Object.entries(services).find(([, one]) => isIt(one)) ?? [];
  return name === undefined || service === undefined ? undefined : { name, service };
}

/**
 * Where an address leads that one service uses: the name of a service, `host` for what is on the machine and in no
 * container, or why it leads nowhere.
 *
 * @param from undefined for what runs on the machine
 */
export function leadsTo(started: Started, address: string, from: Service | undefined): string {
  const { hostname, port } = new URL(address.includes('://') ? address : `http://${address}`);
  const isOnMachine = from === undefined || from.network_mode === 'host';
  if (hostname === 'localhost') return isOnMachine ? onMachine(started, port) : 'localhost is the container itself';
  if (isOnMachine) return `${hostname} is no name on the machine`;
  if (hostname === 'host.docker.internal') {
    const isKnown = from.extra_hosts?.includes('host.docker.internal:host-gateway') === true;
    return isKnown ? onMachine(started, port) : 'the machine has no name here';
  }
  const to = started.services[hostname];
  if (to === undefined) return `${hostname} is no service`;
  if (to.network_mode === 'host') return `${hostname} is in no network`;
  const networks = (service: Service) => service.networks ?? ['default'];
  return networks(from).some((one) => networks(to).includes(one)) ? hostname : `${hostname} is in other networks`;
}

function onMachine({ services }: Started, port: string): string {
  const published = Object.entries(services).find(([, { ports = [] }]) =>
    ports.some((one) => new RegExp(`(?:^|[:-])${port}\\}?:\\d+$`).test(String(one))),
  );
  return published?.[0] ?? 'host';
}
