/** A line of a .dockerignore file. */
interface Rule {
  readonly pattern: RegExp;
  readonly keeps: boolean;
}

/**
 * Whether a .dockerignore file keeps a path out of the build context: the last line that matches the path, or a folder
 * that it is in, decides (Docker's documentation, "Build context", ".dockerignore files").
 *
 * @param path relative to the context, with forward slashes
 */
export function isIgnored(text: string, path: string): boolean {
  const parts = path.split('/');
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const last = rulesOf(text).findLast(({ pattern }) => paths.some((one) => pattern.test(one)));
  return last !== undefined && !last.keeps;
}

function rulesOf(text: string): Rule[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  return lines
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
    .map((line) => {
      const keeps = line.trim().startsWith('!');
      return {
        keeps,
        pattern: patternOf(
          line
            .trim()
            .slice(keeps ? 1 : 0)
            .trim(),
        ),
      };
    });
}

/** Go's `filepath.Match`, and `**` for any number of folders. */
function patternOf(line: string): RegExp {
  const glob = cleaned(line);
  const source = glob.replace(/\*\*$|\*\*\/?|\*|\?|\[[^\]]+\]|\\.|[^*?[\\]+|[[\\]/g, (piece, index: number) => {
    if (piece === '**/') return '(?:.*/)?';
    // Before other characters (`**.js`): folders, or, as BuildKit has it, anything where no other wildcard follows.
    if (piece === '**') return index + 2 === glob.length || /^\*\*[^*?[\\]+$/.test(glob) ? '.*' : '(?:.*/)?';
    if (piece === '*') return '[^/]*';
    if (piece === '?') return '[^/]';
    if (/^\[.+\]$/.test(piece)) return piece;
    return piece.replace(/^\\(?=.)/, '').replace(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'u');
}

/** Without slashes at both ends and `./`, as Docker cleans paths (`filepath.Clean`). */
function cleaned(line: string): string {
  const parts: string[] = [];
  for (const part of line.split('/')) {
    if (part === '..' && (line.startsWith('/') || !['..', undefined].includes(parts.at(-1)))) parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
