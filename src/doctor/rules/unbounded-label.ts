import { ts } from 'ts-morph';
import { lineAt } from '../../languages/typescript/parse.js';
import type { MetricUpdate } from '../../project/code/metrics.js';
import { isGuarded } from '../code/bounds.js';
import { labelValues } from '../code/labels.js';
import { passedLabels } from '../code/passed-labels.js';
import { rawPathOptions } from '../code/raw-path-options.js';
import { type Search, type Source, unboundedSource } from '../code/unbounded.js';
import type { Facts } from '../facts.js';
import type { Fault, Rule } from '../rule.js';

/** Prometheus' documentation, "Instrumentation": do not overuse labels. */
export const unboundedLabel: Rule = {
  id: 'unbounded-label',
  title: 'a label value without a bound',
  severity: 'error',
  why: 'Each distinct label value is a time series of its own, kept in memory by the service and by Prometheus: scanners, ids and typos make thousands of them.',
  mend: 'Use a value out of a short, fixed list: the pattern of the route (req.route.path) with one fixed word for what matches none, a kind of error, a kind of customer.',
  *find(facts) {
    yield* fromUpdates(facts);
    yield* rawPathOptions(facts);
  },
};

function* fromUpdates(facts: Facts): Generator<Fault> {
  const { program, updates, sequences } = facts;
  const hasParametricMount = sequences.flat().some(({ method, text }) => method === 'use' && /:\w/.test(text ?? ''));
  const search: Search = { program, hasParametricMount };
  for (const update of updates) {
    if (update.method === 'zero') continue;
    for (const { label, value } of labelValues(update, program)) {
      const source = unboundedSource(value, search);
      if (source === undefined || isBounded(update, value, source)) continue;
      yield { node: placeOf(value, update), message: `${labelled(label)} is ${described(source)}` };
    }
    yield* fromCallers(update, search, facts);
  }
}

/** Reported at the call: the wrapper may be right for its other uses. */
function* fromCallers(update: MetricUpdate, search: Search, { program, uses }: Facts): Generator<Fault> {
  const set = `${program.pathOf(update.call)}:${lineAt(update.call.getSourceFile(), update.call.getStart())}`;
  for (const { label, source, call } of passedLabels(update, uses, search)) {
    yield { node: call, message: `${labelled(label)}, set at ${set}, is ${described(source)}` };
  }
}

function isBounded({ call }: MetricUpdate, value: ts.Expression, source: Source): boolean {
  return isGuarded(call, value) || (ts.isExpression(source.node) && isGuarded(call, source.node));
}

/** The value where it is written as a label, also when the labels are put together further up. */
function placeOf(value: ts.Expression, { call }: MetricUpdate): ts.Node {
  return value.getSourceFile() === call.getSourceFile() ? value : call;
}

function labelled(label: string | undefined): string {
  return label === undefined ? 'a label value' : `label ${label}`;
}

function described({ text, kind }: Source): string {
  const short = text.length > 60 ? `${text.slice(0, 57)}...` : text.replace(/\s+/g, ' ');
  return `${words[kind]} (${short})`;
}

const words: Readonly<Record<Source['kind'], string>> = {
  path: 'the path as the client wrote it',
  url: 'the URL as the client wrote it, its query included',
  input: 'text that the client sent',
  mount: 'the mount point with the values of its parameters',
  identity: 'one value for each user, session or order',
  error: "an error's message",
  random: 'a new value each time',
};
