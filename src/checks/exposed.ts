import type { Check, Finding } from './check.js';
import { countOf, distinct, seriesKey } from './counts.js';
import type { Exposition } from './exposition.js';
import { fail, pass } from './finding.js';
import { readScrape } from './open-service.js';
import type { Service } from './service.js';

export const exposed: Check = {
  id: 'exposed',
  title: 'The endpoint gives what Prometheus takes',
  expected: '200, a Content-Type that Prometheus accepts, every line readable, a counter or histogram of requests',
  needsRest: false,
  disturbs: false,
  cannotRun: () => undefined,
  async run(service) {
    const answer = await service.client.fetchMetrics();
    const exposition = readScrape(answer);
    return (
      wrongType(answer.headers['content-type']) ??
      nothingThere(exposition) ??
      repeated(exposition) ??
      pass(described(service, exposition, answer.headers['content-type'] ?? ''))
    );
  },
};

/** Prometheus 3 fails a scrape whose Content-Type it cannot read or does not know; 2.x guessed. */
function wrongType(type: string | undefined): Finding | undefined {
  const scrapeFails = 'Prometheus 3 fails such a scrape (up is 0), Prometheus 2 guessed.';
  if (type === undefined) {
    return fail('no Content-Type', `${scrapeFails} Send the one that the client library gives (register.contentType).`);
  }
  const [media = '', ...parameters] = type.split(';').map((part) => part.trim().toLowerCase());
  const names = parameters.map((parameter) => parameter.split('=')[0]);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    return fail(
      `Content-Type has ${twice} twice: ${type}`,
      `${scrapeFails} The framework adds a charset to the one that is there: set the whole header (in Flask content_type=, not mimetype=).`,
    );
  }
  if (!['text/plain', 'application/openmetrics-text'].includes(media)) {
    return fail(`Content-Type is ${type}`, `${scrapeFails} Send text/plain; version=0.0.4; charset=utf-8.`);
  }
  return undefined;
}

function nothingThere({ samples }: Exposition): Finding | undefined {
  if (samples.length > 0) return undefined;
  return fail(
    '200, and not a single sample',
    'up is 1 and every query is empty: nothing is registered where it is read.',
  );
}

function repeated({ samples }: Exposition): Finding | undefined {
  const keys = samples.map(seriesKey);
  const more = keys.length - distinct(keys).length;
  if (more === 0) return undefined;
  const seen = new Set<string>();
  const first = samples.find((sample) => seen.size === seen.add(seriesKey(sample)).size);
  return fail(
    `${countOf(more, 'series')} twice in one scrape, such as ${first?.name}`,
    'Prometheus keeps one of the values and drops the other: expositions of several registries were put together as text. Add them up instead.',
  );
}

function described(service: Service, { families, samples }: Exposition, type: string): string {
  const { counter, histogram, foundBy } = service.metrics;
  const names = histogram === undefined || counter === `${histogram}_count` ? counter : `${counter}, ${histogram}`;
  const format = type.includes('openmetrics') ? 'OpenMetrics' : 'text';
  return `200, ${format}, ${countOf(families.size, 'metric')} in ${countOf(samples.length, 'series')}; requests: ${names} (by ${foundBy})`;
}
