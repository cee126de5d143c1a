// A `fetch` whose other side is a test: it sees each request, and answers it byte by byte.
//
//   client ── fetch(url, init) ──► FakeRequest ── reply(status) / open() / fail() ──► Response
//
// Owns the shape that the fetch standard gives both sides: a body that streams, an abort that ends
// request and body alike, a TypeError for a network that failed. No network, no timer; bytes move
// when they are asked for, so a test sees whether anybody reads. It follows no redirects.

/** The body of an event stream, as its server writes it. */
export interface FakeBody {
  /** Sends text (as UTF-8) or bytes as one chunk. */
  write(chunk: string | Uint8Array): void;
  /** Ends the stream in order. */
  end(): void;
  /** Cuts the connection: the reader's read rejects with a TypeError. */
  cut(): void;
  /** Chunks that were written and not read. */
  readonly unread: number;
  /** True while the reader waits for a chunk: nobody holds it back. */
  readonly wanted: boolean;
}

/** One request, as its server sees it. */
export interface FakeRequest {
  /** What was asked for. */
  readonly url: string;
  /** The HTTP method. */
  readonly method: string;
  /** The headers as they would be sent. */
  readonly headers: Headers;
  /** The rest of what was asked for. */
  readonly init: RequestInit;
  /** True once the client gave up the request or its response. */
  readonly aborted: boolean;
  /** True until it has failed, was aborted, or its body has ended. */
  readonly isOpen: boolean;
  /** Answers with a status and a whole body. Default: 200 without a body. */
  reply(status?: number, headers?: Record<string, string>, body?: string): void;
  /** Answers with 200 and a stream of events. */
  open(headers?: Record<string, string>): FakeBody;
  /** Lets it fail as a network does, with a TypeError. */
  fail(cause?: unknown): void;
}

/** A `fetch` and what was asked of it. */
export interface FakeFetch {
  /** Pass it as the option `fetch`. */
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
  /** All requests, oldest first. */
  readonly requests: readonly FakeRequest[];
  /** The last request. Throws RangeError if there was none. */
  readonly last: FakeRequest;
  /** How many requests are under way: 0 when a test ends, or something leaked. */
  readonly open: number;
}

/**
 * Makes a `fetch` for a test to answer.
 *
 * @example
 * ```ts
 * const { system, clock } = testSystem();
 * const net = fakeFetch();
 * const prices = await system.start(eventSource, { url: "https://x.example/", fetch: net.fetch });
 * await clock.settle();
 * const body = net.last.open();
 * body.write("id: 1\ndata: hello\n\n");
 * body.end();
 * await clock.advance(500);
 * net.last.headers.get("last-event-id"); // "1"
 * ```
 */
export function fakeFetch(): FakeFetch {
  const requests: Exchange[] = [];
  return {
    fetch(url, init = {}) {
      return new Promise((resolve, reject) => {
        requests.push(new Exchange(String(url), init, resolve, reject));
      });
    },
    requests,
    get last() {
      const last = requests.at(-1);
      if (last === undefined) throw new RangeError("No request was made yet: let the clock settle");
      return last;
    },
    get open() {
      return requests.filter(({ isOpen }) => isOpen).length;
    },
  };
}

class Exchange implements FakeRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly init: RequestInit;
  aborted = false;
  isOpen = true;
  readonly #resolve: (response: Response) => void;
  readonly #reject: (error: unknown) => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly #chunks: Uint8Array[] = [];
  #wanted = false;
  #end: "none" | "end" | "cut" = "none";
  readonly #onAbort = (): void => {
    const reason: unknown = this.init.signal?.reason;
    this.aborted = true;
    this.#over();
    this.#reject(reason);
    this.#controller?.error(reason);
  };

  constructor(
    url: string,
    init: RequestInit,
    resolve: (response: Response) => void,
    reject: (error: unknown) => void,
  ) {
    this.url = url;
    this.init = init;
    this.method = init.method ?? "GET";
    this.headers = new Headers(init.headers);
    this.#resolve = resolve;
    this.#reject = reject;
    if (init.signal?.aborted) this.#onAbort();
    else init.signal?.addEventListener("abort", this.#onAbort);
  }

  reply(status = 200, headers: Record<string, string> = {}, body?: string): void {
    this.#over();
    this.#answer(new Response(body ?? null, { status, headers }));
  }

  open(headers: Record<string, string> = {}): FakeBody {
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#wanted = true;
          this.#move();
        },
        cancel: () => {
          this.aborted = true;
          this.#over();
        },
      },
      // Nothing is taken before it is asked for.
      { highWaterMark: 0 },
    );
    const type = { "content-type": "text/event-stream", ...headers };
    this.#answer(new Response(stream, { status: 200, headers: type }));
    const exchange = this;
    const finish = (end: "end" | "cut"): void => {
      if (this.#end === "none") this.#end = end;
      this.#move();
    };
    return {
      write: (chunk) => {
        this.#chunks.push(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
        this.#move();
      },
      end: () => finish("end"),
      cut: () => finish("cut"),
      get unread() {
        return exchange.#chunks.length;
      },
      get wanted() {
        return exchange.#wanted && exchange.isOpen;
      },
    };
  }

  fail(cause?: unknown): void {
    this.#over();
    this.#reject(new TypeError("fetch failed", { cause }));
  }

  #answer(response: Response): void {
    Object.defineProperty(response, "url", { value: this.url });
    this.#resolve(response);
  }

  /** Hands over one chunk if it is wanted, or the end once all chunks are gone. */
  #move(): void {
    const controller = this.#controller;
    if (controller === undefined || !this.isOpen) return;
    const chunk = this.#wanted ? this.#chunks.shift() : undefined;
    if (chunk !== undefined) {
      this.#wanted = false;
      controller.enqueue(chunk);
    } else if (this.#chunks.length === 0 && this.#end !== "none") {
      this.#over();
      if (this.#end === "end") controller.close();
      else controller.error(new TypeError("terminated"));
    }
  }

  #over(): void {
    this.isOpen = false;
    this.init.signal?.removeEventListener("abort", this.#onAbort);
  }
}
