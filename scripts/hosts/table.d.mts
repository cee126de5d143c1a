// The types of scripts/hosts/table.mjs, which is JavaScript so that it runs without a build.

/** What became of a group of suites on a host. */
export interface GroupCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** One host of docs/hosts.json. */
export interface HostRow {
  readonly name: string;
  readonly version: string;
  readonly groups: Readonly<Record<string, GroupCounts>>;
  /** How many tests were skipped for each capability that the host lacks. */
  readonly skips?: Readonly<Record<string, number>>;
}

/** docs/hosts.json. */
export interface HostMatrix {
  readonly passed: number;
  readonly skipped: number;
  readonly hosts: readonly HostRow[];
}

/** The README's section, with its markers. */
export const markers: RegExp;

/** The path of docs/hosts.json. */
export const jsonPath: string;

/** The matrix as data. */
export function matrixOf(rows: readonly HostRow[]): HostMatrix;

/** The table as Markdown. */
export function table(matrix: HostMatrix): string;
