import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Exposition, parseExposition, sumOf } from './exposition.js';
import type { Fixture } from './fixture.js';
import { type Origin, send } from './http-client.js';

const SETTLE_MS = 2_000;

/** Sends a fixture's requests one after the other; each must be answered as declared. Gives how many they were. */
export async function sendTraffic(origin: Origin, fixture: Fixture): Promise<number> {
  let sent = 0;
  for (const request of fixture.requests ?? []) {
    for (let time = 1; time <= request.times; time++) {
      const { status, body } = await send(origin, request);
      expect(status, `${request.method} ${request.path}, time ${time}: ${body.slice(0, 500)}`).toBe(request.status);
      sent += 1;
    }
  }
  return sent;
}

/** One scrape: a 200 with Prometheus' Content-Type, whose every line parses. */
export async function scrape(origin: Origin, path = '/metrics'): Promise<Exposition> {
  const { status, headers, body } = await send(origin, { method: 'GET', path });
  expect(status, body.slice(0, 500)).toBe(200);
  expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4; charset=utf-8$/);
  return parseExposition(body);
}

/**
 * Scrapes until `sent` requests are counted: a server notes a response as closed a moment after the client has read its
 * end. Gives the last scrape when that takes too long; the counts are the caller's to judge.
 */
export async function scrapeSettled(origin: Origin, sent: number, path = '/metrics'): Promise<Exposition> {
  const deadline = Date.now() + SETTLE_MS;
  for (;;) {
    const exposition = await scrape(origin, path);
    const settled =
      sumOf(exposition, 'http_requests_total') >= sent && sumOf(exposition, 'http_requests_in_progress') === 0;
    if (settled || Date.now() > deadline) return exposition;
    await sleep(10);
  }
}
