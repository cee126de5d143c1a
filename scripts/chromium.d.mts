// The types of scripts/chromium.mjs, which is JavaScript so that it runs without a build.

/** The options of Playwright's `launch`. */
export const chromiumOptions: { readonly executablePath?: string; readonly args: string[] };
