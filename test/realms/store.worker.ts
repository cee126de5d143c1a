// A worker that serves what keeps bytes, and what passes them to that in another worker.
import { genServer, type HandleOf } from "troupe";
import { serve, transfer } from "troupe/realms";

export const Store = genServer({
  id: "store",
  init: () => ({ bytes: new Uint8Array() as Uint8Array }),
  call: {
    swap(self, bytes: Uint8Array, port: MessagePort) {
      const before = self.state.bytes;
      self.state.bytes = bytes;
      port.postMessage(bytes.byteLength);
      return transfer([before, port], [before, port]);
    },
  },
});

export const Asker = genServer({
  id: "asker",
  init: () => null,
  call: {
    /** What the port said, what is left here of what was moved, and what came back. */
    async swap(_self, store: HandleOf<typeof Store>, size: number) {
      const { port1, port2 } = new MessageChannel();
      const said = new Promise<unknown>((resolve) => {
        port2.onmessage = ({ data }) => resolve(data);
      });
      const bytes = new Uint8Array(size);
      const asked = store.call.swap(transfer(bytes), transfer(port1));
      const left = bytes.byteLength;
      const [before, port] = (await asked) as unknown as [Uint8Array, MessagePort];
      const heard = await said;
      port.close();
      port2.close();
      return [heard, left, before.byteLength];
    },
  },
});

serve([Store, Asker]);
