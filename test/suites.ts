// Every host-neutral suite, sorted by path: one import and one entry each. The files of test/hosts/
// run this list in Node, in a page and in a Web Worker; a suite that is not listed does not run,
// and test/architecture.test.ts fails on one.

import { suite as backoff } from "./adapters/backoff.suite.js";
import { suite as byteLinkClassify } from "./adapters/byte-link/classify.suite.js";
import { suite as byteLinkPump } from "./adapters/byte-link/pump.suite.js";
import { suite as byteLinkTimers } from "./adapters/byte-link/timers.suite.js";
import { suite as byteLinkWebsocketBytes } from "./adapters/byte-link/websocket-bytes.suite.js";
import { suite as modbusClient } from "./adapters/modbus/client.suite.js";
import { suite as modbusClientLink } from "./adapters/modbus/client-link.suite.js";
import { suite as modbusClientSoak } from "./adapters/modbus/client-soak.suite.js";
import { suite as modbusClientTimers } from "./adapters/modbus/client-timers.suite.js";
import { suite as modbusCrc } from "./adapters/modbus/crc.suite.js";
import { suite as modbusReplies } from "./adapters/modbus/replies.suite.js";
import { suite as modbusRequests } from "./adapters/modbus/requests.suite.js";
import { suite as modbusRtuFramer } from "./adapters/modbus/rtu-framer.suite.js";
import { suite as modbusRtuServerFramer } from "./adapters/modbus/rtu-server-framer.suite.js";
import { suite as modbusServe } from "./adapters/modbus/serve.suite.js";
import { suite as modbusSlave } from "./adapters/modbus/slave.suite.js";
import { suite as modbusTcpFramer } from "./adapters/modbus/tcp-framer.suite.js";
import { suite as modbusTiming } from "./adapters/modbus/timing.suite.js";
import { suite as serialWebSerial } from "./adapters/serial/web-serial.suite.js";
import { suite as sseClassify } from "./adapters/sse/classify.suite.js";
import { suite as sseClient } from "./adapters/sse/client.suite.js";
import { suite as sseParser } from "./adapters/sse/parser.suite.js";
import { suite as sseParserChunking } from "./adapters/sse/parser-chunking.suite.js";
import { suite as sseParserCost } from "./adapters/sse/parser-cost.suite.js";
import { suite as subscription } from "./adapters/subscription.suite.js";
import { suite as unsupported } from "./adapters/unsupported.suite.js";
import { suite as websocketClient } from "./adapters/websocket/client.suite.js";
import { suite as websocketCloseClass } from "./adapters/websocket/close-class.suite.js";
import { suite as websocketMessageBytes } from "./adapters/websocket/message-bytes.suite.js";
import { suite as websocketOutbox } from "./adapters/websocket/outbox.suite.js";
import { suite as actor } from "./behaviours/actor.suite.js";
import { suite as agent } from "./behaviours/agent.suite.js";
import { suite as genServer } from "./behaviours/gen-server.suite.js";
import { suite as genServerHandlers } from "./behaviours/gen-server-handlers.suite.js";
import { suite as names } from "./behaviours/names.suite.js";
import { suite as printing } from "./behaviours/printing.suite.js";
import { suite as starting } from "./behaviours/start.suite.js";
import { suite as stateMachine } from "./behaviours/state-machine.suite.js";
import { suite as stateMachineEvents } from "./behaviours/state-machine-events.suite.js";
import { suite as stateMachineModes } from "./behaviours/state-machine-modes.suite.js";
import { suite as streams } from "./behaviours/streams.suite.js";
import { suite as sys } from "./behaviours/sys.suite.js";
import { suite as system } from "./behaviours/system.suite.js";
import { suite as task } from "./behaviours/task.suite.js";
import { suite as taskStream } from "./behaviours/task-stream.suite.js";
import { suite as conformanceProcess } from "./conformance/process.suite.js";
import { suite as conformanceReplayer } from "./conformance/replay.suite.js";
import { suite as conformanceStatem } from "./conformance/statem.suite.js";
import { suite as conformanceSupervision } from "./conformance/supervision.suite.js";
import { suite as harness } from "./harness/harness.suite.js";
import type { Suite } from "./harness/suite.js";
import { suite as inspect } from "./inspect/inspect.suite.js";
import { suite as kernelCalls } from "./kernel/calls.suite.js";
import { suite as kernelEitherSignal } from "./kernel/either-signal.suite.js";
import { suite as kernelEnding } from "./kernel/ending.suite.js";
import { suite as kernelErrors } from "./kernel/errors.suite.js";
import { suite as kernelExits } from "./kernel/exits.suite.js";
import { suite as kernelMailbox } from "./kernel/mailbox.suite.js";
import { suite as kernelMailboxBounds } from "./kernel/mailbox-bounds.suite.js";
import { suite as kernelRidingCalls } from "./kernel/riding-calls.suite.js";
import { suite as kernelRunQueue } from "./kernel/run-queue.suite.js";
import { suite as kernelTimers } from "./kernel/timers.suite.js";
import { suite as kernelViews } from "./kernel/views.suite.js";
import { suite as realmsBroadcastLink } from "./realms/broadcast-link.suite.js";
import { suite as realmsCloneCodec } from "./realms/clone-codec.suite.js";
import { suite as realmsCrashes } from "./realms/crashes.suite.js";
import { suite as realmsFaults } from "./realms/faults.suite.js";
import { suite as realmsHostile } from "./realms/hostile.suite.js";
import { suite as realmsHostileValues } from "./realms/hostile-values.suite.js";
import { suite as realmsJsonCodec } from "./realms/json-codec.suite.js";
import { suite as realmsLinkOf } from "./realms/link-of.suite.js";
import { suite as realmsMessagePortLink } from "./realms/message-port-link.suite.js";
import { suite as realmsNumbered } from "./realms/numbered.suite.js";
import { suite as realmsOffers } from "./realms/offers.suite.js";
import { suite as realmsOutage } from "./realms/outage.suite.js";
import { suite as realmsPlaces } from "./realms/places.suite.js";
import { suite as realmsPool } from "./realms/pool.suite.js";
import { suite as realmsPoolWorkers } from "./realms/pool-workers.suite.js";
import { suite as realmsProperties } from "./realms/properties.suite.js";
import { suite as remote } from "./realms/remote.suite.js";
import { suite as realmsRemoteError } from "./realms/remote-error.suite.js";
import { suite as realmsSemantics } from "./realms/semantics.suite.js";
import { suite as realmsShared } from "./realms/shared.suite.js";
import { suite as realmsSharedWorkerLink } from "./realms/shared-worker-link.suite.js";
import { suite as realmsSignals } from "./realms/signals.suite.js";
import { suite as realmsStreams } from "./realms/streams.suite.js";
import { suite as realmsTabs } from "./realms/tabs.suite.js";
import { suite as realmsTransfer } from "./realms/transfer.suite.js";
import { suite as realmsViews } from "./realms/views.suite.js";
import { suite as realmsWebsocketLink } from "./realms/websocket-link.suite.js";
import { suite as realmsWindowLink } from "./realms/window-link.suite.js";
import { suite as realmsWire } from "./realms/wire.suite.js";
import { suite as realmsWords } from "./realms/words.suite.js";
import { suite as realmsWorkerLink } from "./realms/worker-link.suite.js";
import { suite as realmsWorkerReadme } from "./realms/worker-readme.suite.js";
import { suite as realmsWorkerStreams } from "./realms/worker-streams.suite.js";
import { suite as realmsWorkerTransfer } from "./realms/worker-transfer.suite.js";
import { suite as orderedMap } from "./registry/ordered-map.suite.js";
import { suite as registry } from "./registry/registry.suite.js";
import { suite as registryModel } from "./registry/registry-model.suite.js";
import { suite as tableOwnership } from "./registry/table-ownership.suite.js";
import { suite as tablePatterns } from "./registry/table-patterns.suite.js";
import { suite as tables } from "./registry/tables.suite.js";
import { suite as termOrder } from "./registry/term-order.suite.js";
import { suite as supervisorCalls } from "./supervision/calls.suite.js";
import { suite as dynamicSupervisors } from "./supervision/dynamic.suite.js";
import { suite as supervisorGaveUp } from "./supervision/gave-up.suite.js";
import { suite as supervisionModel } from "./supervision/model.suite.js";
import { suite as nestedSupervisors } from "./supervision/nested.suite.js";
import { suite as supervisionProperties } from "./supervision/properties.suite.js";
import { suite as restartFrom } from "./supervision/restart-from.suite.js";
import { suite as handleStatus } from "./supervision/status.suite.js";
import { suite as supervisor } from "./supervision/supervisor.suite.js";
import { suite as taskSupervisor } from "./supervision/task-supervisor.suite.js";
import { suite as testingFakeSerialPort } from "./testing/fake-serial-port.suite.js";
import { suite as testingMemoryLink } from "./testing/memory-link.suite.js";
import { suite as testingMemoryRealmLink } from "./testing/memory-realm-link.suite.js";
import { suite as platformConformance } from "./testing/platform-conformance.suite.js";
import { suite as testingVirtualPlatform } from "./testing/virtual-platform.suite.js";

// biome-ignore format: one entry a line, so that branches merge
/** All host-neutral suites. */
export const suites: readonly Suite[] = [
  backoff,
  byteLinkClassify,
  byteLinkPump,
  byteLinkTimers,
  byteLinkWebsocketBytes,
  modbusClient,
  modbusClientLink,
  modbusClientSoak,
  modbusClientTimers,
  modbusCrc,
  modbusReplies,
  modbusRequests,
  modbusRtuFramer,
  modbusRtuServerFramer,
  modbusServe,
  modbusSlave,
  modbusTcpFramer,
  modbusTiming,
  serialWebSerial,
  sseClassify,
  sseClient,
  sseParserChunking,
  sseParserCost,
  sseParser,
  subscription,
  unsupported,
  websocketClient,
  websocketCloseClass,
  websocketMessageBytes,
  websocketOutbox,
  agent,
  actor,
  genServer,
  genServerHandlers,
  names,
  printing,
  starting,
  streams,
  sys,
  system,
  stateMachine,
  conformanceProcess,
  stateMachineEvents,
  stateMachineModes,
  conformanceReplayer,
  task,
  taskStream,
  conformanceSupervision,
  conformanceStatem,
  harness,
  inspect,
  kernelCalls,
  kernelEitherSignal,
  kernelEnding,
  kernelErrors,
  kernelExits,
  kernelMailboxBounds,
  kernelMailbox,
  kernelRidingCalls,
  kernelRunQueue,
  kernelTimers,
  kernelViews,
  realmsCloneCodec,
  realmsCrashes,
  realmsFaults,
  realmsHostile,
  realmsHostileValues,
  realmsJsonCodec,
  realmsNumbered,
  realmsOffers,
  realmsOutage,
  realmsPlaces,
  realmsPool,
  realmsPoolWorkers,
  realmsRemoteError,
  realmsShared,
  realmsStreams,
  realmsTabs,
  realmsTransfer,
  realmsWire,
  realmsBroadcastLink,
  realmsLinkOf,
  realmsMessagePortLink,
  realmsSharedWorkerLink,
  realmsSignals,
  realmsViews,
  realmsWebsocketLink,
  realmsWindowLink,
  realmsWords,
  realmsWorkerLink,
  realmsWorkerReadme,
  realmsWorkerStreams,
  realmsWorkerTransfer,
  orderedMap,
  realmsProperties,
  remote,
  realmsSemantics,
  registry,
  registryModel,
  tableOwnership,
  tablePatterns,
  tables,
  termOrder,
  supervisorCalls,
  dynamicSupervisors,
  supervisorGaveUp,
  supervisionModel,
  nestedSupervisors,
  supervisionProperties,
  restartFrom,
  handleStatus,
  supervisor,
  taskSupervisor,
  testingFakeSerialPort,
  testingMemoryLink,
  testingMemoryRealmLink,
  platformConformance,
  testingVirtualPlatform,
];

/** Those of them that compare real times: for a host that does nothing else meanwhile. */
export const realTimeSuites: readonly Suite[] = [platformConformance, sseParserCost];

/** All others, which may run beside anything. */
export const timelessSuites: readonly Suite[] = suites.filter(
  (suite) => !realTimeSuites.includes(suite),
);
