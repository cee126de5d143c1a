// The public surface of the core: what `import { … } from "troupe"` can name, on every host.
//
// Named exports only. A host's own index (platform/<host>/index.ts) re-exports this and adds
// createSystem, bound to the host. Adapters, inspection and test helpers are entries of their own.

// For users whose `lib` lacks it: the types of `using` and `await using`.
/// <reference lib="esnext.disposable" preserve="true" />

// Systems, and how to start in them.

export type { Behaviour, HandleOf } from "./behaviours/behaviour.js";
export { type Ignore, ignore } from "./behaviours/gen.js";
export { startLink, startWithin } from "./behaviours/start.js";
export {
  createSystemOn,
  type ProcessSnapshot,
  type System,
  type SystemOptions,
} from "./behaviours/system.js";
export type {
  EventReport,
  LogLevel,
  Observer,
  ProcessInfo,
  SystemEvent,
} from "./kernel/observers.js";
export type { HostTimer, Platform } from "./kernel/platform.js";

// Servers.

export type { StandardSchema } from "./behaviours/accepts.js";
export { changeCode } from "./behaviours/change-code.js";
export {
  type CallApi,
  type CastApi,
  genServer,
  type InitSelf,
  type None,
  type Server,
  type ServerSelf,
  type StreamApi,
} from "./behaviours/gen-server.js";
export { idleTimeout } from "./behaviours/idle-timeout.js";

// State machines.

export { changeBehaviour, popBehaviour, pushBehaviour } from "./behaviours/hand-over.js";
export type { NextOptions } from "./behaviours/machine-context.js";
export {
  type AsHandlers,
  type EventSignatures,
  type MachineCalls,
  type MachineCasts,
  type MachineEvent,
  type MachineHandle,
  type Postpone,
  type Signature,
  signature,
} from "./behaviours/machine-protocol.js";
export { NotInState } from "./behaviours/machine-table.js";
export type { TimeoutTime } from "./behaviours/machine-timeouts.js";
export {
  type BesideStates,
  type MachineInit,
  type MachineSelf,
  type MachineStreamSelf,
  postpone,
  type StateHandlers,
  stateMachine,
} from "./behaviours/state-machine.js";

// Actors with a loop of their own, and mailboxes.

export {
  type ActorHandle,
  type ActorMailbox,
  type ActorSelf,
  actor,
  type News,
  type ReceiveOptions,
} from "./behaviours/actor.js";
export type { MailboxOptions, Overflow } from "./kernel/bound.js";
export { mailbox } from "./kernel/mailbox.js";
export type { Mailbox, SendOptions, StandaloneOptions } from "./kernel/mailbox-face.js";

// Streams of servers and state machines.

export type {
  Progress,
  Streamed,
  StreamHandlers,
  StreamSelf,
  Streams,
} from "./behaviours/stream-handlers.js";
export { progress } from "./behaviours/stream-producer.js";
export { streams } from "./behaviours/streams.js";

// Agents and tasks.

export { type AgentHandle, type AgentOptions, agent } from "./behaviours/agent.js";
export { awaitAll, type Job } from "./behaviours/job.js";
export type { Owner, OwnerSelf } from "./behaviours/owner.js";
export { startTask, type TaskFunction, type TaskOptions, task } from "./behaviours/task.js";
export { asyncStream, type Source, type StreamOptions } from "./behaviours/task-stream.js";
export {
  type TaskSupervisorHandle,
  type TaskSupervisorOptions,
  taskSupervisor,
} from "./supervision/task-supervisor.js";

// What handlers get, and what others hold of a process.

export type {
  Deferred,
  Log,
  Resource,
  SelfBase,
  SelfReplies,
  SentLater,
} from "./behaviours/self.js";
export { type MessageLater, sendLater } from "./behaviours/send-later.js";
export type {
  CallFace,
  CastFace,
  Handle,
  OfferFace,
  ServerHandle,
  StreamFace,
} from "./behaviours/server-handle.js";
export type { ActorRef } from "./kernel/actor-ref.js";
export type { From } from "./kernel/call-request.js";
export type { Info, Shutdown, Status } from "./kernel/process.js";
export type { WithOptions } from "./kernel/ref.js";
export { type ViewHints, viewHints } from "./kernel/view-hints.js";

// Supervisors.

export { backoff } from "./supervision/backoff.js";
export {
  countChildren,
  deleteChild,
  getChildSpec,
  restartChild,
  startChild,
  terminateChild,
  whichChildren,
} from "./supervision/child-operations.js";
export { ChildRefused, type Refusal } from "./supervision/child-refused.js";
export {
  type ChildOptions,
  type ChildSpec,
  type ChildType,
  child,
  type Restart,
  type RestartAllowance,
  type RestartDelay,
  type SiblingSpec,
} from "./supervision/child-spec.js";
export {
  type DynamicHandle,
  dynamicSupervisor,
  type StartAny,
  type StartFrom,
} from "./supervision/dynamic-supervisor.js";
export {
  type PartitionHandle,
  type PartitionKey,
  partitionSupervisor,
} from "./supervision/partition-supervisor.js";
export {
  type AutoShutdown,
  type ChildHandles,
  type MakeChild,
  type Strategy,
  type SupervisorFlags,
  type SupervisorHandle,
  supervisor,
} from "./supervision/supervisor.js";
export type { ChildCounts, ChildEntry, ChildSummary } from "./supervision/supervisor-calls.js";
export { SupervisorGaveUp } from "./supervision/supervisor-gave-up.js";

// Names and registries.

export {
  byName,
  type NamedOptions,
  named,
  register,
  unregister,
  whereis,
} from "./behaviours/names.js";
export { AlreadyRegistered, type Key, type KeyPart } from "./kernel/registrations.js";
export {
  type Registered,
  type Registry,
  type RegistryEvent,
  type RegistryOptions,
  registry,
} from "./registry/registry.js";

// Tables.

export { bagTable, duplicateBagTable } from "./registry/tables/bag-table.js";
export { orderedSetTable } from "./registry/tables/ordered-set-table.js";
export { setTable } from "./registry/tables/set-table.js";
export type {
  BagTable,
  CounterField,
  CounterStep,
  DefaultKey,
  FieldOf,
  InitialRow,
  OrderedSelectOptions,
  OrderedSetTable,
  SelectOptions,
  SetTable,
  Table,
  TableAccessMode,
  TableInfo,
  TableKind,
  TableOptions,
} from "./registry/tables/table.js";
export { NoSuchRow, TableAccess, TableEnded } from "./registry/tables/table-errors.js";
export type { Guards, Pattern, Where } from "./registry/tables/table-pattern.js";
export { TableTransfer } from "./registry/tables/table-transfer.js";
export { compareTerms, type Term } from "./registry/tables/term-order.js";

// To look into live processes.

export { type ProcessStatus, type Sys, sys } from "./behaviours/sys.js";
export type { TraceEvent } from "./behaviours/sys-trace.js";

// Errors and exit reasons.

export {
  ActorError,
  ActorExit,
  CallCycle,
  CallTimeout,
  MailboxClosed,
  MailboxFull,
  ProcessEnded,
  SelfStop,
  StartFailed,
  UnsupportedError,
} from "./kernel/errors.js";
export {
  type ErrorRecord,
  type ExitReason,
  formatReason,
  isNormalReason,
} from "./kernel/exit-reason.js";
