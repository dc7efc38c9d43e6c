import { ts } from 'ts-morph';
import { isAssignment, unwrap, walk } from '../../languages/typescript/walk.js';
import {
  declarationsOf,
  functionAround,
  functionOf,
  isFunctionNode,
  returned,
  symbolOf,
  valueAt,
} from '../../project/code/functions.js';
import type { Program } from '../../project/code/program.js';
import { isBoundedByType, isChecked, isFixedStart, masksValues, passesOn } from './bounds.js';
import { identityName, isIdentityProperty } from './identity.js';
import { isErrorValue, isInFixedRoute, isRequest, isSentParameter, requestText } from './request.js';

/** Where a text without a bound comes from. */
export interface Source {
  readonly node: ts.Node;
  /** `req.path`, as it is written. */
  readonly text: string;
  readonly kind: 'path' | 'url' | 'input' | 'mount' | 'identity' | 'error' | 'random';
}

export interface Search {
  readonly program: Program;
  /** Whether some router is mounted under a path with parameters: then `req.baseUrl` has their values in it. */
  readonly hasParametricMount: boolean;
}

interface Place extends Search {
  /** What the parameters of a helper function are called with. */
  readonly given: ReadonlyMap<ts.Symbol, Given>;
  /** How many more functions may be looked into. */
  readonly helpers: number;
  readonly seen: ReadonlySet<ts.Node>;
}

interface Given {
  readonly value: ts.Expression;
  readonly place: Place;
}

/**
 * What makes the number of an expression's values unbounded: text of a request, an identity, an error's message, a random
 * number; followed through local names, string operations and one helper function. Undefined where nothing does, or where
 * the code itself sets a bound (a table, a check, a type with a fixed list of values).
 */
export function unboundedSource(expression: ts.Expression, search: Search): Source | undefined {
  return sourceOf(expression, { ...search, given: new Map(), helpers: 1, seen: new Set() });
}

/**
 * The same for an expression in a function of the target, with the arguments of one of its calls.
 *
 * @param parameters those whose arguments are looked at
 */
export function unboundedInCall(
  expression: ts.Expression,
  parameters: readonly ts.ParameterDeclaration[],
  call: ts.CallExpression,
  search: Search,
): Source | undefined {
  const outside: Place = { ...search, given: new Map(), helpers: 1, seen: new Set() };
  // What the function does to its arguments by other functions is taken to have been thought through.
  return sourceOf(expression, { ...outside, given: argumentsOf(parameters, call, outside), helpers: 0 });
}

/** What parameters of a function are called with. */
function argumentsOf(
  parameters: readonly ts.ParameterDeclaration[],
  call: ts.CallExpression,
  place: Place,
): Map<ts.Symbol, Given> {
  const given = new Map(place.given);
  if (call.arguments.some(ts.isSpreadElement)) return given;
  for (const parameter of parameters) {
    const { name, parent } = parameter;
    const value = call.arguments[parent.parameters.indexOf(parameter)];
    const symbol = ts.isIdentifier(name) ? symbolOf(name, place.program.checker) : undefined;
    if (symbol !== undefined && value !== undefined) given.set(symbol, { value, place });
  }
  return given;
}

function sourceOf(expression: ts.Expression, outer: Place): Source | undefined {
  const node = unwrap(expression);
  if (outer.seen.has(node) || isBoundedByType(node, outer.program)) return undefined;
  const place: Place = { ...outer, seen: new Set([...outer.seen, node]) };
  const first = (...parts: readonly (ts.Expression | undefined)[]) => firstOf(parts, place);
  if (ts.isTemplateExpression(node)) return first(...node.templateSpans.map((span) => span.expression));
  if (ts.isBinaryExpression(node)) return ofBinary(node, place);
  if (ts.isConditionalExpression(node)) {
    if (isChecked(node.condition, node.whenTrue)) return first(node.whenFalse);
    return first(node.whenTrue, node.whenFalse);
  }
  if (ts.isIdentifier(node)) return ofName(node, place);
  if (ts.isPropertyAccessExpression(node)) return ofProperty(node, place);
  if (ts.isElementAccessExpression(node)) return ofElement(node, place);
  if (ts.isNewExpression(node)) return node.expression.getText() === 'URL' ? first(node.arguments?.[0]) : undefined;
  return ts.isCallExpression(node) ? ofCall(node, place) : undefined;
}

function firstOf(parts: readonly (ts.Expression | undefined)[], place: Place): Source | undefined {
  for (const part of parts) {
    const source = part === undefined ? undefined : sourceOf(part, place);
    if (source !== undefined) return source;
  }
  return undefined;
}

function ofBinary(node: ts.BinaryExpression, place: Place): Source | undefined {
  const { kind } = node.operatorToken;
  const { PlusToken, BarBarToken, QuestionQuestionToken, AmpersandAmpersandToken, CommaToken } = ts.SyntaxKind;
  if ([PlusToken, BarBarToken, QuestionQuestionToken].includes(kind)) return firstOf([node.left, node.right], place);
  return [AmpersandAmpersandToken, CommaToken].includes(kind) ? sourceOf(node.right, place) : undefined;
}

function ofName(node: ts.Identifier, place: Place): Source | undefined {
  const { program, given } = place;
  const symbol = symbolOf(node, program.checker);
  const argument = symbol === undefined ? undefined : given.get(symbol);
  if (argument !== undefined) return sourceOf(argument.value, argument.place);
  const identity = identityName.test(node.text) ? found(node, 'identity') : undefined;
  const [declaration] = declarationsOf(node, program);
  if (declaration === undefined) return identity;
  if (ts.isBindingElement(declaration)) return ofBinding(declaration, place) ?? identity;
  if (ts.isParameter(declaration) && isSentParameter(declaration)) return found(node, 'input');
  if (!ts.isVariableDeclaration(declaration)) return identity;
  const values = [valueAt(declaration), ...assigned(node, symbol, program)].flatMap((value) => value ?? []);
  // One step that masks numbers and the like is taken to have been thought through.
  if (values.some(masksValues)) return undefined;
  // What is called an identity and is a constant is none.
  return (
    firstOf(values, place) ?? (values.some((value) => ts.isLiteralExpression(unwrap(value))) ? undefined : identity)
  );
}

/** `const { path } = req`, `function ({ originalUrl }, res)`. */
function ofBinding(element: ts.BindingElement, place: Place): Source | undefined {
  const key = element.propertyName ?? element.name;
  if (!ts.isIdentifier(key)) return undefined;
  const owner = element.parent.parent;
  if (ts.isBindingElement(owner)) return ofInnerBinding(key, owner, place);
  if (ts.isParameter(owner)) {
    const isHandler = /^_?(?:res|response|reply)$/.test(owner.parent.parameters[1]?.name.getText() ?? '');
    return isHandler ? textOf(key, key.text, place) : undefined;
  }
  const value = owner.initializer && unwrap(owner.initializer);
  if (value === undefined) return undefined;
  if (isRequestAt(value, place)) return textOf(key, key.text, place);
  if (ts.isPropertyAccessExpression(value) && isInput(value, place)) return found(key, 'input');
  return urlParts.has(key.text) ? sourceOf(value, place) : undefined;
}

/** `const { params: { id } } = req` */
function ofInnerBinding(key: ts.Identifier, owner: ts.BindingElement, place: Place): Source | undefined {
  const isSent = inputs.has(owner.propertyName?.getText() ?? '') && isFromRequest(owner, place);
  return isSent ? found(key, 'input') : undefined;
}

function isFromRequest(element: ts.BindingElement, place: Place): boolean {
  const owner = element.parent.parent;
  return ts.isVariableDeclaration(owner) && owner.initializer !== undefined && isRequestAt(owner.initializer, place);
}

function ofProperty(node: ts.PropertyAccessExpression, place: Place): Source | undefined {
  const { name, expression } = node;
  if (isRequestAt(expression, place)) return textOf(node, name.text, place);
  if (isInput(unwrap(expression), place)) return found(node, 'input');
  if (/^(?:message|stack)$/.test(name.text) && isErrorValue(expression)) return found(node, 'error');
  if (isIdentityProperty(node)) return found(node, 'identity');
  return urlParts.has(name.text) ? sourceOf(expression, place) : ofWrittenProperty(node, place);
}

/** A property of an object that is written out in the same file. */
function ofWrittenProperty(node: ts.PropertyAccessExpression, place: Place): Source | undefined {
  const written = declarationsOf(node, place.program).filter(
    (each) =>
      (ts.isPropertyAssignment(each) || ts.isShorthandPropertyAssignment(each)) &&
      each.getSourceFile() === node.getSourceFile(),
  );
  return firstOf(written.map(valueAt), place);
}

/** `req.headers['x-client']`, `req.url.split('?')[0]`; what a table holds is bounded. */
function ofElement(node: ts.ElementAccessExpression, place: Place): Source | undefined {
  if (isInput(unwrap(node.expression), place)) return found(node, 'input');
  if (isFixedStart(node, place.program)) return undefined;
  return ts.isNumericLiteral(node.argumentExpression) ? sourceOf(node.expression, place) : undefined;
}

function ofCall(node: ts.CallExpression, place: Place): Source | undefined {
  const { expression: callee, arguments: given } = node;
  if (ts.isPropertyAccessExpression(callee)) {
    const { expression: receiver, name } = callee;
    if (/^(?:get|header|param)$/.test(name.text) && isRequestAt(receiver, place)) return found(node, 'input');
    if (name.text === 'toString' && isErrorValue(receiver)) return found(node, 'error');
    if (passesOn(receiver, name.text, given) && !isRequestAt(receiver, place)) return sourceOf(receiver, place);
  }
  return ofLibraryCall(node, place) ?? ofHelper(node, place);
}

/** A copy of a text (`String(…)`), a part of a URL, a random identifier. */
function ofLibraryCall(
  { expression: callee, arguments: [first] }: ts.CallExpression,
  place: Place,
): Source | undefined {
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
  const isRandom = /^(?:uuid(?:v?\d)?|randomUUID|nanoid|ulid|cuid)$/.test(name);
  if (isRandom && functionOf(callee, place.program) === undefined) return found(callee.parent, 'random');
  if (first === undefined) return undefined;
  if (name === 'String' && isErrorValue(first)) return found(first, 'error');
  const isCopy = /^(?:String|(?:en|de)codeURI(?:Component)?|parseurl|parseUrl|escape|unescape)$/.test(name);
  if (!isCopy && !/^(?:url|URL)\.parse$/.test(callee.getText())) return undefined;
  return isRequestAt(first, place) ? found(callee.parent, 'url') : sourceOf(first, place);
}

/** What a function of the target gives back, with these arguments. */
function ofHelper(node: ts.CallExpression, place: Place): Source | undefined {
  const helper = place.helpers > 0 ? functionOf(node.expression, place.program) : undefined;
  if (helper === undefined || masksValues(helper.body)) return undefined;
  const inside: Place = {
    ...place,
    given: argumentsOf([...helper.parameters], node, place),
    helpers: place.helpers - 1,
  };
  const results = returned(helper).filter((result) => !isBehindCheck(result, helper));
  const source = firstOf(results, inside);
  // It is reported at the call: the helper may be right for its other uses.
  return source && { ...source, node };
}

/** A `return` that only is reached when a list has the value. */
function isBehindCheck(result: ts.Expression, helper: ts.Node): boolean {
  const around = ts.findAncestor(result.parent, (node) => (node === helper ? 'quit' : ts.isIfStatement(node)));
  return around !== undefined && ts.isIfStatement(around) && isChecked(around.expression, result);
}

const urlParts = new Set(['pathname', 'path', 'href', 'search', 'query']);

/** `req.params`, `req.query` …: what the client sent. */
function isInput(node: ts.Node, place: Place): boolean {
  if (ts.isIdentifier(node)) {
    const [declaration] = declarationsOf(node, place.program);
    if (declaration === undefined) return false;
    if (ts.isBindingElement(declaration)) {
      return inputs.has((declaration.propertyName ?? declaration.name).getText()) && isFromRequest(declaration, place);
    }
    const value = ts.isVariableDeclaration(declaration) ? valueAt(declaration) : undefined;
    return value !== undefined && ts.isPropertyAccessExpression(unwrap(value)) && isInput(unwrap(value), place);
  }
  return ts.isPropertyAccessExpression(node) && inputs.has(node.name.text) && isRequestAt(node.expression, place);
}

const inputs = new Set(['params', 'query', 'body', 'headers', 'cookies']);

function isRequestAt(expression: ts.Expression, place: Place): boolean {
  const node = unwrap(expression);
  const symbol = ts.isIdentifier(node) ? symbolOf(node, place.program.checker) : undefined;
  const argument = symbol === undefined ? undefined : place.given.get(symbol);
  return argument === undefined ? isRequest(node, place.program) : isRequestAt(argument.value, argument.place);
}

function textOf(node: ts.Node, property: string, place: Place): Source | undefined {
  const kind = requestText(property);
  if (kind === undefined || (kind === 'mount' && !place.hasParametricMount)) return undefined;
  return kind === 'path' && isInFixedRoute(node) ? undefined : found(node, kind);
}

/** Everything that is assigned to a name in the function in which it is used. */
function assigned(name: ts.Identifier, symbol: ts.Symbol | undefined, program: Program): ts.Expression[] {
  const outermost = symbol?.declarations?.[0];
  const around = outermost === undefined ? undefined : (functionAround(outermost) ?? outermost.getSourceFile());
  const values: ts.Expression[] = [];
  if (around === undefined || !(isFunctionNode(around) || ts.isSourceFile(around))) return values;
  walk(around, (node) => {
    if (!isAssignment(node) || !ts.isIdentifier(node.left) || node.left.text !== name.text) return;
    if (symbolOf(node.left, program.checker) === symbol) values.push(node.right);
  });
  return values;
}

function found(node: ts.Node, kind: Source['kind']): Source {
  return { node, text: node.getText(), kind };
}
