// Plain DOM with a few small helpers: for elements, for buttons, and to bind them to a handle.
//
// Owns no state and knows no actor: `bind` works with everything that has subscribe and
// getSnapshot, a handle, a tree or a timeline. That pair is all a framework's binding needs, too.

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Something with snapshots: a handle, a tree, a timeline. */
export interface Source<Value> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): Value;
}

/** Makes an element. `true` sets an attribute (to "true" where it is ARIA's), `false` leaves it out. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    const isBare = value === true && !name.startsWith("aria-");
    element.setAttribute(name, isBare ? "" : String(value));
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

/**
 * Turns a button on or off. It keeps the focus if it has it: `disabled` would give that to nobody, and who
 * works with a keyboard would begin at the top of the page again.
 */
export function setEnabled(button: HTMLElement, isEnabled: boolean): void {
  button.setAttribute("aria-disabled", String(!isEnabled));
}

/** Calls `what` at each press of `button`, while it is on. */
export function onPress(button: HTMLElement, what: () => void): void {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") what();
  });
}

/** The time of day of a moment of `performance.now()`: 14:03:09. */
export function clockTime(atMs: number): string {
  return new Date(performance.timeOrigin + atMs).toTimeString().slice(0, 8);
}
