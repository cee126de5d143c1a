// The types of scripts/run.mjs, which is JavaScript so that it runs before anything is installed.

/** The folder of package.json. */
export const root: string;

/** True on a continuous-integration machine. */
export const isCi: boolean;

/** The Node of the devDependency `node`, or the running one. */
export function localNode(): string;

/** Runs a program to its end; never rejects. */
export function run(
  command: string,
  args: readonly string[],
  options?: {
    readonly show?: boolean;
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    readonly timeoutMs?: number;
  },
): Promise<{ code: number; output: string }>;
