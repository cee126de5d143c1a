// A network that can be dropped: the fetch and the WebSocket that this page's actors are given.
//
// Owns what passes through them and whether the network is there. Dropping it fails what is open,
// as a lost Wi-Fi does, and refuses the rest; its return is told by the browser's own `online`
// event. It stands in the page because a browser cannot be unplugged from inside; the actors
// cannot tell.

/** The network of this page. */
export interface Network {
  readonly fetch: typeof fetch;
  readonly WebSocket: new (url: string | URL, protocols?: string | string[]) => WebSocket;
  readonly isUp: boolean;
  /** Drops the network for so long, in milliseconds. */
  drop(forMs: number): void;
  /** Ends a drop at once. */
  restore(): void;
  /** Calls `listener` when it goes or comes. */
  subscribe(listener: () => void): () => void;
}

/** Makes the network of this page, up. */
export function createNetwork(): Network {
  let isUp = true;
  let timer: number | undefined;
  let connected = new AbortController();
  const sockets = new Set<WebSocket>();
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };

  function fetchHere(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
    if (!isUp) return Promise.reject(new TypeError("The network is down"));
    const { signal } = connected;
    return fetch(input, {
      ...init,
      signal: init.signal ? AbortSignal.any([init.signal, signal]) : signal,
    });
  }

  function SocketHere(url: string | URL, protocols: string | string[] = []): WebSocket {
    if (!isUp) return refusedSocket();
    const socket = new WebSocket(url, protocols);
    sockets.add(socket);
    socket.addEventListener("close", () => sockets.delete(socket));
    return socket;
  }

  function restore(): void {
    if (isUp) return;
    clearTimeout(timer);
    isUp = true;
    connected = new AbortController();
    tell();
    window.dispatchEvent(new Event("online"));
  }

  return {
    fetch: fetchHere,
    // A function that gives an object is a constructor as good as any.
    WebSocket: SocketHere as unknown as Network["WebSocket"],
    get isUp() {
      return isUp;
    },
    drop(forMs) {
      if (!isUp) return;
      isUp = false;
      timer = window.setTimeout(restore, forMs);
      connected.abort(new TypeError("The network has gone"));
      for (const socket of [...sockets]) breakOff(socket);
      tell();
    },
    restore,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What a page sees of a socket whose network went: an error, and code 1006. */
function breakOff(socket: Pick<WebSocket, "dispatchEvent" | "close">): void {
  socket.dispatchEvent(new Event("error"));
  socket.dispatchEvent(new CloseEvent("close", { code: 1006 }));
  socket.close();
}

/** A socket that will not open. */
function refusedSocket(): WebSocket {
  const socket = Object.assign(new EventTarget(), {
    readyState: WebSocket.CONNECTING as number,
    bufferedAmount: 0,
    binaryType: "blob",
    send() {},
    close() {},
  });
  setTimeout(() => {
    socket.readyState = WebSocket.CLOSED;
    breakOff(socket);
  });
  return socket as unknown as WebSocket;
}
