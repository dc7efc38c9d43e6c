import { ancestor, dottedName, field, parts } from '../../../languages/python/nodes.js';
import { lineAt, type SyntaxNode } from '../../../languages/python/parse.js';
import type { PythonCode } from '../../../project/python/code.js';
import { type Definition, definitionOf, type Place } from '../../../project/python/definitions.js';

/** A Flask application itself, or one of Connexion, which holds a Flask application in its attribute `app`. */
export type AppKind = 'flask' | 'connexion';

/** A call that creates an application. */
export interface FlaskApp {
  /** The file, relative to the target. */
  readonly path: string;
  readonly kind: AppKind;
  /** Line of the call, counted from 1. */
  readonly line: number;
  /** UTF-16 offsets of the call expression. */
  readonly start: number;
  readonly end: number;
  /** What it is assigned to, as written: `app`, `self.app`. */
  readonly name?: string;
  /** The function or method that creates it: `create_app`, `Server.__init__`. */
  readonly inFunction?: string;
}

/** Classes of packages: Flask, what derives from it under another name, and Connexion's. */
const classes: Readonly<Record<string, AppKind>> = {
  'flask.Flask': 'flask',
  'flask.app.Flask': 'flask',
  'apiflask.APIFlask': 'flask',
  'apiflask.app.APIFlask': 'flask',
  'flask_openapi3.OpenAPI': 'flask',
  'flask_openapi3.openapi.OpenAPI': 'flask',
  'flask_api.FlaskAPI': 'flask',
  'eve.Eve': 'flask',
  'eve.flaskapp.Eve': 'flask',
  'flask_lambda.FlaskLambda': 'flask',
  'connexion.App': 'connexion',
  'connexion.FlaskApp': 'connexion',
  'connexion.apps.flask_app.FlaskApp': 'connexion',
  'connexion.apps.flask.FlaskApp': 'connexion',
};

/** All calls of a file that create an application. */
export function flaskAppsIn(code: PythonCode, path: string): FlaskApp[] {
  const source = code.read(path);
  if (source === undefined) return [];
  return source.root.descendantsOfType('call').flatMap((node) => {
    const kind = createdKind(code, { path, node });
    return kind === undefined ? [] : [describeApp(code, { path, node }, kind)];
  });
}

/** What kind of application a call creates; undefined when it creates none. */
export function createdKind(code: PythonCode, { path, node }: Place): AppKind | undefined {
  const called = field(node, 'function');
  return called && kindOf(code, definitionOf(code, { path, node: called }));
}

/** The application that a call creates. */
export function describeApp(code: PythonCode, { path, node }: Place, kind: AppKind): FlaskApp {
  const name = assignedName(node);
  const inFunction = enclosingFunction(node);
  return {
    path,
    kind,
    line: lineAt(code.read(path)?.text ?? '', node.startIndex),
    start: node.startIndex,
    end: node.endIndex,
    ...(name === undefined ? {} : { name }),
    ...(inFunction === undefined ? {} : { inFunction }),
  };
}

function kindOf(code: PythonCode, definition: Definition | undefined, depth = 0): AppKind | undefined {
  if (definition?.kind === 'external') return classes[`${definition.module}.${definition.name}`];
  if (definition?.kind !== 'class' || depth > 10) return undefined;
  const { path, node } = definition;
  const bases = parts(field(node, 'superclasses') ?? node).filter(({ type }) => /^(identifier|attribute)$/.test(type));
  for (const base of field(node, 'superclasses') === undefined ? [] : bases) {
    const kind = kindOf(code, definitionOf(code, { path, node: base }), depth + 1);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** The first target of the assignment whose value a call is, parentheses and further targets between them. */
export function assignedName(call: SyntaxNode): string | undefined {
  const { parent } = call;
  if (parent?.type === 'parenthesized_expression') return assignedName(parent);
  if (parent?.type === 'named_expression') return field(parent, 'name')?.text;
  if (parent?.type !== 'assignment' || field(parent, 'right')?.id !== call.id) return undefined;
  return dottedName(field(parent, 'left')) ?? assignedName(parent);
}

function enclosingFunction(node: SyntaxNode): string | undefined {
  const outer = ancestor(node, 'function_definition');
  if (outer === undefined) return undefined;
  const holder = ancestor(outer, 'class_definition', 'function_definition');
  const name = field(outer, 'name')?.text ?? '';
  return holder?.type === 'class_definition' ? `${field(holder, 'name')?.text}.${name}` : name;
}
