// What goes over the wires besides Modbus: lines of the shift chat and events of the plant feed.
//
// Owns their shapes for both sides. Types only: JSON is the encoding.

/** What somebody says in the shift chat. */
export interface Said {
  readonly from: string;
  readonly text: string;
}

/** A line of the shift chat, as the room keeps it: whoever comes back can tell what is new. */
export interface ChatLine extends Said {
  readonly id: string;
}

/** An event of the plant feed, by the `event:` name it has on the wire. */
export type PlantEvent =
  | { readonly type: "level"; readonly percent: number }
  | { readonly type: "weather"; readonly sky: string; readonly celsius: number }
  | { readonly type: "note"; readonly text: string };
