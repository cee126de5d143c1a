// The core of a table: whose it is, who may do what, and when it ends.
//
// Owns the owner, the heir and the one check before each operation. Every face of a table (see
// table-face.ts) has the same core; the rows are only reached through it.

import { type Owner, processOf } from "../../behaviours/owner.js";
import type { ActorRef } from "../../kernel/actor-ref.js";
import { ActorExit } from "../../kernel/errors.js";
import { type ExitReason, printed } from "../../kernel/exit-reason.js";
import type { TableAccessMode, TableInfo, TableKind } from "./table.js";
import { tableAccess, tableEnded } from "./table-errors.js";
import {
  checkRef,
  liveProcessOf,
  runningBeside,
  type TableProcess,
  tell,
  whenEnded,
} from "./table-owner.js";
import type { Rows } from "./table-rows.js";
import { TableTransfer } from "./table-transfer.js";

/** Options as they come, before their check. */
export interface CoreOptions {
  readonly name?: string | undefined;
  readonly key?: PropertyKey | undefined;
  readonly access?: TableAccessMode | undefined;
  readonly owner?: Owner | undefined;
  readonly heir?: ActorRef | undefined;
  readonly heirData?: unknown;
}

const accessModes: readonly unknown[] = ["public", "protected", "private"];

/** What all faces of one table share. */
export class TableCore<R extends Rows = Rows> {
  readonly kind: TableKind;
  readonly name: string;
  readonly key: PropertyKey;
  readonly #access: TableAccessMode;
  readonly #rows: R;
  readonly #faceOf: (core: TableCore<R>, process: TableProcess) => object;
  /** Null while it belongs to its creator, outside of processes. */
  #owner: TableProcess | null = null;
  #heir: ActorRef | null = null;
  #heirData: unknown;
  #unwatch: (() => void) | null = null;
  #ended = false;
  /** The owner it ended with. */
  #lastOwner: { label: string; reason: ExitReason } | undefined;

  constructor(
    kind: TableKind,
    given: CoreOptions | undefined,
    rows: R,
    faceOf: (core: TableCore<R>, process: TableProcess) => object,
  ) {
    const options = given === undefined ? {} : given;
    if (typeof options !== "object" || options === null) {
      throw new TypeError(
        `The options of a table are ${printed(options)}: they must be an object, such as { key: "id", owner: self }`,
      );
    }
    const { name = kind, key = 0, access = "protected", owner, heir, heirData } = options;
    if (typeof name !== "string" || name === "") {
      throw new TypeError(`name is ${printed(name)}: it must be a string that is not empty`);
    }
    if (!["string", "number", "symbol"].includes(typeof key)) {
      throw new TypeError(
        `key of ${name} is ${printed(key)}: it must be the name of a field, or the index of one`,
      );
    }
    if (!accessModes.includes(access)) {
      throw new TypeError(
        `access of ${name} is ${printed(access)}: it must be "public", "protected" or "private"`,
      );
    }
    this.kind = kind;
    this.name = name;
    this.key = key;
    this.#access = access;
    this.#rows = rows;
    this.#faceOf = faceOf;
    if (heir !== undefined) this.#inherit(heir, heirData);
    if (owner !== undefined) this.#belongTo(processOf(`owner of ${name}`, owner));
  }

  /** The process that made it, or null outside of processes: whose the first face is. */
  get owner(): TableProcess | null {
    return this.#owner;
  }

  /** The rows, for `actor` to read. */
  read(action: string, actor: TableProcess | null): R {
    this.#check(action, actor, this.#access !== "private");
    return this.#rows;
  }

  /** The rows, for `actor` to change. */
  write(action: string, actor: TableProcess | null): R {
    this.#check(action, actor, this.#access === "public");
    return this.#rows;
  }

  info(): TableInfo | undefined {
    if (this.#ended) return undefined;
    const { name, kind, key } = this;
    return {
      name,
      kind,
      key,
      access: this.#access,
      owner: this.#owner?.ref ?? null,
      heir: this.#heir,
      size: this.#rows.size,
    };
  }

  giveAway(actor: TableProcess | null, to: ActorRef, data: unknown): void {
    const action = "give away";
    this.#check(action, actor, false);
    const next = liveProcessOf("to", to);
    if (next === null) {
      throw new ActorExit({
        action: `give ${this.name} to ${to.id}`,
        process: to.id,
        reason: "noproc",
      });
    }
    if (next === this.#owner) {
      throw new TypeError(
        `to is ${next.label}: it must be a process that does not own ${this.name}`,
      );
    }
    this.#moveTo(next, data);
  }

  setHeir(actor: TableProcess | null, heir: ActorRef | null, data: unknown): void {
    this.#check("set the heir of", actor, false);
    if (heir === null) {
      this.#heir = null;
      this.#heirData = undefined;
    } else this.#inherit(heir, data);
  }

  end(actor: TableProcess | null): void {
    if (this.#ended) return;
    this.write("delete", actor);
    this.#end();
  }

  #check(action: string, actor: TableProcess | null, isFree: boolean): void {
    if (this.#ended) throw tableEnded(action, this.name, this.#lastOwner);
    if (isFree) return;
    const owner = this.#owner;
    // Whose handler is on the stack is known for certain; after an await it is whose face is used.
    const asks = (owner === null ? null : runningBeside(owner)) ?? actor;
    if (asks === owner) return;
    throw tableAccess(action, {
      table: this.name,
      access: this.#access,
      owner: owner?.label ?? "its creator",
      process: asks?.label ?? "code outside of processes",
    });
  }

  #inherit(heir: ActorRef, data: unknown): void {
    checkRef(`heir of ${this.name}`, heir);
    this.#heir = heir;
    this.#heirData = data;
  }

  #belongTo(process: TableProcess): void {
    this.#unwatch?.();
    this.#owner = process;
    this.#unwatch = whenEnded(process, (reason) => this.#ownerEnded(process, reason));
  }

  #moveTo(process: TableProcess, data: unknown): void {
    const from = this.#owner?.ref ?? null;
    this.#belongTo(process);
    const face = this.#faceOf(this, process);
    tell(process, new TableTransfer(face, from, data));
  }

  #ownerEnded(owner: TableProcess, reason: ExitReason): void {
    const heir = this.#heir === null ? null : liveProcessOf("heir", this.#heir);
    if (heir !== null) this.#moveTo(heir, this.#heirData);
    else {
      this.#lastOwner = { label: owner.label, reason };
      this.#end();
    }
  }

  #end(): void {
    this.#ended = true;
    this.#unwatch?.();
    this.#unwatch = null;
    // Whoever still holds the table does not hold its rows.
    this.#rows.clear();
  }
}
