import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import type { Check } from './check.js';
import { fail, pass, skip, warn } from './finding.js';
import { readScrape } from './open-service.js';
import type { Service } from './service.js';

/** Addresses that the internet does not reach: RFC 1918, 6598, 3927, 4193, 4291. */
const inner = new BlockList();
for (const [net, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['127.0.0.0', 8],
] as const) {
  inner.addSubnet(net, prefix);
}
for (const [net, prefix] of [
  ['fc00::', 7],
  ['fe80::', 10],
  ['::1', 128],
] as const) {
  inner.addSubnet(net, prefix, 'ipv6');
}

export const secret: Check = {
  id: 'secret',
  title: 'Not everybody can read the metrics',
  expected: 'an endpoint with a public address wants authentication',
  needsRest: false,
  disturbs: false,
  cannotRun: () => undefined,
  async run(service) {
    const answer = await service.client.fetchMetrics({ bare: true });
    const measured = `without a token it answers ${answer.status}`;
    if ([401, 403].includes(answer.status)) return pass(measured);
    if (answer.status >= 300 && answer.status < 500) {
      // Some answer strangers as if there were nothing, or lead them to a login.
      readScrape(await service.client.fetchMetrics());
      return pass(`${measured}, with it 200`);
    }
    if (answer.status !== 200) readScrape(answer); // says what is wrong
    if (process.env['METRICS_TOKEN']) {
      return fail(
        `${measured}, although METRICS_TOKEN is set here`,
        'The service does not know the token: set METRICS_TOKEN in its own environment, and start it again.',
      );
    }
    const address = await addressOf(service);
    if (address === undefined) return skip('the address of the host is not known');
    if (isInner(address)) {
      return skip(`it was reached by ${address}, which the internet does not reach; give --url its public address`);
    }
    return warn(
      `${measured} on the public address ${address}`,
      'Whoever asks can read routes, traffic, versions and error rates. Set METRICS_TOKEN (and the same bearer token in Prometheus), serve the metrics on a port of their own (--metrics-port), or keep the path from the outside at the proxy.',
    );
  },
};

/** Whether an address is one of this machine, or of a network that is not the internet. */
export function isInner(address: string): boolean {
  return inner.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

async function addressOf({ url }: Service): Promise<string | undefined> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host)).address;
  } catch {
    return undefined;
  }
}
