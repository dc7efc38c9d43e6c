import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { checkAnswers, flags, parseAnswersFile } from '../../src/wizard/given-answers.js';

describe('checkAnswers', () => {
  test('leaves out what was not given, and whatever is no answer', () => {
    const raw = { appTag: 'shop', workers: '4', entry: undefined, yes: true, install: false };
    expect(checkAnswers(raw, (key) => flags[key])).toEqual({ appTag: 'shop', workers: 4 });
  });

  test('names the flag, the rule and what was given', () => {
    expect(() => checkAnswers({ workers: '0' }, (key) => flags[key])).toThrow(
      new UsageError('--workers must be a whole number from 1 to 1024; it is "0".'),
    );
  });

  test('shortens what was given', () => {
    const given = { appTag: 'x'.repeat(5000) };
    expect(() => checkAnswers(given, (key) => flags[key])).toThrow(/^.{1,250}$/);
  });
});

describe('parseAnswersFile', () => {
  test.each([
    ['{"appTag":"shop","workers":4}', { appTag: 'shop', workers: 4 }],
    ['\uFEFF{"redis":false}', { redis: false }],
    ['{"version":1,"tool":"0.1.0","answers":{"appTag":"shop"},"files":[]}', { appTag: 'shop' }],
    ['{}', {}],
  ])('%s', (text, answers) => {
    expect(parseAnswersFile(text, 'answers.json')).toEqual(answers);
  });

  test.each([
    ['', 'answers.json is not valid JSON: Unexpected end of JSON input'],
    ['{,}', 'answers.json is not valid JSON: '],
    ['[]', 'answers.json is not a JSON object of answers.'],
    ['null', 'answers.json is not a JSON object of answers.'],
    ['{"answers":7}', 'answers.json is not a JSON object of answers.'],
    ['{"tag":"x","worker":1}', 'answers.json has an unknown answer: tag, worker.'],
    ['{"toString":"x"}', 'answers.json has an unknown answer: toString.'],
    ['{"constructor":{}}', 'answers.json has an unknown answer: constructor.'],
    ['{"workers":0}', '"workers" in answers.json must be a whole number from 1 to 1024; it is 0.'],
    ['{"workers":null}', '"workers" in answers.json must be a whole number from 1 to 1024; it is null.'],
    ['{"redis":"yes"}', '"redis" in answers.json must be true or false; it is "yes".'],
  ])('%s is wrong', (text, message) => {
    expect(() => parseAnswersFile(text, 'answers.json')).toThrow(
      expect.objectContaining({ constructor: UsageError, message: expect.stringContaining(message) }),
    );
  });
});
