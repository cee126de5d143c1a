// Makes a host lose what it has, for as long as a test wants: the only way to see on every host what
// happens on one that lacks it. Owns how a member is hidden and put back, also where a host (edge-runtime)
// lets its globals be changed and not defined anew. What is lost is the test's.

/** Takes members away, each an owner and a name, and gives the function that puts them back. */
export function lose(members: readonly (readonly [owner: object, name: string])[]): () => void {
  const undo = members.map(([owner, name]) => {
    const own = Object.getOwnPropertyDescriptor(owner, name);
    if (own?.configurable === false) Reflect.set(owner, name, undefined);
    else Object.defineProperty(owner, name, { value: undefined, configurable: true });
    return () => {
      if (own === undefined) Reflect.deleteProperty(owner, name);
      else if (own.configurable === false) Reflect.set(owner, name, own.value);
      else Object.defineProperty(owner, name, own);
    };
  });
  return () => {
    for (const back of undo) back();
  };
}
