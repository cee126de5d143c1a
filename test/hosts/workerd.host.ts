// Runs every host-neutral suite in workerd: in a request's handler, or in a Durable Object for the
// path /durable-object.
import { runHost } from "../harness/run-host.js";

const respond = () => runHost().then(() => new Response("done"));

/** The Durable Object whose method is the home of the actors. */
export class Home {
  fetch(_request: Request): Promise<Response> {
    return respond();
  }
}

// biome-ignore lint/style/noDefaultExport: workerd asks for it
export default {
  fetch(request: Request, env: { HOME: { getByName(name: string): Home } }): Promise<Response> {
    const isForHome = request.url.endsWith("/durable-object");
    return isForHome ? env.HOME.getByName("home").fetch(request) : respond();
  },
};
