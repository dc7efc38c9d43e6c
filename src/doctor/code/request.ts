import { ts } from 'ts-morph';
import { unwrap } from '../../languages/typescript/walk.js';
import { declarationsOf, functionAround } from '../../project/code/functions.js';
import type { Program } from '../../project/code/program.js';

/** What a property of a request holds, where that is text without a bound. */
export function requestText(property: string): 'path' | 'url' | 'mount' | 'input' | undefined {
  if (property === 'path' || property === '_parsedUrl') return 'path';
  if (property === 'url' || property === 'originalUrl' || property === 'href') return 'url';
  if (property === 'baseUrl') return 'mount';
  return property === 'hostname' || property === 'ip' || property === 'host' ? 'input' : undefined;
}

const requestName = /^_?(?:req|request|ctx|expressReq|expressRequest|httpRequest)$/;
const requestType =
  /^(?:\w+\.)?(?:Express|Fastify|Next(?:Api)?|Http)?(?:Request|IncomingMessage)\b|^(?:Koa\.)?(?:\w*Context)\b/;
const inner = new Set(['req', 'request', 'raw']);

/**
 * Whether an expression is a request that came in: a parameter or variable that is named so, or has a type of that name;
 * `ctx.request`, `res.req`, `c.req`.
 */
export function isRequest(expression: ts.Expression, program: Program): boolean {
  const node = unwrap(expression);
  if (ts.isPropertyAccessExpression(node)) {
    if (!inner.has(node.name.text)) return false;
    const owner = unwrap(node.expression);
    if (owner.kind === ts.SyntaxKind.ThisKeyword) return true;
    return ts.isIdentifier(owner) && /^_?(?:c|ctx|context|res|response|reply|req|request)$/.test(owner.text);
  }
  if (!ts.isIdentifier(node)) return false;
  const [declaration] = declarationsOf(node, program);
  if (declaration === undefined) return false;
  if (ts.isParameter(declaration)) {
    const type = declaration.type?.getText();
    return type === undefined ? requestName.test(node.text) : requestType.test(type) || requestName.test(node.text);
  }
  const isVariable = ts.isVariableDeclaration(declaration) || ts.isBindingElement(declaration);
  return isVariable && requestName.test(node.text) && !isOutgoing(declaration);
}

/** `const req = https.request(options)`, `const request = require('request')`: what is sent, not what came in. */
function isOutgoing(declaration: ts.Node): boolean {
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer === undefined) return false;
  const value = unwrap(declaration.initializer);
  if (ts.isNewExpression(value)) return true;
  return ts.isCallExpression(value) && /^require$|(?:^|\.)(?:request|fetch)$/.test(value.expression.getText());
}

/** Whether a name is that of an error: what `catch` caught, a callback's first parameter, `lastError`. */
export function isErrorValue(expression: ts.Expression): boolean {
  const node = unwrap(expression);
  const name = ts.isPropertyAccessExpression(node) ? node.name.text : node.getText();
  return /^(?:_?(?:e|err|error|ex|exc|exception|reason|cause)|\w+(?:Err|Error|Exception))$/.test(name);
}

/**
 * `@Param('id') id: string`, as NestJS and routing-controllers hand over one text of the request. A whole body or query may
 * have been validated; so may what goes through a pipe, but for those that only want a number or a UUID.
 */
export function isSentParameter(parameter: ts.ParameterDeclaration): boolean {
  if (!/['"](?:@nestjs\/common|routing-controllers)['"]/.test(parameter.getSourceFile().text)) return false;
  return (ts.getDecorators(parameter) ?? []).some(({ expression }) => {
    if (!ts.isCallExpression(expression)) return false;
    const [name, ...pipes] = expression.arguments;
    const decorator = expression.expression.getText();
    if (decorator === 'Ip') return true;
    return (
      /^(?:Param|Query|QueryParam|Headers|HeaderParam|HostParam|Body|BodyParam|CookieParam)$/.test(decorator) &&
      name !== undefined &&
      ts.isStringLiteralLike(name) &&
      pipes.every((pipe) => /^(?:new )?Parse(?:Int|Float|UUID)Pipe\b/.test(pipe.getText()))
    );
  });
}

/** In the handler of a route without parameters, the path is that route's. */
export function isInFixedRoute(node: ts.Node): boolean {
  for (let around = functionAround(node); around !== undefined; around = functionAround(around)) {
    const { parent } = around;
    if (!ts.isCallExpression(parent) || !ts.isPropertyAccessExpression(parent.expression)) continue;
    const [path] = parent.arguments;
    const isRoute = /^(?:get|post|put|patch|delete|options|head)$/.test(parent.expression.name.text);
    if (isRoute && path !== undefined && ts.isStringLiteralLike(path)) return /^\/[\w./-]*$/.test(path.text);
  }
  return false;
}
