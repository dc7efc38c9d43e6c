import { ts } from 'ts-morph';

/** Which declaration a name refers to, by the language's scoping rules. */
export interface Scope {
  /** The symbol that an identifier refers to or declares; undefined for a global or an unknown name. */
  symbolOf(identifier: ts.Identifier): ts.Symbol | undefined;
}

/**
 * Scopes of one file, resolved by TypeScript's own binder. The program has this one file: no library, no imports followed,
 * nothing read from the disk (measured: 2 to 4 ms a file).
 */
export function createScope(file: ts.SourceFile): Scope {
  let made: ts.TypeChecker | undefined;
  return {
    symbolOf(identifier) {
      made ??= oneFileProgram(file).getTypeChecker();
      const checker = made;
      const { parent } = identifier;
      if (ts.isShorthandPropertyAssignment(parent)) return checker.getShorthandAssignmentValueSymbol(parent);
      if (ts.isExportSpecifier(parent)) return checker.getExportSpecifierLocalTargetSymbol(parent);
      return checker.getSymbolAtLocation(identifier);
    },
  };
}

function oneFileProgram(file: ts.SourceFile): ts.Program {
  // A program takes no file without a known extension (bin/www), and the name matters to nobody here.
  const name = `/file${/\.[mc]?[jt]sx?$/i.exec(file.fileName)?.[0] ?? '.js'}`;
  const host: ts.CompilerHost = {
    getSourceFile: (wanted) => (wanted === name ? file : undefined),
    getDefaultLibFileName: () => 'lib.d.ts',
    writeFile: () => undefined,
    getCurrentDirectory: () => '/',
    getCanonicalFileName: (fileName) => fileName,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: (wanted) => wanted === name,
    readFile: () => undefined,
  };
  const options: ts.CompilerOptions = {
    allowJs: true,
    noResolve: true,
    noLib: true,
    types: [],
    target: ts.ScriptTarget.Latest,
    module: ts.ModuleKind.ESNext,
  };
  return ts.createProgram({ rootNames: [name], options, host });
}
