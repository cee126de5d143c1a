// accepts: the check of a handler's arguments against schemas, before anything is sent.
//
// Owns the reading of Standard Schema (https://standardschema.dev), by its interface alone, so that
// any library that speaks it will do. It holds no schema of its own. Asynchronous schemas are refused:
// an argument must be good or bad at the moment it is sent.

import { printed } from "../kernel/exit-reason.js";

/** The part of the Standard Schema interface that is used here. */
export interface StandardSchema {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => unknown;
  };
}

interface Issue {
  readonly message: string;
}

/** Makes the check of one handler, or throws TypeError if its schemas are not schemas. */
export function argumentCheck(
  where: string,
  schemas: unknown,
): ((args: readonly unknown[]) => readonly unknown[]) | null {
  if (schemas === undefined) return null;
  if (!Array.isArray(schemas) || !schemas.every(isSchema)) {
    throw new TypeError(
      `accepts of ${where} is ${printed(schemas)}: it must be a list of Standard Schemas, one for each argument`,
    );
  }
  const list = schemas as StandardSchema[];
  return (args) => {
    if (args.length > list.length) {
      throw new TypeError(
        `${where} got ${args.length} arguments: it accepts at most ${list.length}`,
      );
    }
    return list.map((schema, index) => {
      const result = schema["~standard"].validate(args[index]) as
        | { issues?: readonly Issue[]; value?: unknown; then?: unknown }
        | undefined;
      if (!result || typeof result.then === "function") {
        throw new TypeError(
          `accepts of ${where} has an asynchronous schema for argument ${index + 1}: use a synchronous one`,
        );
      }
      if (result.issues) {
        const why = result.issues.map((issue) => issue.message).join("; ");
        throw new TypeError(
          `${where} got ${printed(args[index])} as argument ${index + 1}: ${why}`,
        );
      }
      return result.value;
    });
  };
}

function isSchema(value: unknown): value is StandardSchema {
  const { validate } = (value as Partial<StandardSchema> | null)?.["~standard"] ?? {};
  return typeof validate === "function";
}
