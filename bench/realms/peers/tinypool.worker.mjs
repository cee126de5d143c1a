// The worker of Tinypool: its functions by name.

export const add = (by) => by;
