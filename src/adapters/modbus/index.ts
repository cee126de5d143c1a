// The entry `troupe/modbus`: the client and the slave, their errors, and the pure codec for those
// who want no actor.
//
// Named exports only; importing does nothing.

/// <reference lib="esnext.disposable" preserve="true" />

export type { ByteDuplex, Connect, ConnectOptions, LinkTimers } from "../byte-link/byte-duplex.js";
export { type LinkDisposition, LinkError } from "../byte-link/errors.js";
export type { ConnectionStatus, ConnectionView } from "../connection.js";
export { type ConnectionTimes, ConnectTimeout } from "../connection-times.js";
export {
  readCoils,
  readDiscreteInputs,
  writeCoil,
  writeCoils,
} from "./bit-functions.js";
export {
  type ModbusClientCasts,
  type ModbusClientHandle,
  modbusClient,
} from "./client.js";
export type { ModbusClientOptions, ModbusFraming } from "./client-options.js";
export type { ClientCounters, ModbusClientView } from "./client-view.js";
export { crc16 } from "./crc.js";
export {
  ModbusException,
  type ModbusExceptionDetail,
  type ModbusExceptionName,
  type ModbusField,
  ModbusLinkDown,
  type ModbusMismatch,
  ModbusProtocolError,
  ModbusQueueFull,
  type ModbusTarget,
  ModbusTimeout,
} from "./errors.js";
export {
  encodeRtuFrame,
  encodeTcpFrame,
  type FramerCounters,
  type ModbusFrame,
  type TcpFrame,
} from "./frame.js";
export type { ModbusFunction, ModbusRequest } from "./modbus-function.js";
export {
  createRegisterBank,
  type DataSpace,
  type RegisterBank,
  type RegisterBankOptions,
} from "./register-bank.js";
export {
  readHoldingRegisters,
  readInputRegisters,
  readWriteRegisters,
  writeRegister,
  writeRegisters,
} from "./register-functions.js";
export { answersRequest, decodeReply } from "./replies.js";
export { buildRequest, type RawRequestOptions, rawRequest } from "./requests.js";
export { RtuFramer } from "./rtu-framer.js";
export { RtuServerFramer, type RtuServerFramerOptions } from "./rtu-server-framer.js";
export { serveRequest } from "./serve.js";
export {
  type ModbusSlaveCalls,
  type ModbusSlaveCasts,
  type ModbusSlaveHandle,
  type ModbusSlaveStatus,
  type ModbusSlaveView,
  modbusSlave,
} from "./slave.js";
export type { SlaveCounters } from "./slave-line.js";
export type { ModbusSlaveOptions, ModbusWrite } from "./slave-options.js";
export { TcpFramer, type TcpFramerOptions, TcpServerFramer } from "./tcp-framer.js";
export { rtuIdleGapMs, rtuSendGapMs, rtuSilenceMs } from "./timing.js";
export type { ModbusCallOptions, ModbusUnit } from "./unit.js";
