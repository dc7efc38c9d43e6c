import type { Node } from 'web-tree-sitter';
import { pythonGrammar } from '../../package-files.js';

export type SyntaxNode = Node;

/** A Python file's text and its tree. Offsets in the tree are UTF-16 offsets into `text`, a byte order mark included. */
export interface PythonSource {
  readonly text: string;
  /** The node `module`. */
  readonly root: SyntaxNode;
}

/** Parses texts at once; only getting one takes time. */
export interface PythonParser {
  parse(text: string): PythonSource;
}

/** A place that is not valid Python 3. */
export interface PythonProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
}

let loading: Promise<PythonParser> | undefined;

/** The parser of this process: WebAssembly, which is loaded at the first call and not before a Python file is there. */
export function pythonParser(): Promise<PythonParser> {
  loading ??= load();
  return loading;
}

async function load(): Promise<PythonParser> {
  const { Language, Parser } = await import('web-tree-sitter');
  await Parser.init();
  const parser = new Parser().setLanguage(await Language.load(pythonGrammar()));
  return {
    parse(text) {
      const tree = parser.parse(text);
      if (tree === null) throw new TypeError('the Python grammar is not loaded');
      return { text, root: tree.rootNode };
    },
  };
}

/**
 * The first place where a file is not valid Python 3; undefined when there is none. The parser makes sense of every text,
 * and takes Python 2's `print` and `exec` statements too.
 */
export function syntaxProblem({ text, root }: PythonSource): PythonProblem | undefined {
  const bare = /\r(?!\n)/.exec(text);
  if (bare !== null) return { line: lineAt(text, bare.index), message: 'a line ends in a carriage return alone' };
  const fault = root.hasError ? firstFault(root) : undefined;
  if (fault !== undefined) {
    const found = text.slice(fault.startIndex, fault.endIndex).split(/\r?\n/)[0]?.trim().slice(0, 60) ?? '';
    const message = fault.isMissing ? `${fault.type} is missing` : `unexpected ${found === '' ? 'end' : `"${found}"`}`;
    return { line: lineAt(text, fault.startIndex), message };
  }
  // `print >>stream, "x"` is an expression in Python 3 (a useless one), and a statement for the parser.
  const old = root
    .descendantsOfType(['print_statement', 'exec_statement'])
    .find(({ namedChildren }) => namedChildren[0]?.type !== 'chevron');
  return old && { line: lineAt(text, old.startIndex), message: `${old.type.replace('_', ' ')} of Python 2` };
}

/** The line, counted from 1, of an offset. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** The innermost first error: an outer one may span the whole file. */
function firstFault(node: SyntaxNode): SyntaxNode | undefined {
  if (node.isMissing) return node;
  for (const child of node.children) {
    const found = child.hasError || child.isMissing || child.isError ? firstFault(child) : undefined;
    if (found !== undefined) return found;
  }
  return node.isError ? node : undefined;
}
