/** A word of a command line, and where it stands in the text: from its first character, a quote included, to its last. */
export interface ShellWord {
  /** Without quotes and backslashes; variables stay as they are written. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const separators = new Set(['&', '|', ';', '(', ')', '\n']);

/**
 * Takes a line of a POSIX shell apart, as far as simple commands need it: quotes, backslashes, comments, and what stands
 * between commands (`&&`, `||`, `;`, `|`, `&`, parentheses, line ends).
 *
 * @returns the words of each command
 */
export function shellCommands(text: string): ShellWord[][] {
  const commands: ShellWord[][] = [[]];
  let position = 0;
  while (position < text.length) {
    const character = text[position] ?? '';
    if (separators.has(character)) {
      commands.push([]);
      position += 1;
    } else if (/\s/.test(character)) position += 1;
    else if (character === '#') position = lineEnd(text, position);
    else {
      const word = readWord(text, position);
      commands.at(-1)?.push(word);
      position = word.end;
    }
  }
  return commands.filter((words) => words.length > 0);
}

function lineEnd(text: string, position: number): number {
  const end = text.indexOf('\n', position);
  return end === -1 ? text.length : end;
}

/** Quoted pieces (the last one perhaps without its end), escaped characters, and plain ones, side by side. */
const word = /(?:"(?:[^"\\]|\\[\s\S])*"?|'[^']*'?|\\[\s\S]|\\$|[^\s"'\\&|;()])+/y;

function readWord(text: string, start: number): ShellWord {
  word.lastIndex = start;
  const written = word.exec(text)?.[0] ?? '';
  const value = written.replace(/"((?:[^"\\]|\\[\s\S])*)"?|'([^']*)'?|\\([\s\S])/g, (_, double, single, escaped) =>
    // In double quotes a backslash is one, except before what it takes the meaning of.
    double === undefined ? (single ?? escaped) : String(double).replace(/\\(["\\$`\n])/g, '$1'),
  );
  return { value, start, end: start + written.length };
}
