import { readdirSync, readFileSync } from 'node:fs';
import { ts } from 'ts-morph';
import { describe, expect, test } from 'vitest';
import { parseSource } from '../../src/languages/typescript/parse.js';
import { walk } from '../../src/languages/typescript/walk.js';

const files = readdirSync(new URL('../../templates/node/', import.meta.url)).filter((name) => name.endsWith('.ts'));

const newTokens = new Map([
  [ts.SyntaxKind.QuestionDotToken, '?.'],
  [ts.SyntaxKind.QuestionQuestionToken, '??'],
  [ts.SyntaxKind.QuestionQuestionEqualsToken, '??='],
]);

/**
 * What the tools of older projects cannot read: ESLint's and Babel's parsers before ES2018 or 2020 (a parse error is one
 * that no directive silences), Jest before 27 (the `node:` scheme), TypeScript before 4.5 (`type` in a list of imports).
 */
function tooNew(node: ts.Node): string | undefined {
  const token = newTokens.get(node.kind);
  if (token !== undefined) return token;
  if (ts.isSpreadAssignment(node)) return '{ ...spread }';
  if (ts.isBindingElement(node) && node.dotDotDotToken && ts.isObjectBindingPattern(node.parent)) return '{ ...rest }';
  if (ts.isCatchClause(node) && node.variableDeclaration === undefined) return 'catch without a variable';
  return tooNewName(node);
}

function tooNewName(node: ts.Node): string | undefined {
  if (ts.isImportSpecifier(node) && node.isTypeOnly) return 'import { type X }';
  if (ts.isStringLiteral(node) && node.text.startsWith('node:')) return node.text;
  if (ts.isPropertyDeclaration(node) && !node.modifiers?.some(isDeclare)) return node.getText();
  if (ts.isNumericLiteral(node) && node.getText().includes('_')) return node.getText();
  if (ts.isPropertyAccessExpression(node) && newMethods.test(node.name.text)) return node.name.text;
  if (ts.isPrivateIdentifier(node) || ts.isBigIntLiteral(node)) return node.getText();
  return undefined;
}

/** Of ES2018 and later: a compiler with an older `lib` does not know them. */
const newMethods = /^(flatMap|flat|fromEntries|matchAll|replaceAll|at|allSettled|any|trimStart|trimEnd|finally)$/;

const isDeclare = (modifier: ts.ModifierLike): boolean => modifier.kind === ts.SyntaxKind.DeclareKeyword;

describe('what is generated can be read by the tools of older projects', () => {
  test.each(files)('%s', (name) => {
    const text = readFileSync(new URL(`../../templates/node/${name}`, import.meta.url), 'utf8');
    const found: string[] = [];
    const file = parseSource(name, text);
    walk(file, (node) => {
      const what = tooNew(node);
      if (what !== undefined)
        found.push(`line ${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${what}`);
    });
    expect(found).toEqual([]);
  });

  test('the test sees what it looks for', () => {
    const found = new Set<string | undefined>();
    const text =
      "import { type A } from 'node:fs'; try { a?.b ?? { ...c }; a ??= 1; } catch {} const { ...d } = 1n; e.flat(1_0);";
    walk(parseSource('sample.ts', text), (node) => found.add(tooNew(node)));
    expect(found.size).toBe(12);
  });
});
