import { ts } from 'ts-morph';
import { walk } from '../../languages/typescript/walk.js';
import { declarationsOf, functionAround } from '../code/functions.js';
import { knownType } from '../code/types.js';
import type { Facts } from '../facts.js';
import type { Rule } from '../rule.js';

export const clearOutsideTests: Rule = {
  id: 'clear-outside-tests',
  title: 'metrics cleared while the service runs',
  severity: 'error',
  why: 'Every counter falls to 0 or is gone, for all readers: rate() and increase() take it for a restart and lose what was counted since the last scrape.',
  mend: 'Let counters grow for the whole life of the process, and take differences in PromQL. Where a name is declared twice, ask register.getSingleMetric() first.',
  *find(facts) {
    // A batch job clears its registry after it has pushed it.
    if (facts.pushes) return;
    // An exporter of gauges only sets them anew for each scrape: they lose nothing.
    if (!facts.metrics.some(({ type }) => type !== 'Gauge')) return;
    for (const file of facts.program.files) {
      const calls: ts.CallExpression[] = [];
      walk(file, (node) => {
        if (ts.isCallExpression(node) && isClearing(node, facts)) calls.push(node);
      });
      for (const node of calls.filter((call) => !isAtTheEnd(call) && !isOwn(call, facts))) {
        const name = node.expression.getText();
        if (functionAround(node) !== undefined)
          yield { node, message: `${name}() takes all metrics back while others read them` };
        else
          yield {
            node,
            severity: 'warning',
            message: `${name}() at load takes away what other modules have declared by then`,
          };
      }
    }
  },
};

function isClearing({ expression }: ts.CallExpression, { program }: Facts): boolean {
  if (!ts.isPropertyAccessExpression(expression) || !/^(?:clear|resetMetrics)$/.test(expression.name.text))
    return false;
  const type = knownType(expression.expression, program);
  return type === 'Registry' || type === 'AggregatorRegistry';
}

/** A registry that the same function made: nobody else has it. */
function isOwn(call: ts.CallExpression, { program }: Facts): boolean {
  const around = functionAround(call);
  if (around === undefined || !ts.isPropertyAccessExpression(call.expression)) return false;
  return declarationsOf(call.expression.expression, program).some((each) => functionAround(each) === around);
}

/** When the service stops, in a function for tests, or in development only, nobody loses anything. */
function isAtTheEnd(call: ts.Node): boolean {
  for (let node = call; node.parent !== undefined; node = node.parent) {
    const { parent } = node;
    if (
      ts.isIfStatement(parent) &&
      /NODE_ENV|\.hot\b|import\.meta|isTest|isDev|isMocha|JEST/.test(parent.expression.getText())
    )
      return true;
    if (!ts.isFunctionLike(node)) continue;
    const name = 'name' in node && node.name !== undefined ? node.name.getText() : nameAround(parent);
    if (/stop|shut|close|destroy|dispose|teardown|cleanup|unload|exit|SIG|test|mock|reset|clear/i.test(name))
      return true;
  }
  return false;
}

/** `const stop = () => …`, `process.on('SIGTERM', () => …)`. */
function nameAround(node: ts.Node): string {
  if (ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node))
    return node.name.getText();
  if (!ts.isCallExpression(node)) return '';
  const [first] = node.arguments;
  return first !== undefined && ts.isStringLiteralLike(first) ? first.text : '';
}
