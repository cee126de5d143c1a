// The macrotask of browsers: pages and workers.
//
// Owns the choice between scheduler.postTask at background priority (rendering, input and timers go
// first), a MessageChannel where there is no scheduler, and a timer where there is neither. The channel
// is made when first needed: importing this makes nothing. A turn takes two messages: WebKit's workers
// run up to four messages before they look at their timers.

interface Scheduler {
  postTask(run: () => void, options: { priority: "background" }): Promise<unknown>;
}

/** Makes a function that runs things after the browser had its turn. */
export function webMacrotask(): (run: () => void) => void {
  let queue: (() => void)[] | null = null;
  let port: MessagePort | null = null;
  const overChannel = (run: () => void): void => {
    if (port === null || queue === null) {
      const waiting: (() => void)[] = [];
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => waiting.shift()?.();
      queue = waiting;
      port = port2;
    }
    queue.push(run);
    port.postMessage(0);
  };
  return (run) => {
    const { scheduler } = globalThis as { scheduler?: Scheduler };
    if (scheduler !== undefined) void scheduler.postTask(run, { priority: "background" });
    else if ("MessageChannel" in globalThis) overChannel(() => overChannel(run));
    else setTimeout(run, 0);
  };
}
