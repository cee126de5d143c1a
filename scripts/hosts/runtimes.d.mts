// The types of scripts/hosts/runtimes.mjs, which is JavaScript so that it runs without a build.

/** The package.json of the folder of hosts. */
export const runtimes: string;

/** The path of something in its node_modules. */
export function installed(path: string): string;

/** The version that is installed of one of its packages. */
export function versionOf(name: string): string;
