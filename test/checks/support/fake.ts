import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

// A small service in the test's own process, right unless it is told otherwise: for what a client meets on the way.

/** One request under way. */
export interface Exchange {
  readonly req: http.IncomingMessage;
  readonly res: http.ServerResponse;
  readonly path: string;
  readonly fake: Fake;
}

type Handler = (exchange: Exchange) => unknown;

export interface FakeOptions {
  /** Answers what is no scrape; default: `respond`. */
  readonly answer?: Handler;
  /** Answers a scrape; default: `expose`. */
  readonly scrape?: Handler;
  /** How a status is written in its label; default: as it is. */
  readonly status?: (status: number) => string;
  /** How often a request is counted; default: once. */
  readonly times?: (number: number) => number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Where the metrics are; default: /metrics. */
  readonly metricsPath?: string;
}

const routes: readonly (readonly [RegExp, string, number])[] = [
  [/^\/$/, '/', 200],
  [/^\/items\/[^/]+$/, '/items/:id', 200],
  [/^\/slow$/, '/slow', 200],
  [/^\/broken$/, '/broken', 500],
];

export class Fake {
  readonly server: http.Server;
  readonly #options: FakeOptions;
  readonly #counts = new Map<string, number>();
  #open = 0;
  #number = 0;
  /** Everything that came, scrapes included. */
  received = 0;
  /** The connections that were made. */
  connections = 0;

  constructor(options: FakeOptions) {
    this.#options = options;
    const metricsPath = options.metricsPath ?? '/metrics';
    this.server = http.createServer((req, res) => {
      this.received += 1;
      const path = new URL(req.url ?? '/', 'http://fake').pathname;
      const { answer = respond, scrape = expose } = options;
      (path === metricsPath ? scrape : answer)({ req, res, path, fake: this });
    });
    this.server.on('connection', () => {
      this.connections += 1;
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Counts a request to a route when its answer has ended, however that was. */
  count({ req, res }: Exchange, route: string): void {
    this.#open += 1;
    this.#number += 1;
    const number = this.#number;
    const close = (): void => {
      this.#open -= 1;
      const status = res.headersSent ? res.statusCode : 499;
      const method = ['GET', 'HEAD', 'POST'].includes(req.method ?? '') ? req.method : '_OTHER';
      const labels = `method="${method}",route="${route}",status="${this.#options.status?.(status) ?? status}"`;
      const times = this.#options.times?.(number) ?? 1;
      this.#counts.set(labels, (this.#counts.get(labels) ?? 0) + times);
    };
    // The client may have gone before its turn came.
    if (res.closed) close();
    else res.on('close', close);
  }

  /** Begins at 0 again. */
  reset(): void {
    this.#counts.clear();
  }

  get text(): string {
    const series = [...this.#counts].map(([labels, value]) => `http_requests_total{${labels}} ${value}\n`);
    return `# TYPE http_requests_total counter\n${series.join('')}# TYPE http_requests_in_progress gauge\nhttp_requests_in_progress ${this.#open}\n`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Starts one on a free port of the loopback address. */
export async function startFake(options: FakeOptions = {}): Promise<Fake> {
  const fake = new Fake(options);
  fake.server.listen(0, options.host ?? '127.0.0.1');
  await once(fake.server, 'listening');
  return fake;
}

/** Starts one for the time of some work. */
export async function withFake<T>(options: FakeOptions, work: (fake: Fake) => Promise<T>): Promise<T> {
  const fake = await startFake(options);
  try {
    return await work(fake);
  } finally {
    await fake.stop();
  }
}

/** The right answer, counted. */
export function respond(exchange: Exchange): void {
  const { res, path, fake } = exchange;
  const [, route, status] = routes.find(([pattern]) => pattern.test(path)) ?? [path, '<unmatched>', 404];
  fake.count(exchange, route);
  res.statusCode = status;
  if (route === '/slow') setTimeout(() => res.end('at last'), 1_200);
  else res.end('hello');
}

/** The metrics as they should be. */
export function expose({ res, fake }: Exchange): void {
  res.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
  res.end(fake.text);
}

/** Does something later by so many milliseconds. */
export function after(milliseconds: number, handler: Handler): Handler {
  return (exchange) => void setTimeout(() => handler(exchange), milliseconds);
}

/** Does one after the other, each for so many milliseconds, as a server of one process and one thread. */
export function inLine(millisecondsOf: (exchange: Exchange) => number, handler: Handler): Handler {
  let last: Promise<void> = Promise.resolve();
  return (exchange) => {
    last = last.then(
      () =>
        new Promise((resolve) => {
          setTimeout(() => {
            handler(exchange);
            resolve();
          }, millisecondsOf(exchange));
        }),
    );
  };
}

/** Closes the connection without an answer. */
export function hangUp({ req }: Exchange): void {
  (req.socket as Socket).destroy();
}
