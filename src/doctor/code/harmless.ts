import { ts } from 'ts-morph';
import { isAssignment } from '../../languages/typescript/walk.js';

/** Words in the name of a function that runs when a service stops, or only in tests. */
const ending =
  /\b(?:stop(?:ped|ping)?|shut(?: ?down)?|clos(?:e|ing)|destroy|dispose|tear ?down|clean ?up|unload|exit|sig(?:int|term|hup|quit|usr\d)|tests?|testing|mocks?|(?:before|after) (?:each|all)|describe)\b/;
/** Where `close` ends one client's connection, and not the service. */
const connection = /(?:^|\.)_?(?:req|request|res|response|reply|socket|ws|conn|connection|client|stream)$/;

/** Whether a place is only reached when the service stops, in a function for tests, or in development. */
export function isAtTheEnd(place: ts.Node): boolean {
  for (let node = place; node.parent !== undefined; node = node.parent) {
    const { parent } = node;
    if (ts.isIfStatement(parent) && isForDevelopment(parent.expression)) return true;
    // `process.on('SIGTERM', clear)`
    if (node === place && ts.isCallExpression(parent) && ending.test(inWords(occasionOf(parent)))) return true;
    if (ts.isFunctionLike(node) && isEnding(node)) return true;
  }
  return false;
}

function isEnding(own: ts.SignatureDeclaration): boolean {
  const name = own.name?.getText() ?? nameAround(own.parent);
  return ending.test(inWords(name)) || /\btest(?:App|Server|Db)\b/.test(own.getText());
}

function isForDevelopment(condition: ts.Expression): boolean {
  return /NODE_ENV|\.hot\b|import\.meta|isTest|isDev|isMocha|JEST/.test(condition.getText());
}

/** `onModuleDestroy` → `on module destroy`: `updateLatest` has no test in it. */
export function inWords(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[^A-Za-z\d]+/g, ' ')
    .toLowerCase();
}

/** `const stop = () => …`, `process.on('SIGTERM', () => …)`. */
function nameAround(node: ts.Node): string {
  if (ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node))
    return node.name.getText();
  if (isAssignment(node)) return node.left.getText();
  return ts.isCallExpression(node) ? occasionOf(node) : '';
}

/** When a callback is run, as the call that takes it says: an event, `afterEach`, `onExit`; a route's path says nothing. */
function occasionOf({ expression: callee, arguments: [first] }: ts.CallExpression): string {
  const text = first !== undefined && ts.isStringLiteralLike(first) ? first.text : '';
  if (!ts.isPropertyAccessExpression(callee)) return `${callee.getText()} ${text}`;
  if (/^(?:use|all|route|get|post|put|patch|delete)$/.test(callee.name.text)) return '';
  return text === 'close' && connection.test(callee.expression.getText()) ? '' : text;
}
