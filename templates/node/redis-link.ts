import { openConnection } from './redis-connection.js';

/** One connection to Redis: it is not opened again when it is lost. */
export interface Connection {
  /** Rejects when it cannot be opened. */
  readonly ready: Promise<unknown>;
  /** Sends a command when it is ready. Rejects at an error of Redis, or when the connection is lost. */
  send(command: readonly string[]): Promise<unknown>;
  /** Never throws. */
  close(): void;
}

const OPEN_MS = 2000;
/** A paused Redis or a broken network gives no error: after this time without an answer the connection is given up. */
const GIVE_UP_MS = 5000;

/**
 * What sends commands to Redis, over one connection that is opened when there is something to send and none. A command
 * is not sent again when it fails; its promise is settled within five seconds.
 */
export function createLink(): (command: readonly string[]) => Promise<unknown> {
  let current: Connection | undefined;

  function drop(connection: Connection): void {
    if (current === connection) current = undefined;
    connection.close();
  }

  function connect(): Connection {
    const connection = openConnection(OPEN_MS, () => {
      if (current === connection) current = undefined;
    });
    return connection;
  }

  return function send(command: readonly string[]): Promise<unknown> {
    try {
      if (current === undefined) current = connect();
    } catch (error) {
      return Promise.reject(error);
    }
    const connection = current;
    const answer = connection.ready.then(() => connection.send(command));
    return within(GIVE_UP_MS, answer).catch((error: unknown) => {
      drop(connection);
      throw error;
    });
  };
}

/** The promise, or a rejection after this time. Does not keep the process alive. */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer from Redis in ${ms} ms`)), ms);
    timer.unref();
    const stop = (): void => clearTimeout(timer);
    promise.then(stop, stop);
    promise.then(resolve, reject);
  });
}
