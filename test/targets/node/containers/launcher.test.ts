import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDockerfile } from '../../../../src/languages/dockerfile.js';
import { splice } from '../../../../src/languages/splice.js';
import { stageCommands } from '../../../../src/languages/stage-command.js';
import { insertLauncher, insertLauncherInProcfile } from '../../../../src/targets/node/containers/launcher.js';

function edited(text: string): string | undefined {
  const edits = insertLauncherInProcfile(text, 'server.js', 'metrics/cluster.js');
  return edits && splice(text, edits);
}

describe('insertLauncherInProcfile', () => {
  it.each([
    ['web: node server.js\n', 'web: node metrics/cluster.js server.js\n'],
    [
      'worker: node server.js\nweb: node ./server.js --x',
      'worker: node server.js\nweb: node ./metrics/cluster.js ./server.js --x',
    ],
    ['web:node server.js\r\nclock: node c.js\r\n', 'web:node metrics/cluster.js server.js\r\nclock: node c.js\r\n'],
    [
      'web: PORT=$PORT exec node -r ./x.js server.js',
      'web: PORT=$PORT exec node -r ./x.js metrics/cluster.js server.js',
    ],
    ['web: npm run migrate && node server.js', 'web: npm run migrate && node metrics/cluster.js server.js'],
    ['web: web node server.js', 'web: web node metrics/cluster.js server.js'],
  ])('%j', (text, expected) => {
    expect(edited(text)).toBe(expected);
  });

  it.each([
    'web: npm start\n',
    'web: yarn start\n',
    'web: node metrics/cluster.js server.js\n',
    'worker: node server.js\n',
    '',
  ])('leaves %j as it is', (text) => {
    expect(edited(text)).toBe(text);
  });

  it.each(['web: node other.js\n', 'web: nodemon server.js\n', 'web: ./server.js\n', 'web: npm run serve\n'])(
    'refuses %j',
    (text) => {
      expect(edited(text)).toBeUndefined();
    },
  );
});

describe('insertLauncher', () => {
  it('changes one word of one command, whatever is around it', () => {
    const option = fc.constantFrom('--enable-source-maps', '--max-old-space-size=512', '-r', '--', '--import');
    const head = fc.constantFrom(
      '',
      '# syntax=docker/dockerfile:1\n',
      '# escape=`\n',
      '\uFEFF',
      '\n# node server.js\n',
    );
    const around = fc.array(
      fc.constantFrom(
        'RUN node server.js',
        'ENV A="CMD node server.js"',
        '# CMD node server.js',
        '',
        'EXPOSE 80',
        'LABEL a=b',
      ),
      { maxLength: 5 },
    );
    const form = fc.constantFrom('exec', 'tight', 'shell');
    fc.assert(
      fc.property(head, around, around, fc.array(option, { maxLength: 3 }), form, fc.boolean(), (...parts) => {
        const [start, before, after, options, written, crlf] = parts;
        const values = options.flatMap((name) => (name === '-r' || name === '--import' ? [name, './x.js'] : [name]));
        const words = ['node', ...values, 'server.js', 'a b'];
        const command =
          written === 'shell'
            ? words.map((word) => `'${word}'`).join(' ')
            : JSON.stringify(words, null, written === 'exec' ? 1 : 0);
        const line = `CMD ${command.replace(/\n\s*/g, ' ')}`;
        const lf = `${start}${['FROM node:20', ...before, line, ...after].join('\n')}\n`;
        const text = crlf ? lf.replaceAll('\n', '\r\n') : lf;
        const edits = insertLauncher(text, 'server.js', 'metrics/cluster.js') ?? [];
        expect(edits).toHaveLength(1);
        expect(edits.every(({ length }) => length === 0)).toBe(true);
        const [stage] = parseDockerfile(splice(text, edits)).stages;
        const found = stageCommands(parseDockerfile(splice(text, edits)), stage).map((one) =>
          one.words.map(({ value }) => value),
        );
        expect(found).toEqual([['node', ...values, 'metrics/cluster.js', 'server.js', 'a b']]);
        expect(insertLauncher(splice(text, edits), 'server.js', 'metrics/cluster.js')).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('throws for no input', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            'FROM a\n',
            'CMD ',
            'node ',
            '"',
            '[',
            ']',
            '\\\n',
            '<<E\n',
            'E\n',
            '\r\n',
            '#',
            'server.js',
            ',',
          ),
        ),
        (pieces) => {
          const text = pieces.join('');
          const edits = insertLauncher(text, 'server.js', 'metrics/cluster.js');
          if (edits && edits.length > 0) expect(splice(text, edits)).toContain('metrics/cluster.js');
        },
      ),
      { numRuns: 500 },
    );
  });
});
