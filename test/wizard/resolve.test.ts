import { execaSync } from 'execa';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellLine } from '../../src/command.js';
import { UsageError } from '../../src/errors.js';
import type { Answers } from '../../src/wizard/answers.js';
import { parsers } from '../../src/wizard/answers.js';
import { appTagFrom, repeatingCommand, resolveAnswers } from '../../src/wizard/resolve.js';

const defaults = { appTag: 'shop', entry: 'app.js', workers: 2, redis: true, metricsPath: '/prometheus' };
const answers: Answers = {
  appTag: 'shop',
  entry: 'app.js',
  workers: 2,
  redis: true,
  metricsPath: '/prometheus',
  client: 'prom-client',
};

describe('resolveAnswers', () => {
  test('takes defaults for what was not given', () => {
    expect(resolveAnswers({}, defaults, 'prom-client')).toEqual(answers);
  });

  test('what was given wins, and options come along', () => {
    const given = {
      appTag: 'x',
      redis: false,
      client: '@prometheus-io/client',
      buckets: [1],
      metricsPort: 9000,
    } as const;
    expect(resolveAnswers(given, defaults, 'prom-client')).toEqual({ ...answers, ...given });
  });

  test.each([
    [{ ...defaults, appTag: undefined }, '--app-tag is missing, and package.json has no name to take it from.'],
    [{ ...defaults, entry: undefined }, '--entry is missing, and none was found.'],
  ])('names the flag of an answer without default', (incomplete, message) => {
    expect(() => resolveAnswers({}, incomplete, 'prom-client')).toThrow(
      expect.objectContaining({ constructor: UsageError, message, hint: expect.stringMatching(/^Give it: .* --/) }),
    );
  });
});

describe('appTagFrom', () => {
  test.each([
    ['shop', 'shop'],
    ['@acme/shop-api', 'shop-api'],
    ['Shop API (v2)!', 'shop-api-v2'],
    ['_private_', 'private'],
    ['größe', 'gr-e'],
    ['x'.repeat(80), 'x'.repeat(63)],
    [`${'x'.repeat(62)}-y`, 'x'.repeat(62)],
    ['日本', undefined],
    ['---', undefined],
    ['@acme/', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j gives %j', (name, tag) => {
    expect(appTagFrom(name)).toBe(tag);
  });

  test('whatever it gives is a tag', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const tag = appTagFrom(name);
        return tag === undefined || parsers.appTag(tag) === tag;
      }),
    );
  });
});

describe('repeatingCommand', () => {
  test('says everything, and the folder only when it is another one', () => {
    const all: Answers = {
      ...answers,
      redis: false,
      app: 'api',
      buckets: [0.1, 1],
      prefix: 'x_',
      excludePaths: ['-a', 'b'],
      metricsPort: 9000,
      metricsToken: true,
      port: 8080,
      slo: 99.95,
      sloLatency: 0.1,
    };
    expect(shellLine(repeatingCommand(all, 'my server'))).toBe(
      "npx add-prom-metrics add 'my server' --yes --app-tag shop --entry app.js --workers 2 --metrics-path /prometheus " +
        '--client prom-client --app api --buckets 0.1,1 --prefix x_ --metrics-port 9000 --port 8080 --slo 99.95 --slo-latency 0.1 ' +
        '--no-redis --metrics-token ' +
        '--exclude-path=-a --exclude-path=b',
    );
    expect(repeatingCommand(answers, '.').slice(0, 4)).toEqual(['npx', 'add-prom-metrics', 'add', '--yes']);
  });
});

describe('shellLine', () => {
  const text = fc
    .string({ unit: 'binary', maxLength: 40 })
    .filter((word) => !word.includes('\0') && Buffer.from(word).toString() === word);

  test('a shell reads back the very words', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(text, fc.constantFrom("it's", '$HOME', '`id`', '*', '~', '', 'a\nb', '!x', '#c', '=x'))),
        (words) => {
          const script = `printf '%s\\0' ${shellLine(words)}`;
          const { stdout } = execaSync('sh', ['-c', script], { stripFinalNewline: false, timeout: 10_000 });
          // Without an argument printf prints one empty word.
          expect(stdout.split('\0').slice(0, -1)).toEqual(words.length === 0 ? [''] : words);
        },
      ),
      { numRuns: 60 },
    );
  });
});
