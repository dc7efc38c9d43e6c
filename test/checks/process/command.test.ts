import { describe, expect, test } from 'vitest';
import { parseCommand } from '../../../src/checks/process/command.js';
import { UsageError } from '../../../src/errors.js';

describe('a command line is run without a shell', () => {
  test.each([
    ['npm start', 'npm', ['start'], {}],
    ['  node  server.js ', 'node', ['server.js'], {}],
    ['A=b NODE_ENV=production node app', 'node', ['app'], { A: 'b', NODE_ENV: 'production' }],
    ["A='b c' EMPTY= node app", 'node', ['app'], { A: 'b c', EMPTY: '' }],
    ['URL=a=b=c node app', 'node', ['app'], { URL: 'a=b=c' }],
    ['node --eval \'console.log("$x && y")\'', 'node', ['--eval', 'console.log("$x && y")'], {}],
    ['node "two words.js" a\\ b', 'node', ['two words.js', 'a b'], {}],
    ['node x A=b', 'node', ['x', 'A=b'], {}],
    ['"A=b" x', 'A=b', ['x'], {}],
    ['gunicorn -w 4 app:app', 'gunicorn', ['-w', '4', 'app:app'], {}],
    ['node "it\'s.js"', 'node', ["it's.js"], {}],
  ])('%s', (line, program, args, env) => {
    expect(parseCommand(line)).toEqual({ program, args, env });
  });
});

describe('what only a shell understands goes to one', () => {
  test.each([
    'npm run build && npm start',
    'node app | pino-pretty',
    'node $FILE',
    'node "$FILE"',
    'node "`cat name`"',
    'node app > log',
    'node *.js',
    '. ./env; node app',
    '(cd api && node app)',
    'gunicorn "app:create_app()" -w $(nproc)',
    'node app &',
  ])('%s', (line) => {
    expect(parseCommand(line)).toEqual({ program: 'sh', args: ['-c', line], env: {} });
  });
});

test.each(['', '   ', 'A=b', "node 'app", 'node "app', '""'])('no command: %s', (line) => {
  expect(() => parseCommand(line)).toThrow(UsageError);
});
