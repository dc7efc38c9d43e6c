import { expect } from 'vitest';
import { type Exposition, samplesOf, sumOf } from './exposition.js';
import type { ExpectedCount, ExpectedException } from './fixture.js';

export interface ExpectedTraffic {
  readonly application: string;
  /** How many requests were sent, the scrapes not among them. */
  readonly sent: number;
  readonly counts: readonly ExpectedCount[];
  readonly exceptions?: readonly ExpectedException[];
}

const COUNTED = ['http_requests_total', 'http_request_duration_seconds_count'];

/**
 * The metrics are exactly the traffic that was sent: each series as expected and nothing besides, nothing in progress,
 * `application` on every series. Series at 0 are allowed: known ones are initialised, so that increase() sees their first
 * event.
 */
export function expectCounts(exposition: Exposition, expected: ExpectedTraffic): void {
  const wanted = toRecord(expected.counts);
  for (const name of COUNTED) {
    expect(nonZero(exposition, name), name).toEqual(wanted);
    expect(sumOf(exposition, name), `sum of ${name}`).toBe(expected.sent);
  }
  expect(sumOf(exposition, 'http_request_duration_seconds_bucket', { le: '+Inf' }), 'le="+Inf"').toBe(expected.sent);
  expect(samplesOf(exposition, 'http_requests_in_progress').length, 'series in progress').toBeGreaterThan(0);
  for (const sample of samplesOf(exposition, 'http_requests_in_progress')) expect(sample).toMatchObject({ value: 0 });
  expect(nonZero(exposition, 'http_request_exceptions_total'), 'exceptions').toEqual(
    toRecord(expected.exceptions ?? []),
  );
  const foreign = exposition.samples.filter(({ labels }) => labels['application'] !== expected.application);
  expect(foreign, 'series without the application label').toEqual([]);
}

interface Counted {
  readonly method: string;
  readonly route: string;
  readonly status_code?: number | string;
  readonly count: number;
}

function nonZero(exposition: Exposition, name: string): Record<string, number> {
  return toRecord(
    samplesOf(exposition, name)
      .filter(({ value }) => value !== 0)
      .map(({ labels, value }) => ({ method: '', route: '', ...labels, count: value })),
  );
}

function toRecord(counts: readonly Counted[]): Record<string, number> {
  return Object.fromEntries(
    counts.map(({ method, route, status_code, count }) => [
      [method, route, ...(status_code === undefined ? [] : [status_code])].join(' '),
      count,
    ]),
  );
}
