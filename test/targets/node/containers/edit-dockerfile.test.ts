import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDockerfile } from '../../../../src/languages/dockerfile.js';
import { addsInstructions, environmentValue, setEnvironment } from '../../../../src/languages/edit-dockerfile.js';
import { splice } from '../../../../src/languages/splice.js';
import { majorityEol } from '../../../../src/languages/style.js';
import { makePlan } from '../../../../src/plan/make-plan.js';
import { parseRecord } from '../../../../src/plan/record.js';
import { withdraw } from '../../../../src/plan/withdraw.js';
import { readCases } from './container-cases.js';
import { planFor } from './plan-for.js';

describe('environmentValue', () => {
  it.each([
    ['ENV A=1', '1'],
    ['ENV B=2 A=1', '1'],
    ['ENV B="x A=3" A="1 2"', '1 2'],
    ["ENV B=2 \\\n  # A=9\n  A='1'", '1'],
    ['ENV A 1 2', '1 2'],
    ['ENV A=1\nENV A=2', '2'],
    ['ENV AA=1 B_A=2', undefined],
    ['ENV AA 1', undefined],
    ['ARG A=1', undefined],
    ['RUN A=1 node', undefined],
  ])('%j', (lines, expected) => {
    const dockerfile = parseDockerfile(`FROM node\n${lines}\nCMD a\n`);
    expect(environmentValue(dockerfile, dockerfile.stages[0], 'A')).toBe(expected);
  });
});

describe('setEnvironment', () => {
  it('keeps every byte that was there', () => {
    const line = fc.constantFrom(
      'RUN a \\\n  b',
      '# note',
      '',
      'ENV A=1 \\\n\n  B=2',
      'CMD ["x"]',
      '\tentrypoint y',
      'RUN <<E\nCMD z\nE',
      'FROM node AS n',
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        (lines, eol, final) => {
          const lf = `${['FROM node:20', ...lines].join('\n')}\n`;
          const text = (final ? lf : lf.slice(0, -1)).replaceAll('\n', eol);
          const dockerfile = parseDockerfile(text);
          for (const [index, stage] of dockerfile.stages.entries()) {
            const edit = setEnvironment(dockerfile, stage, 'X=/y', 'note');
            const after = splice(text, [edit]);
            expect(after.replace(edit.text, '')).toBe(text);
            expect(addsInstructions(dockerfile, [edit], 1)).toBe(true);
            const again = parseDockerfile(after);
            expect(environmentValue(again, again.stages[index] ?? again.stages[0], 'X')).toBe('/y');
            expect(majorityEol(after)).toBe(text.includes('\n') ? eol : '\n');
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the record of an edit', () => {
  const cases = readCases().filter(({ name, output }) => output !== undefined && !name.startsWith('launcher-'));

  it.each(cases)('takes $name back byte for byte', ({ input, options }) => {
    const { workspace } = planFor({ Dockerfile: input }, options);
    const { changes } = makePlan(workspace, { next: { tool: '0.1.0', answers: {} } });
    const written = Object.fromEntries(changes.map(({ path, after }) => [path, after ?? '']));
    const second = planFor({}, { ...options, files: { ...options.files, ...written }, unplanned: true }).workspace;
    withdraw(parseRecord(written['add-prom-metrics.json'] ?? '', '0.1.0'), second);
    expect(second.read('Dockerfile')).toBe(input);
  });
});
