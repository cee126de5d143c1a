// The types of scripts/worker-source.mjs that Vitest's configuration and tests look at.

import type { Plugin } from "vite";

/** Vite's plugin for the modules `worker-source:PATH`, for hosts of these conditions. */
export function viteWorkerSources(conditions: readonly string[]): Plugin;

/** Bundles `test/<path>`; resolves with a module that exports its text. `options` are esbuild's. */
export function workerSource(path: string, options: object): Promise<string>;
