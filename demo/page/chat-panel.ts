// The shift chat on the page: what was said, and a line to say something.
//
// Owns the form. A line goes into the chat actor's outbox: while the network is gone it waits
// there, and is sent when the socket is back. The hint says how many wait.

import type { WebSocketHandle } from "troupe/websocket";
import type { ChatLine, Said } from "../shared/messages.js";
import { bind, byId, el, type Source, setText } from "./dom.js";

const NAME = "Operator";
/** A line that is older than this is no news any more. */
const LINE_TTL_MS = 60_000;
const SHOWN = 60;

/** What the panel can be told to do by others, such as the tour. */
export interface ChatForm {
  say(text: string): void;
}

/** Shows the chat. */
export function showChat(
  talk: Source<readonly ChatLine[] | undefined>,
  chat: WebSocketHandle,
): ChatForm {
  const list = el("ol", {
    class: "lines",
    "data-testid": "chat-lines",
    tabindex: 0,
    "aria-label": "Lines of the chat",
  });
  const input = el("input", {
    type: "text",
    maxlength: 200,
    autocomplete: "off",
    placeholder: "Message to dispatch",
    "aria-label": "Message to dispatch",
    "data-testid": "chat-input",
  });
  const form = el(
    "form",
    {},
    input,
    el("button", { type: "submit", class: "button", "data-testid": "chat-send" }, "Send"),
  );
  byId("chat").append(list, form);
  let waiting = 0;
  const showHint = (): void => {
    setText(byId("chat-hint"), waiting === 0 ? "WebSocket" : `${waiting} waiting to be sent`);
  };
  const say = (text: string): void => {
    waiting++;
    showHint();
    chat
      .sendMessage(JSON.stringify({ from: NAME, text } satisfies Said), { ttlMs: LINE_TTL_MS })
      .catch((error: Error) => addLine({ from: "Not sent", text: `${text} (${error.message})` }))
      .finally(() => {
        waiting--;
        showHint();
      });
  };
  const showLast = (): void => {
    list.scrollTop = list.scrollHeight;
  };
  const addLine = ({ from, text }: Said): void => {
    list.append(el("li", { "data-own": from === NAME }, el("b", {}, from), el("span", {}, text)));
    showLast();
  };
  // Also where the panel has become lower meanwhile.
  new ResizeObserver(showLast).observe(list);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (text === "") return;
    input.value = "";
    say(text);
  });
  let shown: readonly ChatLine[] = [];
  bind(talk, (lines = []) => {
    for (const line of lines) if (!shown.includes(line)) addLine(line);
    while (list.childElementCount > SHOWN) list.firstElementChild?.remove();
    shown = lines;
  });
  showHint();
  return { say };
}
