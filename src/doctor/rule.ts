import type { ts } from 'ts-morph';
import type { Facts } from './facts.js';

/** An error makes `doctor` fail; a warning does not. */
export type Severity = 'error' | 'warning';

/** One kind of fault in an instrumentation. */
export interface Rule {
  /** What findings, silencing comments and the documentation call it. */
  readonly id: string;
  /** The fault in a few words. */
  readonly title: string;
  readonly severity: Severity;
  /** What goes wrong because of it. */
  readonly why: string;
  /** What to change. */
  readonly mend: string;
  /** Every place of one package that has the fault. */
  readonly find: (facts: Facts) => Iterable<Fault>;
}

/** A place that has the fault. */
export interface Fault {
  /** Where it is reported: the line and column at which this node begins. */
  readonly node: ts.Node;
  /** What is wrong at this very place. */
  readonly message: string;
  /** Where it is graver, or less so, than the rule's other faults. */
  readonly severity?: Severity;
  /** Where something else helps than against the rule's other faults. */
  readonly mend?: string;
}

/** A fault as it is reported. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** Relative to the directory that was looked through. */
  readonly path: string;
  /** Counted from 1, as `column`, which counts UTF-16 units. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly why: string;
  readonly mend: string;
}
