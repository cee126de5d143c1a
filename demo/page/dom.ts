// Plain DOM with two small helpers: one makes elements, one binds them to a handle.
//
// Owns no state and knows no actor: `bind` works with everything that has subscribe and
// getSnapshot, a handle, a tree or a timeline. That pair is all a framework's binding needs, too.

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Something with snapshots: a handle, a tree, a timeline. */
export interface Source<Value> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): Value;
}

/** Makes an element. `true` sets an attribute without a value, `false` leaves it out. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** The element of index.html with this id. */
export function byId<Found extends HTMLElement = HTMLElement>(id: string): Found {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no element with the id ${id}`);
  return found as Found;
}

/** Calls `render` with the snapshot now and after each change. */
export function bind<Value>(source: Source<Value>, render: (value: Value) => void): void {
  const update = (): void => render(source.getSnapshot());
  source.subscribe(update);
  update();
}

/** Sets a text only if it differs: untouched text keeps its selection and costs no layout. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** The time of day of a moment of `performance.now()`: 14:03:09. */
export function clockTime(atMs: number): string {
  return new Date(performance.timeOrigin + atMs).toTimeString().slice(0, 8);
}
