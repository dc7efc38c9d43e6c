import { ts } from 'ts-morph';
import { lineAt } from '../../languages/typescript/parse.js';
import { walk } from '../../languages/typescript/walk.js';
import { declarationsOf, type FunctionNode, functionAround } from '../../project/code/functions.js';
import { knownType } from '../../project/code/types.js';
import { inWords, isAtTheEnd } from '../code/harmless.js';
import { nameOfFunction } from '../code/uses.js';
import type { Facts } from '../facts.js';
import type { Fault, Rule } from '../rule.js';

export const clearOutsideTests: Rule = {
  id: 'clear-outside-tests',
  title: 'metrics cleared while the service runs',
  severity: 'error',
  why: 'Every counter falls to 0 or is gone, for all readers: rate() and increase() take it for a restart and lose what was counted since the last scrape.',
  mend: 'Let counters grow for the whole life of the process, and take differences in PromQL. Where a name is declared twice, ask register.getSingleMetric() first.',
  *find(facts) {
    // An exporter of gauges only sets them anew for each scrape: they lose nothing.
    if (!facts.metrics.some(({ type }) => type !== 'Gauge')) return;
    for (const file of facts.program.files) {
      const calls: ts.CallExpression[] = [];
      walk(file, (node) => {
        if (ts.isCallExpression(node) && isClearing(node, facts) && !isOwn(node, facts)) calls.push(node);
      });
      for (const call of calls) {
        const faults = placesOf({ node: call, isHandedOn: false }, facts).flatMap((at) => judge(call, at, facts) ?? []);
        const fault = faults.find(({ severity }) => severity === undefined) ?? faults[0];
        if (fault !== undefined) yield fault;
      }
    }
  },
};

/** A place from which metrics are cleared. */
interface Place {
  readonly node: ts.Node;
  /** Whether a function that clears them is only named there, to be called by somebody else. */
  readonly isHandedOn: boolean;
}

/** How many functions lie between the registry and what has it cleared. */
const mostSteps = 3;

/** From where a call is reached, as far as it does harm there: itself, or the uses of the function that it stands in. */
function placesOf(place: Place, facts: Facts, steps = 0): Place[] {
  const { node } = place;
  if (isAtTheEnd(node) || isInJob(node, facts)) return [];
  const around = functionAround(node);
  if (place.isHandedOn || around === undefined || steps === mostSteps) return [place];
  const name = nameOfFunction(around);
  if (name === undefined || isRebuilt(around, node, facts) || setsUp(around, node)) return [place];
  const uses = facts.uses.of(around);
  // What is called so and used nowhere is there for tests.
  if (uses.length === 0) return /\b(?:reset|clear)\b/.test(inWords(name)) ? [] : [place];
  return uses.flatMap(({ node: use, call }) =>
    placesOf(
      call === undefined ? { node: use, isHandedOn: true } : { node: call, isHandedOn: false },
      facts,
      steps + 1,
    ),
  );
}

/** A batch job clears its registry after it has pushed it. */
function isInJob(node: ts.Node, { program, pushing, reachedFrom }: Facts): boolean {
  return pushing.size > 0 && [...reachedFrom(program.pathOf(node))].some((path) => pushing.has(path));
}

function judge(call: ts.CallExpression, { node, isHandedOn }: Place, facts: Facts): Fault | undefined {
  const name = call.expression.getText();
  const around = functionAround(node);
  if (!isHandedOn && around !== undefined && isRebuilt(around, node, facts)) return undefined;
  if (isHandedOn || (around !== undefined && !setsUp(around, node))) {
    const from = node === call ? '' : `, from ${shown(node, facts)}`;
    return { node: call, message: `${name}() takes all metrics back while others read them${from}` };
  }
  // Once, before everything else: nothing is lost unless another module has declared metrics when it was loaded.
  const path = facts.program.pathOf(node);
  const loaded = facts.reachedFrom(path);
  const lost = facts.metrics.find((metric) => {
    const other = facts.program.pathOf(metric.node);
    return functionAround(metric.node) === undefined && other !== path && loaded.has(other);
  });
  if (lost === undefined) return undefined;
  const place = shown(lost.node, facts);
  return {
    node: call,
    severity: 'warning',
    message: `${name}() takes away what was declared before it, such as ${place}`,
  };
}

function shown(node: ts.Node, { program }: Facts): string {
  return `${program.pathOf(node)}:${lineAt(node.getSourceFile(), node.getStart())}`;
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
