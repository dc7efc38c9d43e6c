import { ts } from 'ts-morph';
import { lineAt } from '../../languages/typescript/parse.js';
import { isAssignment, walk } from '../../languages/typescript/walk.js';
import { declarationsOf, type FunctionNode, functionAround } from '../../project/code/functions.js';
import { knownType } from '../../project/code/types.js';
import type { Facts } from '../facts.js';
import type { Fault, Rule } from '../rule.js';

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
        const fault = judge(node, facts);
        if (fault !== undefined) yield fault;
      }
    }
  },
};

function judge(node: ts.CallExpression, facts: Facts): Fault | undefined {
  const name = node.expression.getText();
  const around = functionAround(node);
  if (around !== undefined && isRebuilt(around, node, facts)) return undefined;
  if (around !== undefined && !setsUp(around, node)) {
    return { node, message: `${name}() takes all metrics back while others read them` };
  }
  // Once, before everything else: nothing is lost unless another module has declared metrics when it was loaded.
  const path = facts.program.pathOf(node);
  const loaded = facts.reachedFrom(path);
  const lost = facts.metrics.find((metric) => {
    const other = facts.program.pathOf(metric.node);
    return functionAround(metric.node) === undefined && other !== path && loaded.has(other);
  });
  if (lost === undefined) return undefined;
  const place = `${facts.program.pathOf(lost.node)}:${lineAt(lost.node.getSourceFile(), lost.node.getStart())}`;
  return { node, severity: 'warning', message: `${name}() takes away what was declared before it, such as ${place}` };
}

/** Whether the registry is filled anew and read in the same go, as an exporter does with what it reads elsewhere. */
function isRebuilt(around: FunctionNode, call: ts.Node, { renderings, effects }: Facts): boolean {
  const isReadThen = renderings.some(
    ({ node }) => node.pos > call.end && ts.findAncestor(node, (each) => each === around) !== undefined,
  );
  return isReadThen && effects.updatesIn(around).length > 0;
}

/** Whether a function prepares the registry: what it takes away, it declares itself. */
function setsUp({ body }: FunctionNode, call: ts.Node): boolean {
  return /\b(?:collectDefaultMetrics|setDefaultLabels)\b|\bexpress\(\)|\bnew [\w.]*(?:Counter|Gauge|Histogram|Summary)\b/.test(
    body.getSourceFile().text.slice(call.end, body.end),
  );
}

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
    if (/\btest(?:App|Server|Db)\b/.test(node.getText())) return true;
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
  if (isAssignment(node)) return node.left.getText();
  if (!ts.isCallExpression(node)) return '';
  const [first] = node.arguments;
  return first !== undefined && ts.isStringLiteralLike(first) ? first.text : '';
}
