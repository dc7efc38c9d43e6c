import { createRequire } from 'node:module';
import { posix } from 'node:path';
import { javascriptLiteral } from '../../languages/javascript-literal.js';
import type { TextStyle } from '../../languages/style.js';
import { defaultBuckets } from '../../metrics/buckets.js';
import { catalogueFor } from '../../metrics/catalogue.js';
import { compiledTemplate, precompiledTemplate } from '../../package-files.js';
import type { ModuleKind } from '../../project/module-kind.js';
import type { Answers } from '../../wizard/answers.js';
import type { GeneratedFile } from '../generated-file.js';
import type { RedisClient } from './dependency.js';
import { sealedHeader } from './header.js';
import { formName } from './render/compile-module.js';
import { fillMarks } from './render/marks.js';
import { type ModuleTemplate, templatesFor } from './templates.js';

/** Without the compiler, which is loaded by the build only; the package has no types for this part of it. */
const runtime = createRequire(import.meta.url)('handlebars/runtime.js') as typeof import('handlebars');

/** The client as the templates import it. */
const clientSpecifier = /(\bfrom ['"]|\brequire\(['"])prom-client(['"])/g;

/** What the generated files depend on besides the answers. */
export interface Surroundings {
  /** The ESLint plugin that forbids blanket directives, where the target has it. */
  readonly commentRules?: string | undefined;
  /** Whether the service is started by the generated launcher. */
  readonly launcher?: boolean;
  /** What connects to Redis, where metrics are kept there. */
  readonly redisClient?: RedisClient | undefined;
  /** Whether the app's own CommonJS begins with 'use strict', so that its linter may ask it of the user's file, too. */
  readonly useStrict?: boolean;
}

/**
 * The metrics folder's files for an app, in its language, module system and style.
 *
 * @param folder where they go, relative to the target
 */
export function generateModules(
  folder: string,
  kind: ModuleKind,
  style: TextStyle,
  answers: Answers,
  { commentRules, launcher = false, redisClient, useStrict = false }: Surroundings = {},
): GeneratedFile[] {
  const holes = { ...holesFor(answers, launcher), redis: redisClient !== undefined };
  return templatesFor(answers, launcher, redisClient).map((template) => {
    const body = generateBody(template, kind, style, holes).replace(clientSpecifier, `$1${answers.client}$2`);
    const ownHead = useStrict && kind.syntax === 'cjs' ? strictDirective(style) : '';
    const head = template.kind === 'sealed' ? sealedHeader(template.about, body, kind, style, commentRules) : ownHead;
    return { path: posix.join(folder, template.name + kind.extension), text: head + body, kind: template.kind };
  });
}

function generateBody(template: ModuleTemplate, kind: ModuleKind, style: TextStyle, holes: object): string {
  const form = formName({ language: kind.language, module: kind.syntax });
  const hasHoles = template.file.endsWith('.hbs');
  const text = hasHoles ? fillIn(form, template.file, style, holes) : compiledTemplate(form, template.file);
  return fillMarks(text, kind.specifierExtension, style);
}

function strictDirective({ quote, semicolons, eol }: TextStyle): string {
  return `${quote}use strict${quote}${semicolons ? ';' : ''}${eol}${eol}`;
}

/** Puts the answers into a template with holes; each goes through the encoder for JavaScript. */
function fillIn(form: string, file: string, style: TextStyle, holes: object): string {
  const handlebars = runtime.create();
  handlebars.registerHelper('literal', (value: unknown) => javascriptLiteral(value, style.quote));
  const fill = handlebars.template(precompiledTemplate(form, file) as TemplateSpecification);
  return fill(holes);
}

function holesFor(answers: Answers, launcher: boolean): object {
  return {
    application: answers.appTag,
    metricsPath: answers.metricsPath,
    ...catalogueFor({ flavour: 'node', prefix: answers.prefix, multiprocess: true, redis: true }).metrics,
    excludedPaths: answers.excludePaths,
    metricsPort: answers.metricsPort,
    workers: launcher ? answers.workers : undefined,
    durationBuckets: answers.buckets ?? defaultBuckets,
  };
}
