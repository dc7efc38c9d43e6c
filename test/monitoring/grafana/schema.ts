import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnySchemaObject } from 'ajv';
import ts from 'typescript';

// JSON Schemas of dashboards, made from the types of Grafana's own SDK, which Grafana generates from its sources (the
// published JSON Schemas come out of the same generator; they ask for objects where any value may stand, so that no
// dashboard with an override passes them). Stricter than Grafana: a property that the types lack is refused.

const SDK = fileURLToPath(new URL('../../../node_modules/@grafana/grafana-foundation-sdk/dist/', import.meta.url));

/** The packages of the SDK whose types are needed. */
const PACKAGES = ['dashboard', 'prometheus', 'timeseries', 'stat', 'heatmap', 'table', 'statetimeline'];

/** Makes the schema of a type of one of the SDK's packages. */
export function schemaReader(): (packageName: string, type: string) => AnySchemaObject {
  const files = PACKAGES.map((name) => path.join(SDK, name, 'types.gen.d.ts'));
  const options = { strict: true, module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10 };
  const program = ts.createProgram(files, { ...options, ignoreDeprecations: '6.0', types: [] });
  const checker = program.getTypeChecker();
  return (packageName, typeName) => {
    const source = program.getSourceFile(path.join(SDK, packageName, 'types.gen.d.ts'));
    const module = source && checker.getSymbolAtLocation(source);
    const symbol = module && checker.getExportsOfModule(module).find(({ name }) => name === typeName);
    if (symbol === undefined) throw new Error(`the SDK has no ${packageName}.${typeName}`);
    return new Conversion(checker).schemaFile(checker.getDeclaredTypeOfSymbol(symbol));
  };
}

class Conversion {
  private readonly checker: ts.TypeChecker;
  /** Objects by their type, so that those that hold themselves end. */
  private readonly names = new Map<ts.Type, string>();
  private readonly definitions: Record<string, AnySchemaObject> = {};

  constructor(checker: ts.TypeChecker) {
    this.checker = checker;
  }

  schemaFile(type: ts.Type): AnySchemaObject {
    return { ...this.schema(type), definitions: this.definitions };
  }

  private schema(type: ts.Type): AnySchemaObject {
    const { TypeFlags } = ts;
    if (type.flags & (TypeFlags.Any | TypeFlags.Unknown)) return {};
    if (type.flags & TypeFlags.Null) return { type: 'null' };
    if (type.flags & TypeFlags.BooleanLiteral) return { const: this.checker.typeToString(type) === 'true' };
    if (type.isStringLiteral() || type.isNumberLiteral()) return { const: type.value };
    if (type.isUnion()) return { anyOf: type.types.filter(isNotUndefined).map((one) => this.schema(one)) };
    if (type.flags & TypeFlags.String) return { type: 'string' };
    if (type.flags & TypeFlags.Number) return { type: 'number' };
    if (type.flags & TypeFlags.Boolean) return { type: 'boolean' };
    if (this.checker.isArrayType(type)) {
      const [item] = this.checker.getTypeArguments(type as ts.TypeReference);
      return { type: 'array', items: item === undefined ? {} : this.schema(item) };
    }
    if (type.flags & TypeFlags.Object) return { $ref: `#/definitions/${this.define(type)}` };
    throw new Error(`no JSON has the type ${this.checker.typeToString(type)}`);
  }

  private define(type: ts.Type): string {
    const known = this.names.get(type);
    if (known !== undefined) return known;
    const name = `${this.names.size}`;
    this.names.set(type, name);
    this.definitions[name] = this.object(type);
    return name;
  }

  private object(type: ts.Type): AnySchemaObject {
    const indexed = this.checker.getIndexInfoOfType(type, ts.IndexKind.String);
    if (indexed !== undefined) return { type: 'object', additionalProperties: this.schema(indexed.type) };
    const properties = this.checker.getPropertiesOfType(type).filter((property) => !this.isMethod(property));
    // A marker that stands for the queries of any data source.
    if (properties.length === 0) return { type: 'object' };
    return {
      type: 'object',
      additionalProperties: false,
      required: properties.filter((one) => !(one.flags & ts.SymbolFlags.Optional)).map(({ name }) => name),
      properties: Object.fromEntries(
        properties.map((one) => [one.name, this.schema(this.checker.getTypeOfSymbol(one))]),
      ),
    };
  }

  private isMethod(property: ts.Symbol): boolean {
    return this.checker.getTypeOfSymbol(property).getCallSignatures().length > 0;
  }
}

function isNotUndefined(type: ts.Type): boolean {
  return !(type.flags & ts.TypeFlags.Undefined);
}
