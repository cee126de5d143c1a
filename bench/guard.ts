// The end of both guards: on a machine that others use too, what slips is measured again, in new processes.
//
// Owns how often, and what is printed at the end. Bounds stay, those of goals.ts: it fails for what slips each
// time, as code does that has become slow. A process that was slow from its start to its end, beside whatever
// ran there, is not met again.

/** How often the guard measures what slips. */
const ATTEMPTS = 4;

/** A slip without its figures. */
const nameOf = (slip: string): string => slip.slice(0, slip.lastIndexOf(": "));

/** What slips each time: `first` is what did so already, `again` measures what it is given once more. */
export async function slipsEachTime(
  first: readonly string[],
  again: (slipped: readonly string[]) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  let slipped = first;
  for (let attempt = 2; attempt <= ATTEMPTS && slipped.length > 0; attempt++) {
    console.log(`again    in new processes: ${slipped.join("; ")}`);
    const before = slipped.map(nameOf);
    slipped = (await again(slipped)).filter((slip) => before.includes(nameOf(slip)));
  }
  return slipped;
}

/** Fails for what slips each time, of `count` goals: `again` measures those of them that it is given. */
export async function finishGuard<Goal extends { readonly name: string }>(
  goals: readonly Goal[],
  count: number,
  first: readonly string[],
  again: (slipped: readonly Goal[]) => Promise<readonly string[]>,
): Promise<void> {
  const found = await slipsEachTime(first, (slipped) =>
    again(goals.filter(({ name }) => slipped.some((slip) => slip.startsWith(`${name} on `)))),
  );
  for (const slip of found) console.log(`failed   ${slip}`);
  console.log(`${count - found.length} passed, ${found.length} failed`);
  process.exitCode = found.length > 0 ? 1 : 0;
}
