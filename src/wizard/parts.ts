/** Parts of what is added beside the code; `--with` adds one, `--skip` leaves one out. */
export const parts = [
  ...(['dockerfile', 'systemd', 'procfile'] as const),
  ...(['prometheus', 'rules', 'grafana', 'compose', 'kubernetes', 'pushgateway'] as const),
] as const;
export type Part = (typeof parts)[number];

/** What was said about parts; nothing, mostly. */
export interface PartChoice {
  readonly with?: readonly Part[];
  readonly skip?: readonly Part[];
}

/**
 * Whether a part is to be written.
 *
 * @param isUsed whether the repository shows that it uses what the part is about
 */
export function isWanted(part: Part, { with: added = [], skip = [] }: PartChoice, isUsed: boolean): boolean {
  return !skip.includes(part) && (isUsed || added.includes(part));
}

/**
 * Checks a list of parts: names, or names with commas between them.
 *
 * @returns each once, in the order of `parts`
 * @throws Error whose message says what is allowed
 */
export function parseParts(value: unknown): readonly Part[] {
  const values = typeof value === 'string' ? [value] : value;
  const names = Array.isArray(values) ? values.flatMap((name) => String(name).split(',')) : [];
  const known = names.map((name) => name.trim()).filter((name) => parts.some((part) => part === name));
  if (names.length > 0 && known.length === names.length) return parts.filter((part) => known.includes(part));
  throw new Error(`must name parts; there are ${parts.join(', ')}`);
}
