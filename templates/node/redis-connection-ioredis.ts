import * as ioredis from 'ioredis';
import type { Connection } from './redis-link.js';

/** What versions 5 and 6 of the client have. */
interface Client {
  readonly status: string;
  readonly stream: { unref(): void };
  on(event: string, listener: () => void): unknown;
  connect(): Promise<unknown>;
  call(name: string, ...parameters: string[]): Promise<unknown>;
  disconnect(): void;
}

type Constructor = new (first: object | string, second?: object) => Client;

/** Before 5.2.5, the class has no name of its own among the exports. */
const { Redis, default: fallback } = ioredis as unknown as {
  readonly Redis?: Constructor;
  readonly default: Constructor;
};
const RedisClient: Constructor = Redis || fallback;

/**
 * Opens a connection to REDIS_URL, else to the client's default (localhost:6379), that does not keep the process alive.
 * `onLost` is called when it is lost, once or more often.
 */
export function openConnection(timeoutMs: number, onLost: () => void): Connection {
  const options = {
    connectTimeout: timeoutMs,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: (): null => null,
  };
  const url = process.env['REDIS_URL'];
  const client = url ? new RedisClient(url, options) : new RedisClient(options);
  // The reason is in what `connect` and `call` reject with.
  client.on('error', () => undefined);
  client.on('end', onLost);
  client.on('connect', () => client.stream.unref());
  return {
    ready: client.connect(),
    send: (command) => client.call(command[0] || '', ...command.slice(1)),
    close(): void {
      // When it has ended already, this would hold the process for two seconds.
      if (client.status !== 'end') client.disconnect();
    },
  };
}
