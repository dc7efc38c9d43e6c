/** The end of a range of versions. */
interface Bound {
  readonly version: readonly number[];
  readonly isIncluded: boolean;
}

/**
 * Whether all versions that a specifier allows are older than a version: by its upper end, as Python
 * (https://packaging.python.org/en/latest/specifications/version-specifiers/) and Poetry
 * (https://python-poetry.org/docs/dependency-specification/) read it. What cannot be told is not older.
 *
 * @param specifier `==1.2`, `>=1,<2`, `~=1.4.2`, `^1.2`, `~1.2`, `1.*`, `1.2`, `^1 || ^2`
 * @param version `0.16`
 */
export function allowsOnlyOlder(specifier: string, version: string): boolean {
  const least = numbersOf(version);
  const alternatives = specifier.replace(/[()]/g, '').split(/\s*\|\|?\s*/);
  return alternatives.every((one) => {
    const bounds = one.split(',').flatMap((clause) => upperBound(clause.trim()) ?? []);
    return bounds.some(({ version: end, isIncluded }) => {
      const difference = compare(end, least);
      return isIncluded ? difference < 0 : difference <= 0;
    });
  });
}

/** Undefined for a clause that has no upper end: `>=1`, `!=1.3`, `*`. */
function upperBound(clause: string): Bound | undefined {
  const [, operator = '', text, wildcard] = /^(={1,3}|~=|\^|~|<=|<)?\s*v?(\d+(?:\.\d+)*)(\.\*)?/.exec(clause) ?? [];
  if (text === undefined) return undefined;
  const version = numbersOf(text);
  const before = (position: number): Bound => ({ version: raised(version, position), isIncluded: false });
  switch (operator) {
    case '<':
      return { version, isIncluded: false };
    case '<=':
      return { version, isIncluded: true };
    case '^': {
      const significant = version.findIndex((part) => part > 0);
      return before(significant === -1 ? version.length - 1 : significant);
    }
    case '~':
      return before(Math.min(1, version.length - 1));
    case '~=':
      return before(Math.max(0, version.length - 2));
    default:
      return wildcard === undefined ? { version, isIncluded: true } : before(version.length - 1);
  }
}

/** The next version that differs in one of its parts. */
function raised(version: readonly number[], position: number): number[] {
  return version.slice(0, position + 1).map((part, index) => (index === position ? part + 1 : part));
}

function numbersOf(version: string): number[] {
  return version.split('.').map(Number);
}

function compare(left: readonly number[], right: readonly number[]): number {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
