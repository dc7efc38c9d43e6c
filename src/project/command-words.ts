import { posix } from 'node:path';

/** One command of a shell line: its words, and the command lines that stand in quotes in it. */
export interface CommandPart {
  readonly words: readonly string[];
  readonly nested: readonly string[];
}

const managers = ['npm', 'yarn', 'pnpm', 'bun'];
const scriptRunners = ['run-s', 'run-p', 'npm-run-all'];

/**
 * Takes a shell line apart, as far as package.json's scripts need it: at `&&`, `||`, `;` and `&` outside quotes. Quoted
 * words that are command lines themselves (`concurrently "npm run a" "npm run b"`) are kept apart; other quoted text
 * (`--exec "ts-node --files"`) is words like any.
 */
export function commandParts(line: string): CommandPart[] {
  const tokens = line.match(/"[^"]*"|'[^']*'|&&|\|\||[;&]|[^\s"';&|]+|\|/g) ?? [];
  const parts: { words: string[]; nested: string[] }[] = [{ words: [], nested: [] }];
  for (const token of tokens) {
    const last = parts.at(-1);
    if (last === undefined || /^(?:&&?|\|\||;)$/.test(token)) parts.push({ words: [], nested: [] });
    else if (!/^["']/.test(token)) last.words.push(token);
    else if (isCommandLine(token.slice(1, -1))) last.nested.push(token.slice(1, -1));
    else last.words.push(...token.slice(1, -1).split(/\s+/).filter(Boolean));
  }
  return parts;
}

/** The package scripts that a command runs: `npm run x`, `yarn x`, `npm:x`, `run-s x y`. */
export function calledScripts(words: readonly string[]): string[] {
  const short = words.flatMap((word) => /^npm:(.+)$/.exec(word)?.[1] ?? []);
  const several = words.findIndex((word) => scriptRunners.includes(posix.basename(word)));
  if (several >= 0) return [...short, ...words.slice(several + 1).filter((word) => !word.startsWith('-'))];
  const manager = words.findIndex((word) => managers.includes(word));
  const [first, second] = manager < 0 ? [] : words.slice(manager + 1).filter((word) => !word.startsWith('-'));
  const script = first === 'run' || first === 'run-script' ? second : first;
  return script === undefined ? short : [...short, script];
}

function isCommandLine(text: string): boolean {
  return /&&|\|\||;/.test(text) || managers.includes(text.split(/\s/)[0] ?? '');
}
