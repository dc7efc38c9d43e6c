import { Document } from 'yaml';
import { madeBy } from '../../made-by.js';

// YAML 1.1's words (yes, 0o7, 1_000, 12:30) are quoted too: Go's parsers, Kubernetes' above all, take them for no text.
const schema = { version: '1.1' } as const;
const layout = { lineWidth: 0, indentSeq: true } as const;

/** A YAML document, to be commented before it is written. */
export function yamlDocument(value: unknown): Document {
  return new Document(value, { ...schema, aliasDuplicateObjects: false });
}

/** The text of a document. */
export function yamlText(document: Document): string {
  return document.toString(layout);
}

/**
 * The text of a sealed YAML file: one that an update replaces whole, headed by who made it and why it is there.
 *
 * @param about one sentence
 * @param value what the document holds
 * @param yours where what the user adds goes, one sentence; nothing where there is no place for it
 */
export function sealedYaml(about: string, value: unknown, yours?: string): string {
  const body = yamlText(yamlDocument(value));
  const notes = ['Please do not edit: an update replaces this file whole.', ...(yours === undefined ? [] : [yours])];
  return `# ${madeBy(body)}: ${about}
# ${notes.join(' ')}
${body}`;
}
