import { ts } from 'ts-morph';
import type { TextEdit } from '../../../languages/splice.js';
import { lineAt } from '../../../languages/typescript/parse.js';
import { areNeedlessWithoutTypes } from './needless-parentheses.js';
import { removeLines } from './whole-lines.js';

/**
 * The edits that turn a TypeScript file into the same JavaScript: types are cut out by their positions in the tree, all
 * else stays as it is written. Only erasable syntax is known (`erasableSyntaxOnly`).
 *
 * @throws TypeError at syntax that has a meaning at run time: enums, namespaces, parameter properties, `import =`.
 */
export function eraseTypes(file: ts.SourceFile): TextEdit[] {
  const edits: TextEdit[] = [];
  const typeOnly: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    refuseUnerasable(file, node);
    if (isTypeOnly(node)) {
      typeOnly.push(node);
      return;
    }
    edits.push(...typesOf(file, node).filter((edit) => edit.length > 0));
    ts.forEachChild(node, (child) => {
      if (!ts.isTypeNode(child) && !ts.isTypeParameterDeclaration(child)) visit(child);
      // A class's `extends Base<T>` is a type node by name, and holds an expression.
      else if (ts.isExpressionWithTypeArguments(child) && !isImplements(child.parent)) visit(child);
    });
  };
  visit(file);
  return withoutNested([...edits, ...removeLines(file, typeOnly)]);
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isIndexSignatureDeclaration(node))
    return true;
  if (ts.isImportDeclaration(node)) return hasOnlyTypes(node.importClause);
  if (ts.isExportDeclaration(node)) return node.isTypeOnly || areTypes(node.exportClause);
  if (hasModifier(node, ts.SyntaxKind.DeclareKeyword)) return true;
  const isOverload =
    ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isConstructorDeclaration(node);
  return (isOverload && node.body === undefined) || isAbstractMember(node);
}

function hasOnlyTypes(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  return clause.name === undefined && areTypes(clause.namedBindings);
}

function areTypes(names: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean {
  if (names === undefined || ts.isNamespaceImport(names) || ts.isNamespaceExport(names)) return false;
  return names.elements.length > 0 && [...names.elements].every((element) => element.isTypeOnly);
}

function isAbstractMember(node: ts.Node): boolean {
  return ts.isClassElement(node) && hasModifier(node, ts.SyntaxKind.AbstractKeyword);
}

function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind);
}

/** What of a node itself is type syntax; its children are looked at for themselves. */
function typesOf(file: ts.SourceFile, node: ts.Node): TextEdit[] {
  if (ts.isImportSpecifier(node) || ts.isExportSpecifier(node))
    return node.isTypeOnly ? [removeElement(file, node)] : [];
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isNonNullExpression(node)) {
    return [cut(node.expression.end, node.end)];
  }
  if (ts.isParenthesizedExpression(node) && areNeedlessWithoutTypes(node)) {
    return [cut(node.getStart(file), node.expression.getStart(file)), cut(node.expression.end, node.end)];
  }
  return [
    ...modifierEdits(file, node),
    ...annotationEdits(file, node),
    ...argumentEdits(file, node),
    ...heritageEdits(node),
  ];
}

const typeModifiers: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.PublicKeyword,
  ts.SyntaxKind.PrivateKeyword,
  ts.SyntaxKind.ProtectedKeyword,
  ts.SyntaxKind.ReadonlyKeyword,
  ts.SyntaxKind.AbstractKeyword,
  ts.SyntaxKind.OverrideKeyword,
]);

function modifierEdits(file: ts.SourceFile, node: ts.Node): TextEdit[] {
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  return modifiers
    .filter((modifier) => typeModifiers.has(modifier.kind))
    .map((modifier) => cut(modifier.getStart(file), skipSpace(file.text, modifier.end)));
}

/** `?: Type`, `!: Type` and a function's return type. */
function annotationEdits(file: ts.SourceFile, node: ts.Node): TextEdit[] {
  if (ts.isParameter(node) && node.name.getText(file) === 'this') return [removeElement(file, node)];
  if (ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node)) {
    const mark = ts.isVariableDeclaration(node) ? node.exclamationToken : (node.questionToken ?? exclamation(node));
    return [cut(node.name.end, node.type?.end ?? mark?.end ?? node.name.end)];
  }
  if (!ts.isFunctionLike(node) || node.type === undefined) return [];
  return [cut(file.text.lastIndexOf(')', colonBefore(file, node.type)) + 1, node.type.end)];
}

function exclamation(node: ts.ParameterDeclaration | ts.PropertyDeclaration): ts.Node | undefined {
  return ts.isPropertyDeclaration(node) ? node.exclamationToken : undefined;
}

/** The colon of an annotation is the last token before the type. */
function colonBefore(file: ts.SourceFile, type: ts.TypeNode): number {
  return file.text.lastIndexOf(':', type.getStart(file));
}

/** Type parameters and type arguments: the brackets stand directly around the list. */
function argumentEdits(file: ts.SourceFile, node: ts.Node): TextEdit[] {
  const list = typeList(node);
  if (list === undefined) return [];
  return [cut(list.pos - 1, file.text.indexOf('>', list.end) + 1)];
}

function typeList(node: ts.Node): ts.NodeArray<ts.Node> | undefined {
  if (ts.isFunctionLike(node) || ts.isClassLike(node)) return node.typeParameters;
  const takesArguments =
    ts.isCallExpression(node) ||
    ts.isNewExpression(node) ||
    ts.isTaggedTemplateExpression(node) ||
    ts.isExpressionWithTypeArguments(node);
  return takesArguments ? node.typeArguments : undefined;
}

function heritageEdits(node: ts.Node): TextEdit[] {
  if (!ts.isClassLike(node)) return [];
  return (node.heritageClauses ?? []).filter(isImplements).map((clause) => cut(clause.pos, clause.end));
}

function isImplements(node: ts.Node): boolean {
  return ts.isHeritageClause(node) && node.token === ts.SyntaxKind.ImplementsKeyword;
}

/** Takes an element out of a list with the comma that follows it. */
function removeElement(file: ts.SourceFile, node: ts.Node): TextEdit {
  const { text } = file;
  const comma = /^\s*,/.exec(text.slice(node.end));
  const start = node.getStart(file);
  if (comma === null) return removeLastElement(text, start, node.end);
  const end = node.end + comma[0].length;
  const lineStart = text.lastIndexOf('\n', start) + 1;
  const isAlone = text.slice(lineStart, start).trim() === '' && /^[ \t]*\n/.test(text.slice(end));
  return isAlone ? cut(lineStart, text.indexOf('\n', end) + 1) : cut(start, skipSpace(text, end));
}

/** The last one has its comma, if any, before it. */
function removeLastElement(text: string, start: number, end: number): TextEdit {
  const comma = /,\s*$/.exec(text.slice(0, start));
  return cut(comma === null ? start : start - comma[0].length, end);
}

function refuseUnerasable(file: ts.SourceFile, node: ts.Node): void {
  const isParameterProperty = ts.isParameter(node) && (node.modifiers ?? []).length > 0;
  const isUnerasable =
    isParameterProperty ||
    ts.isEnumDeclaration(node) ||
    ts.isModuleDeclaration(node) ||
    ts.isImportEqualsDeclaration(node) ||
    ts.isTypeAssertionExpression(node) ||
    (ts.isExportAssignment(node) && node.isExportEquals === true);
  if (!isUnerasable) return;
  throw new TypeError(`line ${lineAt(file, node.getStart(file))}: ${ts.SyntaxKind[node.kind]} cannot be erased`);
}

function cut(start: number, end: number): TextEdit {
  return { offset: start, length: end - start, text: '' };
}

function skipSpace(text: string, offset: number): number {
  return offset + (/^\s*/.exec(text.slice(offset))?.[0].length ?? 0);
}

/** Two neighbours that are taken out may share white space, and a whole that is taken out needs no edits of its parts. */
function withoutNested(edits: readonly TextEdit[]): TextEdit[] {
  const result: TextEdit[] = [];
  let end = 0;
  for (const edit of [...edits].sort((a, b) => a.offset - b.offset || b.length - a.length)) {
    const offset = Math.max(edit.offset, end);
    const length = edit.offset + edit.length - offset;
    if (length <= 0) continue;
    result.push({ ...edit, offset, length });
    end = offset + length;
  }
  return result;
}
