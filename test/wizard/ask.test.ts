import { screen } from '@inquirer/testing/vitest';
import { describe, expect, test } from 'vitest';
import { CancelledError, RefusedError, UsageError } from '../../src/errors.js';
import type { Check, Defaults } from '../../src/wizard/ask.js';
import { askQuestions, askToConfirm } from '../../src/wizard/ask.js';
import type { GivenAnswers } from '../../src/wizard/given-answers.js';

const defaults: Defaults = { appTag: 'shop', entry: 'app.js', workers: 2, redis: false, metricsPath: '/metrics' };
const questions = ['Application tag', 'Entry file', 'Number of worker processes', 'Is Redis available', 'Scrape path'];
const noCheck: Check = () => {};

function ask(given: GivenAnswers = {}, preset: Defaults = defaults, check: Check = noCheck): Promise<GivenAnswers> {
  return askQuestions(given, preset, check, {});
}

async function shows(text: string): Promise<void> {
  await expect.poll(() => screen.getScreen()).toContain(text);
}

/** Waits for each question and presses Enter. */
async function accept(asked: readonly string[]): Promise<void> {
  for (const question of asked) {
    await shows(question);
    screen.keypress('enter');
  }
}

/** Takes the default out of the way and types an answer. */
async function answer(text: string): Promise<void> {
  screen.keypress({ name: 'u', ctrl: true });
  screen.type(text);
  screen.keypress('enter');
}

describe('askQuestions', () => {
  test('Enter takes the default of each', async () => {
    const asked = ask();
    await accept(questions);
    await expect(asked).resolves.toEqual(defaults);
  });

  test('asks only for what was not given', async () => {
    const asked = ask({ appTag: 'given', entry: 'x.js', workers: 4, redis: false });
    await accept(['Scrape path']);
    await expect(asked).resolves.toEqual({
      appTag: 'given',
      entry: 'x.js',
      workers: 4,
      redis: false,
      metricsPath: '/metrics',
    });
  });

  test.each<['appTag' | 'workers' | 'metricsPath', string, string, string, unknown]>([
    ['appTag', 'Application tag', 'Shop "API"', 'It must be 1 to 63 lower-case letters', 'Shop'.toLowerCase()],
    ['workers', 'Number of worker processes', '5000', 'It must be a whole number from 1 to 1024.', 8],
    ['metricsPath', 'Scrape path', 'metrics', 'It must begin with "/"', '/prom'],
  ])('a wrong %s is explained, then corrected', async (key, question, wrong, explanation, right) => {
    const { [key]: _, ...given } = { ...defaults, appTag: 'x', entry: 'y.js' };
    const asked = ask(given);
    await shows(question);
    await answer(wrong);
    await shows(explanation);
    await answer(String(right));
    await expect(asked).resolves.toMatchObject({ [key]: right });
  });

  test('the repository can object, with what to do', async () => {
    const check: Check = (key, value) => {
      if (key === 'entry' && value === 'gone.js') throw new UsageError('There is no file gone.js here.');
      if (key === 'entry' && value === 'two.js') throw new RefusedError('Two apps.', 'Name one with --app.');
    };
    const asked = ask({ ...defaults, appTag: 'x', entry: undefined } as unknown as GivenAnswers, defaults, check);
    await shows('Entry file');
    await answer('gone.js');
    await shows('There is no file gone.js here.');
    await answer('two.js');
    await shows('Two apps. Name one with --app.');
    await answer('./src/app.js');
    await expect(asked).resolves.toMatchObject({ entry: 'src/app.js' });
  });

  test('without a default, Enter alone is not an answer', async () => {
    const asked = ask(
      { workers: 1, redis: true, metricsPath: '/m', entry: 'x.js' },
      { ...defaults, appTag: undefined },
    );
    await accept(['Application tag']);
    await shows('It must be 1 to 63');
    await answer('shop');
    await expect(asked).resolves.toMatchObject({ appTag: 'shop' });
  });

  test.each(questions.map((question, index) => [question, index] as const))(
    'Ctrl-C at "%s" cancels',
    async (question, index) => {
      const asked = ask();
      const outcome = expect(asked).rejects.toThrow(CancelledError);
      await accept(questions.slice(0, index));
      await shows(question);
      screen.keypress({ name: 'c', ctrl: true });
      await outcome;
    },
  );
});

describe('askToConfirm', () => {
  test.each([
    ['', true],
    ['y', true],
    ['n', false],
  ])('%j is %s', async (typed, confirmed) => {
    const asked = askToConfirm('Write these changes?', {});
    await shows('Write these changes?');
    screen.type(typed);
    screen.keypress('enter');
    await expect(asked).resolves.toBe(confirmed);
  });

  test('Ctrl-C cancels', async () => {
    const asked = askToConfirm('Write these changes?', {});
    const outcome = expect(asked).rejects.toThrow(CancelledError);
    await shows('Write these changes?');
    screen.keypress({ name: 'c', ctrl: true });
    await outcome;
  });

  test('a signal ends the question', async () => {
    const controller = new AbortController();
    const asked = askToConfirm('Write these changes?', { signal: controller.signal });
    const outcome = expect(asked).rejects.toThrow(CancelledError);
    await shows('Write these changes?');
    controller.abort();
    await outcome;
  });
});
