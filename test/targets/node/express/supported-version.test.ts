import { expect, test } from 'vitest';
import { RefusedError } from '../../../../src/errors.js';
import { parseManifest } from '../../../../src/project/manifest.js';
import { refuseOldExpress, refuseOldTypescript } from '../../../../src/targets/node/express/supported-version.js';

const check = (range: string) => () =>
  refuseOldExpress(parseManifest(JSON.stringify({ dependencies: { express: range } }), 'package.json'));

test.each(['3.x', '~3.4.8', '^2.5.11', '3', '=3.0.0'])('%s is too old', (range) => {
  expect(check(range)).toThrow(RefusedError);
  expect(check(range)).toThrow(range);
});

test.each(['4.x', '^4.17.1', '5.0.0-beta.1', '*', '', '>=3', '3 || 4', 'latest', 'github:expressjs/express#3.x', '40'])(
  '%s is not refused',
  (range) => expect(check(range)).not.toThrow(),
);

const compile = (range: string) => () =>
  refuseOldTypescript(parseManifest(JSON.stringify({ devDependencies: { typescript: range } }), 'package.json'));

test.each(['2.9.2', '~3.7.5', '^2.3.0', '3.6.3'])('TypeScript %s is too old', (range) => {
  expect(compile(range)).toThrow(range);
});

test.each(['3.8.0', '^3.1.0', '~4.1.2', '^5.0.0', '10.1.0', '*', 'latest'])('TypeScript %s is not refused', (range) =>
  expect(compile(range)).not.toThrow(),
);
