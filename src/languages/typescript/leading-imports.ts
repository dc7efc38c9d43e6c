import { isBuiltin } from 'node:module';
import { ts } from 'ts-morph';
import { specifiersIn } from './imports.js';
import { isBindingName } from './names.js';
import { walk } from './walk.js';

/**
 * Modules that only work when they are loaded before everything else: what sets the environment, agents that patch other
 * modules, polyfills, and hooks into the module loader. Each says so in its own documentation.
 */
const packages = new RegExp(
  `^(${[
    // environment
    'dotenv(-\\w+)?(/.*)?',
    '@dotenvx/dotenvx(/.*)?',
    // agents
    'newrelic',
    'dd-trace(/.*)?',
    '@opentelemetry/.*',
    'elastic-apm-node(/.*)?',
    '@sentry/.*',
    '@google-cloud/(trace|debug|profiler)(-agent)?',
    'applicationinsights',
    '@azure/monitor-opentelemetry',
    'appdynamics',
    '@instana/collector(/.*)?',
    '@splunk/otel(/.*)?',
    // polyfills and patches of the language
    'reflect-metadata(/.*)?',
    'core-js(/.*)?',
    'regenerator-runtime(/.*)?',
    '@babel/polyfill',
    'babel-polyfill',
    'zone\\.js(/.*)?',
    'express-async-errors',
    // loader hooks
    '(ts-node|tsx|sucrase|@swc-node)/register(/.*)?',
    '@(babel|swc)/register',
    'babel(-core)?[-/]register',
    'esbuild-register(/.*)?',
    'source-map-support(/.*)?',
    'tsconfig-paths(/.*)?',
    'module-alias(/.*)?',
    'app-module-path(/.*)?',
    'esm',
  ].join('|')})$`,
);

/** The usual names of a project's own file that starts an agent. */
const ownAgent =
  /^\.{1,2}\/(.*\/)?(instrument|instrumentation|tracing|tracer|otel|opentelemetry|telemetry|apm|newrelic|sentry|datadog)(\/index)?(\.[mc]?[jt]s)?$/i;

/** Project files that set the environment; only when imported for nothing else. */
const ownEnvironment = /^\.{1,2}\/(.*\/)?(env|dotenv|load-?env|polyfills?)(\/index)?(\.[mc]?[jt]s)?$/i;

/**
 * The last of the statements that must run before any other module is loaded (`import 'dotenv/config'`,
 * `require('newrelic')`, `Sentry.init(…)`), or undefined. Only those count that come before the first import of anything
 * else; built-in modules and own declarations in between do not matter, as nothing of the app is loaded by them.
 */
export function lastLeadingStatement(statements: readonly ts.Statement[]): ts.Statement | undefined {
  const names = new Set<string>();
  let last: ts.Statement | undefined;
  for (const statement of statements) {
    const loads = specifiersIn(statement).filter((load) => !load.typeOnly);
    const leading = loads.filter((load) => isLeading(load.specifier, statement));
    if (loads.length > leading.length + loads.filter((load) => isBuiltin(load.specifier)).length) break;
    if (leading.length > 0 || mentions(statement, names)) {
      last = statement;
      addDeclaredNames(statement, names);
    }
  }
  return last;
}

function isLeading(specifier: string, statement: ts.Statement): boolean {
  if (packages.test(specifier) || ownAgent.test(specifier)) return true;
  return ownEnvironment.test(specifier) && isBare(statement);
}

/** `import 'x'` or `require('x')` as a statement of its own. */
function isBare(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement)) return statement.importClause === undefined;
  return ts.isExpressionStatement(statement) && ts.isCallExpression(statement.expression);
}

function addDeclaredNames(statement: ts.Statement, names: Set<string>): void {
  walk(statement, (node) => {
    if (ts.isIdentifier(node) && isBindingName(node)) names.add(node.text);
  });
}

function mentions(statement: ts.Statement, names: ReadonlySet<string>): boolean {
  let found = false;
  walk(statement, (node) => {
    if (ts.isIdentifier(node) && names.has(node.text)) found = true;
    return !found;
  });
  return found;
}
