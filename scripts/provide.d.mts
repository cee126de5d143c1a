// The types of scripts/provide.mjs, which is JavaScript so that it runs before anything is installed.

/** Installs the hosts of test/hosts/runtimes; false if that failed. */
export function provideHosts(): Promise<boolean>;

/** Installs the libraries that the benchmark runs beside troupe; false if that failed. */
export function provideRivals(): Promise<boolean>;

/** Installs the libraries that the benchmark runs beside troupe's realms; false if that failed. */
export function provideRealmRivals(): Promise<boolean>;
