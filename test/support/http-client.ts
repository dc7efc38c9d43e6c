import http from 'node:http';
import https from 'node:https';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
  /** Sent as JSON, with its Content-Type. */
  readonly json?: unknown;
}

export interface Response {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface Origin {
  readonly port: number;
  /** TLS; any certificate is taken. */
  readonly tls?: boolean;
}

const TIMEOUT_MS = 10_000;

/**
 * One request to 127.0.0.1 over a connection of its own: a kept connection would pin one worker of a cluster, and hide
 * what the others answer.
 */
export function send({ port, tls = false }: Origin, request: Request): Promise<Response> {
  const body = request.json === undefined ? request.body : JSON.stringify(request.json);
  const options: https.RequestOptions = {
    host: '127.0.0.1',
    port,
    method: request.method,
    path: request.path,
    agent: false,
    rejectUnauthorized: false,
    timeout: TIMEOUT_MS,
    headers: {
      ...(request.json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      ...request.headers,
    },
  };
  return new Promise((resolve, reject) => {
    const outgoing = (tls ? https : http).request(options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text });
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${request.method} ${request.path}`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
