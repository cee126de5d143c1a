// What a Markdown document says outside of its code, and where it leads.
//
// Owns the reading of links, for the tests that follow them: test/docs.test.ts in the repository,
// test/packaging/tarball.test.ts in what is shipped. Judges nothing.

/** The text without its code. */
function prose(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
}

/** Where its links lead, as they are written. */
export function linksOf(text: string): string[] {
  return [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
}
