import { createClient } from 'redis';
import type { Connection } from './redis-link.js';

/** What versions 4 to 6 of the client have. */
interface Client {
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Since 4.3. */
  unref?: () => void;
  connect(): Promise<unknown>;
  sendCommand(command: readonly string[]): Promise<unknown>;
  /** Since version 5. */
  destroy?: () => void;
  disconnect(): Promise<void>;
}

/**
 * Opens a connection to REDIS_URL, else to the client's default (localhost:6379), that does not keep the process alive.
 * Throws when REDIS_URL is not a URL. `onLost` is called when it is lost, once or more often.
 */
export function openConnection(timeoutMs: number, onLost: () => void): Connection {
  const url = process.env['REDIS_URL'];
  const fail = (_retries: number, cause?: Error): Error => cause || new Error('the connection was lost');
  const options = { disableOfflineQueue: true, socket: { connectTimeout: timeoutMs, reconnectStrategy: fail } };
  const client = createClient(url ? Object.assign({ url }, options) : options) as unknown as Client;
  client.on('error', onLost);
  if (client.unref !== undefined) client.unref();
  return {
    ready: client.connect(),
    send: (command) => client.sendCommand(command),
    close(): void {
      try {
        if (client.destroy !== undefined) client.destroy();
        else client.disconnect().catch(() => undefined);
      } catch (_error) {
        // It is closed already.
      }
    },
  };
}
