import { ts } from 'ts-morph';
import { unwrap } from '../../languages/typescript/walk.js';
import { type FunctionNode, functionOf, returned, walkOwn } from '../../project/code/functions.js';
import { knownType } from '../../project/code/types.js';
import type { Facts } from '../facts.js';
import type { Registration } from './registrations.js';

/** Whether a handler is a middleware that updates metrics and passes the request on. */
export function isMeasuring(handler: ts.Expression, facts: Facts): boolean {
  if (knownType(handler, facts.program) === 'Middleware') return true;
  const own = functionOf(handler, facts.program);
  if (own !== undefined) {
    return own.parameters.length === 3 && passesRequestOn(own) && facts.effects.updatesIn(own).length > 0;
  }
  // `responseTime((req, res, time) => …)`
  const node = unwrap(handler);
  if (!ts.isCallExpression(node)) return false;
  const callbacks = node.arguments.flatMap((argument) => functionOf(argument, facts.program) ?? []);
  return callbacks.some((callback) => callback.parameters.length >= 2 && facts.effects.updatesIn(callback).length > 0);
}

/** `next()`; one that only gives an error on counts what went wrong, such as what no route has answered. */
function passesRequestOn(own: FunctionNode): boolean {
  const next = own.parameters[2]?.name.getText();
  return (
    next !== undefined &&
    callsIn(own.body).some(({ expression, arguments: given }) => expression.getText() === next && given.length === 0)
  );
}

/**
 * Whether a measuring middleware does no more than count: without a timer and without a look at the response's end it may
 * be meant for the requests that get as far as there.
 */
export function onlyCounts(handler: ts.Expression, { program, effects }: Facts): boolean {
  const own = functionOf(handler, program);
  if (own === undefined || knownType(handler, program) === 'Middleware') return false;
  const waits = /\.\s*(?:on|once|addListener|prependListener)\(|\bon(?:Finished|Headers)\b|\bhrtime\b|\.now\(\)/;
  return !waits.test(own.body.getText()) && effects.updatesIn(own).every(({ type }) => type === 'Counter');
}

/** Whether a registration answers scrapes: by its path, or because its handler asks a registry. */
export function isMetricsRoute({ method, text, handlers }: Registration, facts: Facts): boolean {
  if (method !== 'get' && method !== 'use' && method !== 'all') return false;
  if (handlers.some((handler) => rendersMetrics(handler, facts))) return true;
  return (
    handlers.length > 0 &&
    text !== undefined &&
    /^\/(?:[\w-]+\/)*(?:metrics|prometheus)\/?$/.test(text) &&
    method === 'get'
  );
}

function rendersMetrics(handler: ts.Expression, { program, renderings }: Facts): boolean {
  const own = functionOf(handler, program);
  if (own === undefined) return false;
  const inside = [own, ...callsIn(own.body).flatMap(({ expression }) => functionOf(expression, program) ?? [])];
  return renderings.some(({ node }) => inside.some((each) => ts.findAncestor(node, (around) => around === each)));
}

const answering = /^(?:send|sendStatus|json|jsonp|end|render|sendFile|redirect)$/;

/**
 * Whether a registration takes every request that gets there and passes none on: a handler for what was not found, a page
 * for all that is left. `404` as an error counts as well: what comes behind it is an error handler.
 */
export function isCatchAll(registration: Registration, { program }: Facts): boolean {
  const { method, path, text, handlers } = registration;
  if (!['use', 'all', 'get'].includes(method) || (path === undefined && method !== 'use')) return false;
  if (path !== undefined && !isEveryPath(text ?? path.getText())) return false;
  const [handler, ...others] = handlers;
  const own = handler === undefined || others.length > 0 ? undefined : functionOf(handler, program);
  if (own === undefined || own.parameters.length > 3 || own.parameters.length === 0) return false;
  const next = own.parameters[2]?.name.getText();
  return endsEveryRequest(own.body, next);
}

function isEveryPath(text: string): boolean {
  return /^(?:\*|\/\*|\(\.\*\)|\/\(\.\*\)|\/?\{?\*\w+\}?|\/\{\*\w+\}|\/)$/.test(text)
    ? text !== '/'
    : /^\/\(?\.\*\)?\/$|^\/\^?\\?\/?\.\*\$?\/$/.test(text);
}

/** At the function's own level, not in an `if`, it answers or gives an error on; and nowhere it calls `next()`. */
function endsEveryRequest(body: ts.Node, next: string | undefined): boolean {
  const calls = callsIn(body);
  const passesOn = calls.some(
    ({ expression, arguments: given }) => expression.getText() === next && given.length === 0,
  );
  if (passesOn) return false;
  const ends = (call: ts.CallExpression) => {
    if (call.expression.getText() === next) return call.arguments.length > 0;
    return ts.isPropertyAccessExpression(call.expression) && answering.test(call.expression.name.text);
  };
  if (!ts.isBlock(body)) return calls.some(ends) || (ts.isCallExpression(body) && ends(body));
  return body.statements.some((statement) => {
    if (ts.isThrowStatement(statement)) return true;
    const isPlain = ts.isExpressionStatement(statement) || ts.isReturnStatement(statement);
    return isPlain && callsIn(statement).some(ends);
  });
}

/** The calls in a node, those in inner functions left out. */
export function callsIn(node: ts.Node): ts.CallExpression[] {
  const found: ts.CallExpression[] = ts.isCallExpression(node) ? [node] : [];
  walkOwn(node, (part) => {
    if (ts.isCallExpression(part)) found.push(part);
  });
  return found;
}

/** Packages whose middleware turns away requests without credentials, and the names they usually get. */
const guards = ['express-jwt', 'express-basic-auth', 'express-oauth2-jwt-bearer', 'express-bearer-token-auth'];

/** Whether a handler turns requests away that do not prove who they are, those of a scrape included. */
export function isAuthentication(handler: ts.Expression, { program }: Facts): boolean {
  const node = unwrap(handler);
  const text = node.getText();
  if (/metrics|\bunless\b/i.test(text)) return false; // it says itself what it leaves out
  if (ts.isCallExpression(node)) {
    if (/^passport\.authenticate$/.test(node.expression.getText())) return true;
    if (guards.some((name) => isImportedFrom(node.expression, name))) return true;
  }
  const own = functionOf(node, program);
  const code = own?.body.getText() ?? '';
  if (own === undefined || own.parameters.length > 3 || own.parameters.length < 2 || returned(own).length > 40)
    return false;
  const isNamed = /auth|login|session|token|jwt|protect|permission|basic/i.test(text);
  const turnsAway = /\b(?:401|403)\b|unauthori[sz]ed|forbidden|www-authenticate/i.test(code);
  // One that looks at the path may let the scrape through.
  return isNamed && turnsAway && !/metrics|\.path\b|\.url\b|originalUrl|baseUrl|whitelist|allowlist|public/i.test(code);
}

/** What a scraper cannot do: follow a session, a cookie, a redirect to a page, or renew a token that runs out. */
const personal = /\.session\b|\bisAuthenticated\(|\.redirect\(|\bjwt\b|\bjsonwebtoken\b|\bcookies?\b/i;
/** Passport's strategies of which Prometheus has the credentials as well. */
const scrapable = /^(?:basic|bearer|digest|http.*|.*api-?key|.*token)$/i;

/** Whether a handler asks for the login of a person, and not for credentials that a scraper can be given. */
export function isPersonalLogin(handler: ts.Expression, facts: Facts): boolean {
  if (!isAuthentication(handler, facts)) return false;
  const node = unwrap(handler);
  if (!ts.isCallExpression(node)) return personal.test(functionOf(node, facts.program)?.body.getText() ?? '');
  const [strategy] = node.arguments;
  if (strategy !== undefined && ts.isStringLiteralLike(strategy)) return !scrapable.test(strategy.text);
  return isImportedFrom(node.expression, 'express-jwt');
}

function isImportedFrom(callee: ts.Expression, name: string): boolean {
  const { text } = callee.getSourceFile();
  const [local = ''] = callee.getText().split('.');
  if (!/^\w+$/.test(local)) return false;
  const source = name.replace(/-/g, '\\-');
  const binding = `(?:\\{[^}]*\\b${local}\\b[^}]*\\}|\\b${local}|\\*\\s+as\\s+${local})`;
  return new RegExp(
    `import\\s+${binding}\\s*from\\s*['"]${source}['"]|${binding}\\s*=\\s*require\\(\\s*['"]${source}['"]`,
  ).test(text);
}
