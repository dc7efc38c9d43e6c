import type { Finding } from './check.js';

/** It is as it should be. */
export function pass(measured: string): Finding {
  return { status: 'pass', measured, hint: '' };
}

/** @param hint what is wrong, the PromQL symptom, and what to change */
export function fail(measured: string, hint: string): Finding {
  return { status: 'fail', measured, hint };
}

/** A known limit of something that the user chose, or a matter of judgement. @param hint the way out */
export function warn(measured: string, hint: string): Finding {
  return { status: 'warn', measured, hint };
}

/** It cannot be judged here. */
export function skip(reason: string): Finding {
  return { status: 'skip', measured: reason, hint: '' };
}
