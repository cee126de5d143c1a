// The page: starts the actors, then shows them.
//
// Owns the joining: the cable and the network that the actors are given, the tree of app.ts, and
// a panel for each thing worth seeing. Tree and timeline are made of the system's public
// observers, so this page sees no more of the actors than any application could.

import { createSystem } from "troupe";
import { watchTimeline, watchTree } from "troupe/inspect";
import { webSocketBytes } from "troupe/websocket";
import { Station } from "./app.js";
import { showArchive } from "./archive/archive-panel.js";
import { hireWorkers } from "./archive/workers.js";
import { showButtons } from "./buttons.js";
import { layCable } from "./cable.js";
import { showChart } from "./chart.js";
import { showChat } from "./chat-panel.js";
import { showCounter } from "./counter-panel.js";
import { showFeed } from "./feed-panel.js";
import { showGauges } from "./gauges.js";
import { showConnections, showLink } from "./link-panel.js";
import { createNetwork } from "./network.js";
import { showTimeline } from "./timeline-panel.js";
import { showTour } from "./tour.js";
import { showTree } from "./tree-panel.js";
import { showControl } from "./write-panel.js";

const network = createNetwork();
const bridge = new URL("/bridge", location.href.replace(/^http/, "ws"));
const cable = layCable(webSocketBytes({ url: bridge, WebSocket: network.WebSocket }));

const system = createSystem();
showTree(watchTree(system));
showTimeline(watchTimeline(system));

const workers = hireWorkers();
const { line, streams, records, counter } = (
  await system.start(Station, cable, network, workers.place)
).child;
const { bus, history, meter } = line.child;
const { board, feed, talk, chat } = streams.child;

showConnections({ Bus: bus, Feed: feed, Chat: chat });
showGauges(history);
showChart(history);
const ask = showLink(bus, meter);
const control = showControl(bus, history);
showCounter(counter);
const archivePanel = showArchive(records.child.archive, workers);
showFeed(board, feed);
const chatForm = showChat(talk, chat);
showTour(showButtons(meter, ask, cable, network), network, control, chatForm, archivePanel);
