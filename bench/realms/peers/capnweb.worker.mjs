// The worker of capnweb: a main object for the port that it is sent.

import { newMessagePortRpcSession, RpcTarget } from "capnweb";
import { onMessage, parent } from "../start-worker.ts";

class Child extends RpcTarget {
  add(by) {
    return by;
  }
}

class Counter extends Child {
  ref() {
    return new Child();
  }
}

onMessage(parent, (port) => newMessagePortRpcSession(port, new Counter()));
