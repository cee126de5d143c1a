// The words of OTP and those of troupe, both ways: names, exit reasons and refusals.
// Owns the dictionary of the supervision driver. It decides nothing.
import { ChildRefused, type ChildSummary, type ExitReason } from "../../../src/index.js";

/** `one_for_one` as we write it: `oneForOne`. */
export const camel = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A reason of a scenario as ours. */
export const toReason = (reason: unknown): ExitReason => reason as ExitReason;

/** An error that a scenario's `init` ends with where OTP's gives a reason: told by its name. */
export class InitStopped extends Error {
  override readonly name: string = "InitStopped";
}

/** One of our reasons as OTP would say it. */
export function reasonOf(reason: ExitReason): unknown {
  if (typeof reason === "string") return reason;
  if ("shutdown" in reason) {
    const { failedToStartChild, reason: why } = Object(reason.shutdown) as {
      failedToStartChild?: string;
      reason: ExitReason;
    };
    if (failedToStartChild === undefined) return { shutdown: reason.shutdown };
    return { shutdown: { failed_to_start_child: failedToStartChild, reason: reasonOf(why) } };
  }
  const { name, message } = reason as { name: string; message: string };
  if (name === "InitStopped") return message;
  if (name !== "TypeError" && name !== "RangeError") return { error: message };
  const said = refused(message);
  return said.of === "bad_start_spec" ? [said.of] : [said.of, said.what];
}

/** What a supervisor refused to do, as OTP would say it. */
export function refusalOf(error: unknown): unknown {
  if (!(error instanceof ChildRefused)) return refused((error as Error).message).what;
  return error.why === "dynamic" ? "simple_one_for_one" : snake(error.why);
}

/** A specification with its defaults, as OTP would write it. */
export function inOtpsWords({ shutdownMs, ...rest }: ChildSummary): object {
  const words = shutdownMs === Number.POSITIVE_INFINITY ? "infinity" : shutdownMs;
  return { ...rest, shutdown: words === "brutalKill" ? "brutal_kill" : words };
}

type Refused = { of: "start_spec" | "supervisor_data" | "bad_start_spec"; what: unknown };

/** Our words for a wrong argument: which option it was, and its value. */
function refused(message: string): Refused {
  const spec = (what: unknown): Refused => ({ of: "start_spec", what });
  if (message.startsWith("template of")) return { of: "bad_start_spec", what: null };
  if (message.startsWith("Cannot start undefined")) return spec("missing_start");
  if (message.startsWith("Child id undefined")) return spec("missing_id");
  const twice = /^Child id "(.*)" of .* stands twice/.exec(message);
  if (twice) return spec(["duplicate_child_name", twice[1]]);
  const never = /is significant and autoShutdown is "never"/.test(message);
  const permanent = /^significant .* is true and restart is "permanent"/.test(message);
  if (never || permanent) {
    const other = never ? ["auto_shutdown", "never"] : ["restart", "permanent"];
    return spec(["bad_combination", [other, ["significant", true]]]);
  }
  const [, option = "", text = ""] = /^(\w+) of .*? is (.*?): it must/.exec(message) ?? [];
  const value: unknown = JSON.parse(text || "null");
  const what = [names[option], typeof value === "string" ? snake(value) : value];
  if (option === "periodMs")
    return { of: "supervisor_data", what: [what[0], Number(value) / 1000] };
  const isFlag = ["strategy", "maxRestarts", "autoShutdown"].includes(option);
  return isFlag ? { of: "supervisor_data", what } : spec(what);
}

/** OTP's errors for values that are none, by our option. */
const names: Readonly<Record<string, string>> = {
  restart: "invalid_restart_type",
  shutdownMs: "invalid_shutdown",
  type: "invalid_child_type",
  significant: "invalid_significant",
  strategy: "invalid_strategy",
  maxRestarts: "invalid_intensity",
  periodMs: "invalid_period",
  autoShutdown: "invalid_auto_shutdown",
};
