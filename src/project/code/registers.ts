import { ts } from 'ts-morph';
import { isAssignment, unwrap, walk } from '../../languages/typescript/walk.js';
import { constantOf, itemsOf } from './constants.js';
import { declarationsOf } from './functions.js';
import type { Program } from './program.js';
import { knownType } from './types.js';

/** Whether `registers: […]` names registries of the target's own only. What is not known may be the client's default one. */
export function areElsewhere(registers: ts.Expression, program: Program): boolean {
  const items = itemsOf(registers, program) ?? [];
  return items.length > 0 && items.every((item) => isElsewhere(item, program));
}

/** Whether a registry is made by the target: `new Registry()`, there, in a constant or in a property. */
export function isElsewhere(registry: ts.Expression, program: Program): boolean {
  const value = constantOf(registry, program);
  const made = ts.isPropertyAccessExpression(value) ? assignedTo(value, program) : [value];
  return made.length > 0 && made.every((one) => isNewRegistry(one, program));
}

function isNewRegistry(node: ts.Expression, program: Program): boolean {
  if (!ts.isNewExpression(node)) return false;
  const type = knownType(node, program);
  return type === 'Registry' || type === 'AggregatorRegistry';
}

/** What the methods of a class give to one of its properties that has no value where it is declared. */
function assignedTo(property: ts.PropertyAccessExpression, program: Program): ts.Expression[] {
  const found: ts.Expression[] = [];
  for (const declaration of declarationsOf(property, program)) {
    if (!ts.isPropertyDeclaration(declaration)) continue;
    walk(declaration.parent, (node) => {
      if (!isAssignment(node) || !ts.isPropertyAccessExpression(node.left)) return;
      const { expression, name } = node.left;
      const isIt = expression.kind === ts.SyntaxKind.ThisKeyword && name.text === property.name.text;
      if (isIt) found.push(unwrap(node.right));
    });
  }
  return found;
}
