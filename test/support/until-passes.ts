import { vi } from 'vitest';

/** Waits, for 20 s at most, until an expectation holds: Vitest's own limit of 1 s is too little on a busy machine. */
export function untilPasses<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 20_000 });
}
