import { ts } from 'ts-morph';
import { splice, type TextEdit } from '../../../languages/splice.js';
import { lineAt } from '../../../languages/typescript/parse.js';
import { walk } from '../../../languages/typescript/walk.js';
import { exampleEdits } from './commonjs-examples.js';
import { collectNames, type ModuleNames } from './module-names.js';
import { namesList } from './names-list.js';
import { withUseStrict } from './use-strict.js';
import { removeLines } from './whole-lines.js';

/**
 * An ES module in the canonical style as a CommonJS module: imports become `require` where they stand, what is exported is
 * exported at the end.
 *
 * @throws TypeError at a default import or export, `export *`, `import.meta`, and `await` outside of functions.
 */
export function toCommonJs(file: ts.SourceFile, useStrict: boolean): string {
  refuseUnknown(file);
  const names = collectNames(file);
  const edits = [
    ...file.statements.flatMap((statement) => statementEdits(file, statement, names)),
    ...exampleEdits(file),
  ];
  const text = splice(file.text, edits);
  const exported = names.exports.length === 0 ? '' : `\nmodule.exports = ${namesList(names.exports)};\n`;
  const whole = `${text.trimEnd()}\n${exported}`;
  return useStrict ? withUseStrict(whole) : whole;
}

function statementEdits(file: ts.SourceFile, statement: ts.Statement, names: ModuleNames): TextEdit[] {
  if (ts.isImportDeclaration(statement)) return [replace(file, statement, requireOf(file, statement))];
  if (ts.isExportDeclaration(statement)) return exportEdits(file, statement, names);
  const modifier = ts.canHaveModifiers(statement) ? ts.getModifiers(statement)?.find(isExport) : undefined;
  if (modifier === undefined) return [];
  return [{ offset: modifier.getStart(file), length: 'export '.length, text: '' }];
}

function isExport(modifier: ts.Modifier): boolean {
  return modifier.kind === ts.SyntaxKind.ExportKeyword;
}

function replace(file: ts.SourceFile, node: ts.Node, text: string): TextEdit {
  const start = node.getStart(file);
  return { offset: start, length: node.end - start, text };
}

function requireOf(file: ts.SourceFile, { importClause, moduleSpecifier }: ts.ImportDeclaration): string {
  const load = `require(${moduleSpecifier.getText(file)});`;
  const bindings = importClause?.namedBindings;
  if (bindings === undefined) return load;
  if (ts.isNamespaceImport(bindings)) return `const ${bindings.name.text} = ${load}`;
  const elements = bindings.elements.map(({ propertyName, name }) => ({
    from: (propertyName ?? name).text,
    to: name.text,
  }));
  return `const ${namesList(elements, load.length)} = ${load}`;
}

/** `export { a } from 'x'` needs a `require`, unless the same is imported anyway; `export { a }` needs nothing here. */
function exportEdits(file: ts.SourceFile, statement: ts.ExportDeclaration, names: ModuleNames): TextEdit[] {
  const { moduleSpecifier } = statement;
  const needed = names.reexports.filter((name) => name.statement === statement);
  if (moduleSpecifier === undefined || needed.length === 0) return removeLines(file, [statement]);
  const load = `require(${moduleSpecifier.getText(file)});`;
  return [replace(file, statement, `const ${namesList(needed, load.length)} = ${load}`)];
}

function refuseUnknown(file: ts.SourceFile): void {
  walk(file, (node) => {
    const what = unknownSyntax(node);
    if (what !== undefined) throw new TypeError(`line ${lineAt(file, node.getStart(file))}: ${what} in CommonJS`);
  });
}

function unknownSyntax(node: ts.Node): string | undefined {
  if (ts.isImportClause(node) && node.name !== undefined) return 'a default import';
  if (ts.isExportAssignment(node)) return 'a default export';
  if (ts.isModifier(node) && node.kind === ts.SyntaxKind.DefaultKeyword) return 'a default export';
  if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) return 'import.meta';
  if (ts.isExportDeclaration(node) && (node.exportClause === undefined || ts.isNamespaceExport(node.exportClause))) {
    return 'export *';
  }
  const isTopLevel = ts.findAncestor(node, ts.isFunctionLike) === undefined;
  return ts.isAwaitExpression(node) && isTopLevel ? 'await outside of functions' : undefined;
}
