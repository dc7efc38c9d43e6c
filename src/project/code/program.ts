import { posix } from 'node:path';
import { ts } from 'ts-morph';
import { isTypeScript, syntaxErrors } from '../../languages/typescript/parse.js';
import { languageDeclarations } from './language-declarations.js';
import { moduleDeclarations } from './module-declarations.js';
import type { Skipped, Sources } from './sources.js';

/** Where our own declarations of packages lie in the program; the target's files lie in `/target/`. */
const ours = '/declarations/';
const targetFolder = '/target/';

/** Parsed files whose names and types are resolved across files. Nothing of the target is run, and nothing but it is read. */
export interface Program {
  readonly files: readonly ts.SourceFile[];
  readonly checker: ts.TypeChecker;
  /** Files with syntax errors. */
  readonly skipped: readonly Skipped[];
  /** The path of a node's file, relative to the target. */
  readonly pathOf: (node: ts.Node) => string;
}

/** Makes a program of some of a target's files; a file with syntax errors is left out. */
export function createProgram(paths: readonly string[], sources: Sources): Program {
  const skipped: Skipped[] = [];
  const parsed = new Map<string, ts.SourceFile>();
  for (const path of paths) {
    const file = parse(targetFolder + path, sources.texts.get(path) ?? '');
    const [problem] = syntaxErrors(file);
    if (problem === undefined) parsed.set(targetFolder + path, file);
    else skipped.push({ path, line: problem.line, reason: `it is not valid: ${problem.message}` });
  }
  const names = [...parsed.keys()];
  for (const [path, text] of ourFiles) parsed.set(path, parse(path, text));
  const program = ts.createProgram({ rootNames: [...parsed.keys()], options, host: createHost(parsed, sources) });
  return {
    files: names.flatMap((name) => parsed.get(name) ?? []),
    checker: program.getTypeChecker(),
    skipped,
    pathOf: (node) => node.getSourceFile().fileName.slice(targetFolder.length),
  };
}

/** True for a declaration that is ours: of a metrics client, of Express. */
export function isOurDeclaration(node: ts.Node): boolean {
  return node.getSourceFile().fileName.startsWith(ours);
}

const ourFiles = new Map([
  [`${ours}language.d.ts`, languageDeclarations],
  ...Object.entries(moduleDeclarations).map(([name, text]) => [fileOf(name), text] as const),
]);

function fileOf(module: string): string {
  // The successor has the same interface; one set of declarations makes one set of types.
  const name = module === '@prometheus-io/client' ? 'prom-client' : module;
  return `${ours}${name.replace('/', '-')}.d.ts`;
}

const options: ts.CompilerOptions = {
  allowJs: true,
  checkJs: false,
  // Every file is there already: TypeScript would follow the imports by recursion, too deep for a long chain of them.
  noResolve: true,
  types: [],
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  esModuleInterop: true,
  strict: false,
  // Only with it does TypeScript take the type of a property without one from what the constructor assigns.
  noImplicitAny: true,
  jsx: ts.JsxEmit.Preserve,
  experimentalDecorators: true,
};

function createHost(parsed: ReadonlyMap<string, ts.SourceFile>, sources: Sources): ts.CompilerHost {
  const resolve = (specifier: string, from: string): ts.ResolvedModuleFull | undefined => {
    const declared = specifier in moduleDeclarations ? fileOf(specifier) : undefined;
    if (declared !== undefined) return { resolvedFileName: declared, extension: ts.Extension.Dts };
    if (!from.startsWith(targetFolder)) return undefined;
    const path = sources.resolve(from.slice(targetFolder.length), specifier);
    const name = path === undefined ? undefined : targetFolder + path;
    return name !== undefined && parsed.has(name)
      ? { resolvedFileName: name, extension: posix.extname(name) }
      : undefined;
  };
  return {
    getSourceFile: (name) => parsed.get(name),
    getDefaultLibFileName: () => `${ours}language.d.ts`,
    writeFile: () => undefined,
    getCurrentDirectory: () => '/',
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    fileExists: (name) => parsed.has(name),
    readFile: () => undefined,
    resolveModuleNameLiterals: (literals, from) =>
      literals.map(({ text }) => ({ resolvedModule: resolve(text, from) })),
  };
}

function parse(name: string, text: string): ts.SourceFile {
  // A byte order mark in front of `#!` would be an error to the parser, and none to Node.
  const masked = text.startsWith('\uFEFF#!') ? `\uFEFF//${text.slice(3)}` : text;
  const how = { languageVersion: ts.ScriptTarget.ESNext, jsDocParsingMode: ts.JSDocParsingMode.ParseNone };
  // As Babel allows it, every file that is not TypeScript may hold JSX.
  const kind = isTypeScript(name) ? (name.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS) : ts.ScriptKind.JSX;
  return ts.createSourceFile(name, masked, how, true, kind);
}
