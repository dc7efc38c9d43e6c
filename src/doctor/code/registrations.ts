import { ts } from 'ts-morph';
import { unwrap } from '../../languages/typescript/walk.js';
import { constantText } from '../../project/code/constants.js';
import { type FunctionNode, functionOf, isFunctionNode, symbolOf } from '../../project/code/functions.js';
import type { Program } from '../../project/code/program.js';
import { knownType } from '../../project/code/types.js';

/** One call that puts something into an app or router: `app.use(…)`, `router.get('/x', …)`. */
export interface Registration {
  readonly call: ts.CallExpression;
  readonly method: string;
  /** The path, where it is a text; undefined where there is none, or another thing (`path` tells). */
  readonly text: string | undefined;
  /** The path's expression; undefined where the first argument is a handler. */
  readonly path: ts.Expression | undefined;
  readonly handlers: readonly ts.Expression[];
}

const verbs = new Set(['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'all']);
const appName = /^_?(?:app|router|server|api|express|expressApp|application|httpServer|webServer)$/;

/** Functions that are looked into on the way of an app: `routes(app)`, `this.addRoutes()`. */
const mostDepth = 3;

/**
 * The registrations on each app or router, in the order in which a function or file runs them. What it hands the app to,
 * and its own class's methods, are looked into. Order is kept where the code is a plain sequence; branches count as run.
 */
export function registrationSequences(program: Program): Registration[][] {
  const sequences: Registration[][] = [];
  for (const file of program.files) {
    if (!/\.\s*(?:use|get|post|put|all|route)\s*\(/.test(file.text)) continue;
    const starts: ts.Node[] = [file];
    const collect = (node: ts.Node): void => {
      if (isFunctionNode(node)) starts.push(node);
      ts.forEachChild(node, collect);
    };
    collect(file);
    for (const start of starts) sequences.push(...new Sequencer(program).run(start));
  }
  return sequences;
}

type Key = ts.Symbol | string;

class Sequencer {
  readonly #program: Program;
  readonly #byApp = new Map<Key, Registration[]>();
  readonly #inside = new Set<ts.Node>();

  constructor(program: Program) {
    this.#program = program;
  }

  run(start: ts.Node): Registration[][] {
    this.#visit(start, new Map(), 0);
    return [...this.#byApp.values()];
  }

  #visit(node: ts.Node, names: ReadonlyMap<ts.Symbol, Key>, depth: number): void {
    ts.forEachChild(node, (child) => {
      if (isFunctionNode(child) && !isCalledAtOnce(child)) return;
      this.#visit(child, names, depth);
      // After what stands inside: in `app.use(a).use(b)`, `a` comes first.
      if (ts.isCallExpression(child)) this.#call(child, names, depth);
    });
  }

  #call(call: ts.CallExpression, names: ReadonlyMap<ts.Symbol, Key>, depth: number): void {
    const registration = registrationOf(call, this.#program);
    if (registration !== undefined) {
      const key = this.#keyOf(rootOf(call), names);
      if (key === undefined) return;
      const known = this.#byApp.get(key);
      if (known === undefined) this.#byApp.set(key, [registration]);
      else known.push(registration);
      return;
    }
    if (depth < mostDepth) this.#lookInto(call, names, depth);
  }

  #lookInto(call: ts.CallExpression, names: ReadonlyMap<ts.Symbol, Key>, depth: number): void {
    const given = call.arguments.map((argument) => this.#appKey(argument, names));
    const callee = unwrap(call.expression);
    const isOwnMethod = ts.isPropertyAccessExpression(callee) && callee.expression.kind === ts.SyntaxKind.ThisKeyword;
    if (!isOwnMethod && given.every((key) => key === undefined)) return;
    const inner: FunctionNode | undefined = functionOf(callee, this.#program);
    if (inner === undefined || this.#inside.has(inner)) return;
    const innerNames = new Map(names);
    inner.parameters.forEach(({ name }, index) => {
      const key = given[index];
      const symbol = ts.isIdentifier(name) ? symbolOf(name, this.#program.checker) : undefined;
      if (symbol !== undefined && key !== undefined) innerNames.set(symbol, key);
    });
    this.#inside.add(inner);
    this.#visit(inner.body, innerNames, depth + 1);
    this.#inside.delete(inner);
  }

  #appKey(expression: ts.Expression, names: ReadonlyMap<ts.Symbol, Key>): Key | undefined {
    const node = unwrap(expression);
    if (!ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node)) return undefined;
    return isApp(node, this.#program) ? this.#keyOf(node, names) : undefined;
  }

  #keyOf(node: ts.Expression, names: ReadonlyMap<ts.Symbol, Key>): Key | undefined {
    const symbol = symbolOf(node, this.#program.checker);
    if (symbol === undefined) return ts.isCallExpression(node) ? undefined : node.getText();
    return names.get(symbol) ?? symbol;
  }
}

/** `(() => { … })()` */
function isCalledAtOnce(node: FunctionNode): boolean {
  const { parent } = node;
  const outer = parent !== undefined && ts.isParenthesizedExpression(parent) ? parent.parent : parent;
  return outer !== undefined && ts.isCallExpression(outer) && unwrap(outer.expression) === node;
}

/** The app at the beginning of a chain of registrations. */
function rootOf(call: ts.CallExpression): ts.Expression {
  let node: ts.Expression = call;
  while (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression))
    node = unwrap(node.expression.expression);
  return node;
}

/** What a call registers; undefined for every other call. */
export function registrationOf(call: ts.CallExpression, program: Program): Registration | undefined {
  const { expression: callee, arguments: given } = call;
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const method = callee.name.text;
  if (method !== 'use' && !verbs.has(method)) return undefined;
  const [first, ...rest] = given;
  if (first === undefined || !isApp(rootOf(call), program)) return undefined;
  const path = isPath(first, program) ? first : undefined;
  // `app.get('setting')`, and a client's `api.get('/users')`.
  if (method !== 'use' && (path === undefined || rest.length === 0)) return undefined;
  const text = path === undefined ? undefined : constantText(path, program);
  return { call, method, text, path, handlers: path === undefined ? [...given] : rest };
}

function isPath(argument: ts.Expression, program: Program): boolean {
  const node = unwrap(argument);
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) || ts.isRegularExpressionLiteral(node)) return true;
  if (ts.isArrayLiteralExpression(node)) return node.elements.some((element) => isPath(element, program));
  const isSum = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;
  return isSum || constantText(node, program) !== undefined;
}

function isApp(node: ts.Expression, program: Program): boolean {
  const type = knownType(node, program);
  if (type !== undefined) return type === 'Application' || type === 'Router';
  const name = ts.isPropertyAccessExpression(node) ? node.name.text : node.getText();
  if (!appName.test(name)) return false;
  // By its name, where nothing is known of it: a parameter of plain JavaScript, a framework's own app.
  return (program.checker.getTypeAtLocation(node).flags & ts.TypeFlags.Any) !== 0;
}
