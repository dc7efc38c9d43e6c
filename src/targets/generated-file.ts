/** A file to be created in the target. */
export interface GeneratedFile {
  /** Relative to the target. */
  readonly path: string;
  readonly text: string;
  readonly kind: 'sealed' | 'seeded';
}
