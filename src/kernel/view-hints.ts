// Hints for developers about views, where a host's `development` build asks for them.
//
// Owns one check: a view that gives the same object although a handler changed what is in it never
// notifies, the commonest mistake with snapshots, and silent. It freezes nothing and throws nothing.

/** What a development platform adds: see {@link Platform.inspectView}. */
export interface ViewHints {
  /** Hints are worth their cost here. */
  readonly development: true;
  /** Gives the check of one process's view, to be called with each value of it. */
  readonly inspectView: (label: string) => (value: unknown) => void;
}

/** Makes the hints of a platform. `warn` is told of each view once, in words. */
export function viewHints(warn: (message: string) => void): ViewHints {
  return {
    development: true,
    inspectView(label) {
      let last: unknown;
      let lastShape: string | undefined;
      let warned = false;
      return (value) => {
        if (warned || typeof value !== "object" || value === null) return;
        let shape: string | undefined;
        try {
          shape = JSON.stringify(value);
        } catch {
          return;
        }
        if (value === last && shape !== lastShape) {
          warned = true;
          warn(
            `The view of ${label} gave the same object after a handler had changed it, so nobody ` +
              `is told; give a new object from view, or replace self.state instead of mutating it`,
          );
        }
        last = value;
        lastShape = shape;
      };
    },
  };
}
