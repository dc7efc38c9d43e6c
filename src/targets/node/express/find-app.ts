import { ts } from 'ts-morph';
import { createModuleReader } from '../../../languages/typescript/module-value.js';
import { lineAt, parseSource } from '../../../languages/typescript/parse.js';
import { createScope } from '../../../languages/typescript/scope.js';
import { walk } from '../../../languages/typescript/walk.js';
import { appUse } from './app-use.js';
import { bindingOf } from './binding.js';

/** A call that creates an Express application. */
export interface ExpressApp {
  /** Line of the call, counted from 1. */
  readonly line: number;
  /** UTF-16 offsets of the call expression. */
  readonly start: number;
  readonly end: number;
  /** What the application is bound to, as written: `app`, `this.app`, `module.exports`; for a class field, `this.field`. */
  readonly name?: string;
  /** The nearest function with a name around the call; a method as `Class.method`. */
  readonly inFunction?: string;
  /** Handed to another application's (or router's) `use`. */
  readonly mounted: boolean;
  /** Listens in this file, or is handed to something that serves it, such as `http.createServer`. */
  readonly listens: boolean;
  /** Leaves this file: exported, or returned from a function. */
  readonly exported: boolean;
}

/** The specifiers under which Express is loaded. */
const expressModules: readonly string[] = ['express'];

/**
 * The calls in a file that create an Express application, in the order of the text. `new express()` counts: it gives the
 * same application, as the constructor returns an object of its own. Routers and middleware (`express.Router()`,
 * `express.json()`) do not, nor does a local that is only called `express`.
 *
 * A file with syntax errors gives what could still be recognised; the edit refuses it.
 *
 * @param modules the specifiers under which Express is loaded, where another one than `express` is used.
 */
export function findExpressApps(path: string, text: string, modules = expressModules): ExpressApp[] {
  if (!modules.some((module) => isQuotedIn(text, module))) return [];
  const file = parseSource(path, text);
  const scope = createScope(file);
  const read = createModuleReader(file, scope, modules);
  const apps: ExpressApp[] = [];
  walk(file, (node) => {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return;
    const value = read(node.expression);
    if (value === '*' || value === 'default') apps.push(describe(file, node, scope));
  });
  return apps;
}

/** Saves the parsing of files that only speak of the module. */
function isQuotedIn(text: string, module: string): boolean {
  return ["'", '"', '`'].some((quote) => text.includes(quote + module + quote));
}

/**
 * The applications among which one has to be chosen: one that is mounted on another is measured with that one. Where all
 * are mounted, the one that they are mounted on is in another file, and all of them are given back.
 */
export function candidateApps(apps: readonly ExpressApp[]): readonly ExpressApp[] {
  const roots = apps.filter((app) => !app.mounted);
  return roots.length === 0 ? apps : roots;
}

function describe(file: ts.SourceFile, call: ts.Expression, scope: ReturnType<typeof createScope>): ExpressApp {
  const binding = bindingOf(call, scope);
  const name = binding.names[0];
  const inFunction = enclosingFunction(call);
  return {
    line: lineAt(file, call.getStart(file)),
    start: call.getStart(file),
    end: call.end,
    ...(name === undefined ? {} : { name }),
    ...(inFunction === undefined ? {} : { inFunction }),
    ...appUse(file, binding, scope),
  };
}

function enclosingFunction(node: ts.Node): string | undefined {
  for (let outer = node.parent; outer !== undefined; outer = outer.parent) {
    if (!ts.isFunctionLike(outer)) continue;
    const name = functionName(outer);
    if (name !== undefined) return name;
  }
  return undefined;
}

function functionName(node: ts.SignatureDeclaration): string | undefined {
  if (ts.isConstructorDeclaration(node)) return `${node.parent.name?.text ?? 'class'}.constructor`;
  const own = node.name?.getText();
  if (own !== undefined) return ts.isClassLike(node.parent) ? `${node.parent.name?.text ?? 'class'}.${own}` : own;
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) {
    return parent.name.getText();
  }
  return ts.isBinaryExpression(parent) && parent.right === node ? parent.left.getText() : undefined;
}
