import { ts } from 'ts-morph';

/** A place where the parser stumbled. */
export interface SyntaxProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

/**
 * Parses one JavaScript or TypeScript file for positions; nothing is loaded from the disk. Offsets in the tree are UTF-16
 * offsets into `text`, a byte order mark included. The language follows the path's extension; every file that is not
 * TypeScript may hold JSX, as Babel allows it in `.js`.
 */
export function parseSource(path: string, text: string): ts.SourceFile {
  if (latest?.fileName === path && latest.text === maskShebang(text)) return latest;
  latest = parse(path, text);
  return latest;
}

/** Several readers look at one file one after the other, and none changes the tree. */
let latest: ts.SourceFile | undefined;

function parse(path: string, text: string): ts.SourceFile {
  const options: ts.CreateSourceFileOptions = {
    languageVersion: ts.ScriptTarget.Latest,
    jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
  };
  return ts.createSourceFile(path, maskShebang(text), options, true, scriptKind(path));
}

/**
 * What is not valid syntax in the file. Old forms that a sloppy script may use, and that Node runs, do not count: octal
 * numbers (`0755`), octal escapes and decimals with a leading zero.
 */
export function syntaxErrors(file: ts.SourceFile): SyntaxProblem[] {
  return parseDiagnostics(file)
    .filter((diagnostic) => !sloppyModeOnly.has(diagnostic.code))
    .map((diagnostic) => ({
      line: lineAt(file, diagnostic.start ?? 0),
      message: ts.flattenDiagnosticMessageText(diagnostic.messageText, ' '),
    }));
}

/** The line, counted from 1, of an offset. */
export function lineAt(file: ts.SourceFile, offset: number): number {
  return file.getLineAndCharacterOfPosition(offset).line + 1;
}

/** True for `.ts`, `.mts`, `.cts` and `.tsx`. */
export function isTypeScript(path: string): boolean {
  return /\.[mc]?ts$|\.tsx$/i.test(path);
}

/** TypeScript's codes 1121 (octal literal), 1487 (octal escape) and 1489 (decimal with a leading zero). */
const sloppyModeOnly = new Set([1121, 1487, 1489]);

/** The parser keeps its findings on the file; only a whole program offers them through the public interface. */
function parseDiagnostics(file: ts.SourceFile): readonly ts.Diagnostic[] {
  const { parseDiagnostics: found } = file as ts.SourceFile & { parseDiagnostics?: readonly ts.Diagnostic[] };
  if (found === undefined) throw new TypeError('this TypeScript does not keep parse diagnostics on the source file');
  return found;
}

/** Node drops a byte order mark before it looks for `#!`; the parser does not, so it gets a line comment of equal length. */
function maskShebang(text: string): string {
  return text.startsWith('\uFEFF#!') ? `\uFEFF//${text.slice(3)}` : text;
}

function scriptKind(path: string): ts.ScriptKind {
  if (/\.tsx$/i.test(path)) return ts.ScriptKind.TSX;
  return isTypeScript(path) ? ts.ScriptKind.TS : ts.ScriptKind.JSX;
}
