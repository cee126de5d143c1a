// The server of one run of the suites on one host: takes the reports, answers the fetches of the
// fairness tests, and gives a browser its page and its bundle. Owns the pages, one for each realm that
// a browser has. Knows no browser; scripts/hosts/list.mjs starts them.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

/** Says why a realm did not even begin: a script of a page that failed, or a registration. */
const tell = `const tell = (why) => fetch("/report", { method: "POST",
  body: JSON.stringify({ type: "crash", error: "it did not start: " + why }) });`;
const script = (code) =>
  `<!doctype html><meta charset="utf-8"><script type="module">${tell}${code}</script>`;
const worker = (name) => `const worker = new ${name}("/bundle.js", { type: "module" });
  worker.onerror = (event) => tell(event.message);`;

/** How a page starts the bundle, by the name of the realm. */
const pages = {
  page: script(`import("/bundle.js").catch((error) => tell(error.stack));`),
  worker: script(worker("Worker")),
  "shared-worker": script(worker("SharedWorker")),
  "service-worker": script(`navigator.serviceWorker.register("/bundle.js").catch(tell);`),
};

// SharedArrayBuffer and clocks of full resolution need both.
const isolated = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Starts it; `url` has no slash at its end. */
export async function startRunServer() {
  let reported = "";
  let bundle;
  let end;
  let forget = () => {};
  const ended = new Promise((resolve) => {
    end = resolve;
  });
  let heard = () => {};
  const take = async (request) => {
    const text = Buffer.concat(await request.toArray()).toString();
    reported += `${text}\n`;
    heard();
    if (/^\{"type":"(?:done|crash)"[^\n]*$/m.test(text)) {
      if (/"type":"done"|it did not start/.test(text)) end();
    }
    return ["text/plain", ""];
  };
  const answer = (path, request) => {
    if (path === "/ping") return ["text/plain", "here"];
    if (path === "/report") return take(request);
    if (path === "/bundle.js" && bundle) return ["text/javascript", readFileSync(bundle)];
    return pages[path.slice(1)] && ["text/html", pages[path.slice(1)]];
  };
  const server = createServer(async (request, response) => {
    const [type, body] = (await answer(request.url, request)) ?? [];
    const headers = { "Content-Type": type ?? "text/plain", "Cache-Control": "no-store" };
    response.writeHead(type ? 200 : 404, { ...headers, ...isolated }).end(body);
  });
  // A host that reuses a connection just as an idle one is closed would fail.
  server.keepAliveTimeout = 0;
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** What a browser is given. */
    serve: (file) => {
      bundle = file;
    },
    /**
     * Aborts once the host has said nothing for `ms`: how long all of its tests take is nobody's promise.
     */
    silence(ms) {
      const silent = new AbortController();
      const why = new Error(`it was silent for ${ms} ms`);
      const give = () => silent.abort(why);
      let late = setTimeout(give, ms);
      heard = () => {
        clearTimeout(late);
        late = setTimeout(give, ms);
      };
      forget = () => clearTimeout(late);
      return silent.signal;
    },
    /** Resolves when the host said its last, or `silence` aborts. */
    async untilDone(silence) {
      silence.addEventListener("abort", end);
      await ended;
    },
    /** The reports so far, one a line. */
    reported: () => reported,
    close: () => {
      heard = () => {};
      forget();
      server.closeAllConnections();
      server.close();
    },
  };
}
