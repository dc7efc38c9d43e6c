/** A directive of a unit file, `key=value`. */
export interface Directive {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** The directives of a unit file, in their order; lines that end in a backslash are joined, as systemd.syntax says. */
export function readUnit(text: string): Directive[] {
  let section = '';
  const lines = text
    .replace(/^[#;].*\r?\n/gm, '')
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/);
  return lines.flatMap((line) => {
    section = /^\s*\[(.+)\]\s*$/.exec(line)?.[1] ?? section;
    const [, key, value = ''] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return key === undefined ? [] : [{ section, key, value }];
  });
}

/** The values of a [Service] directive; an empty one takes back those before it (systemd.syntax). */
export function serviceValues(directives: readonly Directive[], key: string): string[] {
  const values = directives.filter((one) => one.section === 'Service' && one.key === key).map(({ value }) => value);
  return values.slice(values.lastIndexOf('') + 1);
}
