import { ts } from 'ts-morph';
import {
  isPlain,
  literalValue,
  parseData,
  propertyValue,
  resolveConstant,
  scopeOf,
} from '../languages/typescript/object-literal.js';
import { syntaxErrors } from '../languages/typescript/parse.js';
import type { Scope } from '../languages/typescript/scope.js';
import { isAssignment, unwrap } from '../languages/typescript/walk.js';

/** An app of a PM2 process file. The names of the fields, and their aliases, are those of PM2's own schema. */
export interface Pm2App {
  readonly object: ts.ObjectLiteralExpression;
  readonly script: string | undefined;
  readonly cwd: string | undefined;
  readonly interpreter: string | undefined;
  /** As it is written; undefined when it is not. */
  readonly instances: ts.Expression | undefined;
  readonly execMode: string | undefined;
  /** Whether everything is written out, so that a property can be set where it stands. */
  readonly isPlain: boolean;
  /** Whether what decides over the number of processes is written out, too. */
  readonly isStatic: boolean;
}

/** A PM2 process file, read without running it. */
export interface Pm2Apps {
  readonly file: ts.SourceFile;
  readonly apps: readonly Pm2App[];
  /** Whether there may be more apps: something is computed, or the file is not valid. */
  readonly isOpaque: boolean;
}

export const instancesNames = ['instances'];
export const execModeNames = ['exec_mode', 'execMode'];

/** Reads a PM2 process file in JavaScript or JSON (PM2 evaluates it as JavaScript, so that comments are allowed). */
export function readPm2Apps(path: string, text: string): Pm2Apps {
  const file = parseData(path, text);
  const scope = scopeOf(file);
  const roots = file.statements.flatMap(exported).map((root) => resolveConstant(root, scope));
  const found = roots.map((root) => appsIn(root, scope));
  const isOpaque =
    syntaxErrors(file).length > 0 || found.length === 0 || found.some((list) => list.includes(undefined));
  return { file, apps: found.flat().flatMap((object) => (object ? [describe(object, scope)] : [])), isOpaque };
}

/** What a statement gives to PM2: the value of a JSON file, `module.exports = …`, `exports.apps = …`, `export default …`. */
function exported(statement: ts.Statement): ts.Expression[] {
  if (ts.isExportAssignment(statement)) return [statement.expression];
  if (ts.isVariableStatement(statement)) return exportedApps(statement);
  if (!ts.isExpressionStatement(statement)) return [];
  const { expression } = statement;
  if (!isAssignment(expression)) return isData(expression) ? [expression] : [];
  const left = expression.left.getText();
  return /^(?:module\.)?exports(?:\.(?:apps|default))?$/.test(left) ? [expression.right] : [];
}

function isData(expression: ts.Expression): boolean {
  return ts.isObjectLiteralExpression(expression) || ts.isArrayLiteralExpression(expression);
}

/** `export const apps = […]` */
function exportedApps(statement: ts.VariableStatement): ts.Expression[] {
  const isExported = statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
  return statement.declarationList.declarations.flatMap(({ name, initializer }) =>
    isExported && initializer && ts.isIdentifier(name) && name.text === 'apps' ? [initializer] : [],
  );
}

/** The objects of the apps; undefined in the place of what is computed. */
function appsIn(expression: ts.Expression, scope: Scope): (ts.ObjectLiteralExpression | undefined)[] {
  const node = unwrap(expression);
  if (ts.isArrayLiteralExpression(node)) {
    return node.elements.map((element) => {
      const app = resolveConstant(element, scope);
      return ts.isObjectLiteralExpression(app) ? app : undefined;
    });
  }
  if (!ts.isObjectLiteralExpression(node)) return [undefined];
  const inner = propertyValue(node, ['apps'], scope);
  if (inner !== undefined) return appsIn(resolveConstant(inner, scope), scope);
  return propertyValue(node, ['script', 'exec'], scope) === undefined ? [undefined] : [node];
}

function describe(object: ts.ObjectLiteralExpression, scope: Scope): Pm2App {
  const read = (...names: string[]) => {
    const value = propertyValue(object, names, scope);
    return value && literalValue(resolveConstant(value, scope));
  };
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const written = [instancesNames, execModeNames].map((names) => propertyValue(object, names, scope));
  return {
    object,
    script: text(read('script', 'exec')),
    cwd: text(read('cwd')),
    interpreter: text(read('interpreter', 'exec_interpreter', 'execInterpreter')),
    instances: propertyValue(object, instancesNames, scope),
    execMode: text(read(...execModeNames)),
    isPlain: isPlain(object),
    isStatic: written.every((value) => value === undefined || literalValue(value) !== undefined),
  };
}
