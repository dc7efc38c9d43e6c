import { describe, test, vi } from 'vitest';
import { type Exchange, respond, withFake } from './support/fake.js';
import { limitedTo, refuse, turnAway } from './support/limited.js';
import { measure, saidBy } from './support/measure.js';
import { said } from './support/said.js';

// Requests that something in front of the routes has answered, and paths that cannot show what a check looks for.

vi.setConfig({ maxConcurrency: 20 });

describe.concurrent('requests that never reach the service', () => {
  const strangers = (exchange: Exchange) =>
    exchange.path === '/' ? respond(exchange) : exchange.res.writeHead(404).end();

  test('say nothing of its labels', async ({ expect: is }) => {
    is(await said({ answer: strangers }, 'cardinality', { targetPath: undefined })).toMatch(
      /^skip: none of these requests moved http_requests_total: .*--target-path/,
    );
  });

  test('say nothing of ids: a login in front of the routes', async ({ expect: is }) => {
    const answer = (exchange: Exchange) => turnAway(exchange, 401);
    is(await said({ answer }, 'cardinality')).toMatch(
      /^pass: \d+ ids \(401 × \d+\), .* \(of ids nothing is known: no route saw one\)/,
    );
  });

  test('are not missing from its counter: a limiter', async ({ expect: is }) => {
    const answer = limitedTo(100, refuse);
    is(await said({ answer }, 'exact')).toMatch(
      /^warn: 100 requests to \/items\/1 \(200 × \d+, 429 × (\d+)\): http_requests_total \+\d+: \1 were answered in front/,
    );
  });

  test('are not in the series of a route that they never met: a limiter behind what counts', async ({ expect: is }) => {
    await withFake({ answer: limitedTo(20, turnAway) }, async ({ port }) => {
      const results = await measure(port, { only: ['exact', 'cardinality', 'errors'] });
      is(saidBy(results, 'exact')).toMatch(/^pass: (\d+) requests? .*429.*: http_requests_total \+\1\b/);
      is(saidBy(results, 'cardinality')).toMatch(/^skip: a limiter answered all \d+ unknown URLs \(429\)/);
      is(saidBy(results, 'errors')).toMatch(/^pass: \d+ requests to \/broken \(429 × \d+\), all counted/);
    });
  });

  test('are found there, too, when it begins to limit after the first look', async ({ expect: is }) => {
    is(await said({ answer: limitedTo(60, turnAway) }, 'exact')).toMatch(
      /^pass: 100 requests to \/items\/1 \(200 × \d+, 429 × \d+\): http_requests_total \+100\b/,
    );
  });

  test('are all turned away: a limiter in front of what counts, and a run after another', async ({ expect: is }) => {
    await withFake({ answer: limitedTo(60, refuse) }, async ({ port }) => {
      const results = await measure(port, { only: ['exact', 'errors'] });
      is(saidBy(results, 'exact')).toMatch(/^warn: \d+ requests .*were answered in front of what counts/);
      is(saidBy(results, 'errors')).toMatch(
        /^warn: \d+ requests to \/broken \(429 × \d+\): .* a limiter answered in front/,
      );
    });
  });

  test('but where the counter misses others besides, it fails', async ({ expect: is }) => {
    const answer = limitedTo(100, refuse);
    is(await said({ answer, times: (one) => (one % 20 === 0 ? 0 : 1) }, 'exact')).toMatch(
      /^fail: 100 requests .*429.*Requests are missing/,
    );
  });
});

test.concurrent.for([
  [
    'in-progress',
    { slowPath: '/' },
    /^skip: \/ answered 200 after \d+ ms, before it could be aborted: give --slow-path/,
  ],
  ['errors', { errorPath: '/' }, /^skip: \/ ends in no error \(200 × \d+\): give --error-path/],
] as const)('%s: a path that is none such says nothing of the service', async ([id, options, says], { expect: is }) => {
  is(await said({}, id, options)).toMatch(says);
});
