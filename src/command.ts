/** A program with its arguments; never a shell string. */
export type Command = readonly [program: string, ...args: string[]];

/** Words, such as a command's, as one line that a POSIX shell reads back as those words. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
