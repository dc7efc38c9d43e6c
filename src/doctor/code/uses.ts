import { ts } from 'ts-morph';
import { isAssignment, walk } from '../../languages/typescript/walk.js';
import { type FunctionNode, functionOf } from '../../project/code/functions.js';
import type { Program } from '../../project/code/program.js';

/** A place that calls a function of the target, or hands it on (`setInterval(reset, 1000)`). */
export interface Use {
  /** What names the function there: `reset`, `metrics.reset`. */
  readonly node: ts.Expression;
  /** Undefined where the function is only handed on. */
  readonly call: ts.CallExpression | undefined;
}

/** Where functions of the target are used. */
export interface Uses {
  /** The uses of a function that has a name, its own body left out; empty for one without a name. */
  readonly of: (own: FunctionNode) => readonly Use[];
}

export function createUses(program: Program): Uses {
  const known = new Map<FunctionNode, readonly Use[]>();
  const byName = new Map<string, readonly ts.Expression[]>();
  const named = (name: string): readonly ts.Expression[] => {
    const found = byName.get(name) ?? expressionsNamed(name, program);
    byName.set(name, found);
    return found;
  };
  return {
    of: (own) => {
      const done = known.get(own);
      if (done !== undefined) return done;
      const name = nameOfFunction(own);
      const found = name === undefined ? [] : named(name).filter((node) => isUse(node, own, program));
      const uses = found.map((node) => ({ node, call: callAt(node) }));
      known.set(own, uses);
      return uses;
    },
  };
}

/** The name that a function is declared by: its own, or that of the variable or property that it is put into. */
export function nameOfFunction(own: FunctionNode): string | undefined {
  const { parent } = own;
  if (ts.isFunctionDeclaration(own) || ts.isMethodDeclaration(own)) return own.name?.getText();
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) {
    return parent.name.getText();
  }
  if (!isAssignment(parent) || parent.right !== own) return undefined;
  return ts.isPropertyAccessExpression(parent.left) ? parent.left.name.text : parent.left.getText();
}

/** Every expression that ends in a name: `reset`, `metrics.reset`. */
function expressionsNamed(name: string, { files }: Program): ts.Expression[] {
  const found: ts.Expression[] = [];
  for (const file of files) {
    if (!file.text.includes(name)) continue;
    walk(file, (node) => {
      if (!ts.isIdentifier(node) || node.text !== name || isDeclaring(node)) return;
      const { parent } = node;
      found.push(ts.isPropertyAccessExpression(parent) && parent.name === node ? parent : node);
    });
  }
  return found;
}

/** Imports, exports and declarations pass a name on and run nothing. */
function isDeclaring(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isImportSpecifier(parent) || ts.isImportClause(parent) || ts.isBindingElement(parent)) return true;
  if (ts.isExportSpecifier(parent) || ts.isExportAssignment(parent) || ts.isShorthandPropertyAssignment(parent))
    return true;
  return !ts.isPropertyAccessExpression(parent) && 'name' in parent && parent.name === node;
}

function isUse(node: ts.Expression, own: FunctionNode, program: Program): boolean {
  const { parent } = node;
  // `exports.reset = …`, `this.reset = …`, and `module.exports = reset`.
  if (isAssignment(parent) && (parent.left === node || /^(?:module\.)?exports\b/.test(parent.left.getText())))
    return false;
  if (ts.findAncestor(node, (around) => around === own) !== undefined) return false;
  return functionOf(node, program) === own;
}

function callAt(node: ts.Expression): ts.CallExpression | undefined {
  const { parent } = node;
  return ts.isCallExpression(parent) && parent.expression === node ? parent : undefined;
}
