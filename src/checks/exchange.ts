import http from 'node:http';
import https from 'node:https';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { CheckError } from './check.js';
import type { Answer } from './service.js';

/** An answer that is larger is given up: a scrape of a million series is 100 MB, and no Prometheus would want it. */
const mostBytes = 32 * 1024 * 1024;

export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Close the connection so many milliseconds after it was made, whatever was answered. */
  readonly abortAfterMs: number | undefined;
  /** Any certificate is taken: a service on this machine has one of its own making. */
  readonly trustAny: boolean;
  readonly signal: AbortSignal;
}

/**
 * One request and its answer, on a TCP connection of its own: a kept connection would pin one worker, and hide what the
 * others answer. A redirect is an answer like any other.
 *
 * @throws CheckError when there is no whole answer
 * @throws the signal's reason when it is aborted
 */
export function exchange(request: Exchange): Promise<Answer> {
  const { url, method, headers, timeoutMs, abortAfterMs, signal } = request;
  const what = `${method} ${url.pathname}`;
  const started = performance.now();
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const options = { method, headers: { ...headers, connection: 'close' }, agent: false as const };
    const outgoing =
      url.protocol === 'https:'
        ? https.request(url, { ...options, rejectUnauthorized: !request.trustAny })
        : http.request(url, options);
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
      settle();
      outgoing.destroy();
    };
    const fail = (error: unknown): void => end(() => reject(error));
    const cancel = (): void => fail(signal.reason);
    const seconds = (): number => (performance.now() - started) / 1000;
    let timer = setTimeout(() => fail(tooLate(what, timeoutMs)), timeoutMs);
    signal.addEventListener('abort', cancel);
    if (abortAfterMs !== undefined) {
      const giveUp = (): void => end(() => resolve({ status: 0, headers: {}, body: '', seconds: seconds() }));
      outgoing.on('socket', (socket) =>
        // What is given up before the server has seen it is no request.
        socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
          clearTimeout(timer);
          timer = setTimeout(giveUp, abortAfterMs);
        }),
      );
    }
    outgoing.on('error', (error) => fail(broken(what, error)));
    outgoing.on('response', (incoming) => {
      answerOf(incoming, what).then((answer) => end(() => resolve({ ...answer, seconds: seconds() })), fail);
    });
    outgoing.end();
  });
}

/** @throws CheckError when the answer is too large, ends early, or is not packed as it says */
async function answerOf(incoming: http.IncomingMessage, what: string): Promise<Omit<Answer, 'seconds'>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > mostBytes) break;
      chunks.push(chunk);
    }
  } catch (error) {
    throw broken(what, error instanceof Error ? error : new Error(String(error)));
  }
  if (bytes > mostBytes) throw tooLarge(what);
  const { statusCode = 0, headers } = incoming;
  const body = decoded(Buffer.concat(chunks), headers['content-encoding'], what);
  return { status: statusCode, headers: flat(headers), body };
}

function flat(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function decoded(bytes: Buffer, encoding: string | undefined, what: string): string {
  const decoders = { gzip: gunzipSync, deflate: inflateSync, br: brotliDecompressSync };
  const decoder = Object.entries(decoders).find(([name]) => name === encoding)?.[1];
  if (decoder === undefined || bytes.length === 0) return bytes.toString('utf8');
  try {
    return decoder(bytes, { maxOutputLength: mostBytes }).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(what);
    throw new CheckError(`the answer to ${what} says that it is ${encoding}, and is not`, 'Mend the compression.', {
      cause: error,
    });
  }
}

function tooLate(what: string, timeoutMs: number): CheckError {
  return new CheckError(
    `no answer to ${what} within ${timeoutMs / 1000} s`,
    'The service accepts the connection and does not answer, or not to the end: look at what blocks it.',
  );
}

function tooLarge(what: string): CheckError {
  return new CheckError(
    `the answer to ${what} is larger than ${mostBytes / 1024 / 1024} MB; it was given up`,
    'Prometheus would hold all of it in memory at every scrape: find the label with unbounded values, or the wrong path.',
  );
}

function broken(what: string, error: Error): CheckError {
  const code = 'code' in error ? String(error.code) : '';
  if (code.startsWith('HPE_')) {
    return new CheckError(
      `${what}: what answers there does not speak HTTP (${code})`,
      'Correct the port, or http for https, in --url.',
      {
        cause: error,
      },
    );
  }
  const [said, hint] = reasons[code] ??
    reasonByKind(code) ?? [`failed (${error.message})`, 'Look at the log of the service.'];
  return new CheckError(`${what}: ${said}`, hint, { cause: error });
}

/** Node has a code for each fault of a certificate: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
function reasonByKind(code: string): readonly [string, string] | undefined {
  if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER') {
    return ['what answers there does not speak TLS', 'Correct the port, or https for http, in --url.'];
  }
  if (!/CERT|ISSUER|_SIGNATURE|_CRL/.test(code)) return undefined;
  return [
    `its certificate is not trusted (${code})`,
    'Let Node trust it (NODE_EXTRA_CA_CERTS), or name the host as the certificate does.',
  ];
}

const gone =
  'The process may have ended, a proxy in front of it gave up, or it wants https: look at the log of the service.';
const reasons: Readonly<Record<string, readonly [string, string]>> = {
  ECONNREFUSED: [
    'nothing listens there (connection refused)',
    'Start the service, let --start do it, or correct --url.',
  ],
  ECONNRESET: ['the connection was closed before the answer was complete', gone],
  EPIPE: ['the connection was closed before the answer was complete', gone],
  ENOTFOUND: ['the name of the host is not known', 'Correct the host in --url.'],
  EAI_AGAIN: ['the name of the host could not be looked up', 'Correct the host in --url.'],
  EHOSTUNREACH: ['the host cannot be reached', 'Correct the host in --url.'],
};
