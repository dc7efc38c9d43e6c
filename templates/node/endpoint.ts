import { createHash, timingSafeEqual } from 'crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'http';
import { warnOnce } from './process.js';
import { contentType, exposition } from './registry.js';
import { settings } from './settings.js';

/** Prometheus has given up by then. */
const LONGEST_COLLECTION_MS = 10000;
const TEXT = 'text/plain; charset=utf-8';

let collecting: Promise<string> | undefined;

/** Answers a GET or HEAD of the scrape path, with any query. Returns false, and leaves everything else alone. */
export function answerScrape(req: IncomingMessage, res: ServerResponse): boolean {
  if (!isScrape(req)) return false;
  if (!isAuthorized(req)) {
    send(req, res, 401, TEXT, 'a bearer token is needed\n', { 'WWW-Authenticate': 'Bearer' });
    return true;
  }
  collect()
    .then(
      (text) => send(req, res, 200, contentType(), text),
      (error: unknown) => {
        warnOnce('the metrics could not be collected', error);
        send(req, res, 500, TEXT, 'the metrics could not be collected, see the log\n');
      }
    )
    .catch((error: unknown) => warnOnce('a scrape could not be answered', error));
  return true;
}

function isScrape(req: IncomingMessage): boolean {
  if (req.method !== 'GET' && req.method !== 'HEAD') return false;
  const url = req.url || '';
  const { metricsPath } = settings;
  return url === metricsPath || url.startsWith(`${metricsPath}?`);
}

/** Checks METRICS_TOKEN, where it is set, in a time that does not depend on how much of it is right. */
function isAuthorized(req: IncomingMessage): boolean {
  const token = process.env['METRICS_TOKEN'];
  if (!token) return true;
  const given = /^bearer +(.+)$/i.exec(req.headers.authorization || '');
  return timingSafeEqual(digest((given && given[1]) || ''), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Scrapes that arrive while the metrics are being collected share the result; not one that hangs, for ever. */
function collect(): Promise<string> {
  if (collecting === undefined) {
    const current = exposition();
    const forget = (): void => {
      if (collecting === current) collecting = undefined;
    };
    collecting = current;
    current.then(forget, forget);
    setTimeout(forget, LONGEST_COLLECTION_MS).unref();
  }
  return collecting;
}

function send(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers?: OutgoingHttpHeaders
): void {
  // Something around the app may have answered meanwhile (a timeout), or the client is gone.
  if (res.headersSent || res.destroyed) return;
  const body = Buffer.from(text);
  const common = { 'Content-Type': type, 'Content-Length': body.length, 'Cache-Control': 'no-store' };
  res.writeHead(status, Object.assign(common, headers));
  res.end(req.method === 'HEAD' ? undefined : body);
}
