import type { Plugin } from "vite";

/** Vite's plugin for the modules `worker-source:PATH`, for hosts of these conditions. */
export function viteWorkerSources(conditions: readonly string[]): Plugin;
