import { describe, expect, it } from 'vitest';
import {
  addressOf,
  listensTo,
  needsHostGateway,
  networksToMeet,
  type Peer,
  type Runs,
} from '../../src/monitoring/reach.js';

function service(name: string, more: Partial<Peer> = {}): Runs {
  const peer = { name, networks: [], profiles: [], usesHostNetwork: false, ports: [], published: [], ...more };
  return { in: 'service', service: peer };
}

const host: Runs = { in: 'host' };
const overlay: Runs = { in: 'overlay', name: 'prometheus', hostPort: 9092 };
const onMachine = service('p', { usesHostNetwork: true });
const published = service('p', { published: [{ container: 9090, host: 9095 }] });

describe('addressOf', () => {
  it.each([
    ['a service', service('p'), service('g'), 'p:9090'],
    ['the overlay', overlay, service('g'), 'prometheus:9090'],
    ['the machine', host, service('g'), 'host.docker.internal:9090'],
    ["the machine's network", onMachine, overlay, 'host.docker.internal:9090'],
    ['a published port, from the machine', published, host, 'localhost:9095'],
    ['the overlay, from the machine', overlay, onMachine, 'localhost:9092'],
    ['the machine itself', host, onMachine, 'localhost:9090'],
  ])('%s', (_, to, from, address) => {
    expect(addressOf(to, 9090, from)).toBe(address);
    expect(needsHostGateway(from, to)).toBe(address.startsWith('host.docker'));
  });
});

it.each([
  [[], 9090],
  [[80, 9090], 9090],
  [[9095], 9095],
])('one with the ports %j listens to %i', (ports, port) => {
  expect(listensTo(9090, service('p', { ports }))).toBe(port);
});

it.each([
  [[['default']], [], []],
  [[[]], [], []],
  [[['back', 'edge']], [], ['default', 'back']],
  [[['back'], ['edge', 'back']], [], ['default', 'back']],
  [[['back'], []], ['front'], ['back', 'default']],
  [[['front']], ['front'], []],
])('what meets %j and is in %j has to join %j', (others, own, joined) => {
  const peers = others.map((networks) => service('x', { networks }));
  expect(networksToMeet([...peers, host, onMachine], own)).toEqual(joined);
});
