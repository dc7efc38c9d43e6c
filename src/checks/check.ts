import type { Service } from './service.js';

export type Status = 'pass' | 'fail' | 'warn' | 'skip';

/** What came out of one check. */
export interface Finding {
  readonly status: Status;
  /** What was seen, with figures; for `skip`, why it cannot run here. */
  readonly measured: string;
  /** What is wrong, the PromQL symptom that it causes, and what to change. Empty for `pass`. */
  readonly hint: string;
}

/** One entry of the executable checklist. */
export interface Check {
  readonly id: string;
  /** What is claimed about the service, in a few words. */
  readonly title: string;
  /** When it passes, in words. */
  readonly expected: string;
  /** Whether other traffic during it would spoil the result. */
  readonly needsRest: boolean;
  /** Whether it ends, stops or kills anything: such checks run last. */
  readonly disturbs: boolean;
  /** Whether it can be judged without the service: it does not fail when that cannot be reached. */
  readonly offline?: boolean;
  /** Seconds after which it is given up, and has failed; default: 20. */
  readonly limitSeconds?: number;
  /**
   * Why it cannot run here; undefined when it can.
   */
  cannotRun(service: Service): string | undefined;
  /**
   * Measures. What it does to the service goes through `service.client`, which keeps the bounds of number and time.
   *
   * @throws CheckError when the service does not answer as it must for anything to be measured: a failed check
   */
  run(service: Service): Promise<Finding>;
}

/** The service did not do what a measurement needs; the message is what was measured. */
export class CheckError extends Error {
  override readonly name = 'CheckError';
  readonly hint: string;

  constructor(measured: string, hint: string, options?: ErrorOptions) {
    super(measured, options);
    this.hint = hint;
  }
}
