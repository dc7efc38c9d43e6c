import { ts } from 'ts-morph';
import { parseSource } from '../../../../src/languages/typescript/parse.js';

/** The tokens of a file, without comments, white space and the commas at the end of lists. */
export function tokensOf(path: string, text: string): string[] {
  const file = parseSource(path, text);
  const tokens = leaves(file, file);
  return tokens.filter((token, index) => token !== ',' || !/^[)\]}]$/.test(tokens[index + 1] ?? ''));
}

function leaves(file: ts.SourceFile, node: ts.Node): string[] {
  const children = node.getChildren(file);
  if (children.length > 0) return children.flatMap((child) => leaves(file, child));
  const text = node.getText(file);
  return text === '' ? [] : [text];
}

/** What TypeScript itself makes of a template. */
export function transpiled(source: string): string {
  const compilerOptions: ts.CompilerOptions = {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
  };
  return ts.transpileModule(source, { compilerOptions, fileName: 'template.ts' }).outputText;
}
