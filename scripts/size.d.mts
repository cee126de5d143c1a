// The types of scripts/size.mjs, which is JavaScript so that it runs without a build.

/** One measured import: its label in the README and its size, minified and gzipped. */
export interface SizeRow {
  readonly label: string;
  readonly bytes: number;
}

/** The README's section, with its markers. */
export const markers: RegExp;

/** Bundles and measures every subject. */
export function measure(): Promise<SizeRow[]>;

/** The table as Markdown. */
export function table(rows: readonly SizeRow[]): string;
