/** A number of minutes in which a counter grows by the same amount each minute. */
export interface Phase {
  readonly minutes: number;
  readonly perMinute: number;
}

/** A counter that begins at 0, in promtool's notation for a value each minute. */
export function counter(phases: readonly Phase[]): string {
  let value = 0;
  const parts = phases.map(({ minutes, perMinute }, index) => {
    // The first value of a later phase is one step after the last one of the phase before.
    const first = index === 0 ? value : value + perMinute;
    value += minutes * perMinute;
    return `${plain(first)}+${plain(perMinute)}x${index === 0 ? minutes : minutes - 1}`;
  });
  return parts.join(' ');
}

/** A gauge that keeps its value. */
export function constant(value: number, minutes: number): string {
  return `${plain(value)}+0x${minutes}`;
}

/** Without the last digits of a floating-point calculation, and without an exponent. */
function plain(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/, '');
}
