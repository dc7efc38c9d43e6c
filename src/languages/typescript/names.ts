import { ts } from 'ts-morph';
import { walk } from './walk.js';

/**
 * The first of the wanted names, or of the last one with a number after it, that nothing in the file goes by. Every name
 * that is declared or referred to anywhere counts, in inner scopes too; names of properties do not.
 */
export function freeName(file: ts.SourceFile, wanted: readonly [string, ...string[]]): string {
  const taken = namesIn(file);
  const free = wanted.find((name) => !taken.has(name));
  if (free !== undefined) return free;
  const base = wanted.at(-1) ?? wanted[0];
  let number = 2;
  while (taken.has(`${base}${number}`)) number += 1;
  return `${base}${number}`;
}

/** True for the name that an import or a variable declaration, destructuring included, binds. */
export function isBindingName(node: ts.Identifier): boolean {
  const { parent } = node;
  const binds =
    ts.isImportClause(parent) ||
    ts.isNamespaceImport(parent) ||
    ts.isImportSpecifier(parent) ||
    ts.isImportEqualsDeclaration(parent) ||
    ts.isVariableDeclaration(parent) ||
    ts.isBindingElement(parent);
  return binds && parent.name === node;
}

function namesIn(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  walk(file, (node) => {
    if (ts.isIdentifier(node) && !isPropertyName(node)) names.add(node.text);
  });
  return names;
}

function isPropertyName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (ts.isBindingElement(parent) || ts.isImportSpecifier(parent)) return parent.propertyName === node;
  if (ts.isPropertyAssignment(parent)) return parent.name === node;
  return ts.isMethodDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isPropertySignature(parent);
}
