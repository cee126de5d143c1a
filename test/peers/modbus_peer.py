#!/usr/bin/python3
"""Modbus devices that share no code with the client under test (pymodbus 3.0.0, Debian 12).

usage: modbus_peer.py tcp PORT | rtutcp PORT | rtu PTY   [--reads]
       PORT 0 is a free port; prints `listening PORT` or `listening PTY` once it serves

Units 1 and 17, 4,096 of each kind: holding register i is 0x1000 + i (unit 17: 0x1100 + i), input
register i is 0x2000 + i, coil i is set where i % 3 == 0, discrete input i where i % 2 == 0.
Then prints a JSON line for every write that it carries out, and with --reads for every read:
  {"op": "write", "unit": 1, "function": 6, "address": 5, "values": [7]}
A client that repeats a write shows up as two lines.
"""
import asyncio
import json
import os
import signal
import sys

from pymodbus.datastore import ModbusSequentialDataBlock as Block
from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext
from pymodbus.device import ModbusDeviceIdentification
from pymodbus.server.async_io import ModbusSerialServer, ModbusTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

SIZE = 4096
LOG_READS = "--reads" in sys.argv


class Unit(ModbusSlaveContext):
    """A device that says what it was asked to do."""

    def __init__(self, unit):
        self.unit = unit
        base = 0x1000 if unit == 1 else 0x1100
        super().__init__(
            di=Block(0, [i % 2 == 0 for i in range(SIZE)]),
            co=Block(0, [i % 3 == 0 for i in range(SIZE)]),
            hr=Block(0, [base + i for i in range(SIZE)]),
            ir=Block(0, [0x2000 + i for i in range(SIZE)]),
            zero_mode=True,
        )

    def log(self, op, function, address, **detail):
        line = {"op": op, "unit": self.unit, "function": function, "address": address, **detail}
        print(json.dumps(line), flush=True)

    def setValues(self, function, address, values):
        self.log("write", function, address, values=[int(value) for value in values])
        super().setValues(function, address, values)

    def getValues(self, function, address, count=1):
        # The library also reads to make the answer of a write; those are no requests.
        if LOG_READS and function in (1, 2, 3, 4, 23):
            self.log("read", function, address, count=count)
        return super().getValues(function, address, count)


async def main():
    kind, where = sys.argv[1], sys.argv[2]
    context = ModbusServerContext(slaves={1: Unit(1), 17: Unit(17)}, single=False)
    identity = ModbusDeviceIdentification(
        info_name={"VendorName": "Acme", "ProductCode": "AX", "MajorMinorRevision": "1.2"}
    )
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, lambda: os._exit(0))
    if kind == "rtu":
        # The line of a test may vanish and return.
        server = ModbusSerialServer(
            context,
            ModbusRtuFramer,
            identity,
            port=where,
            baudrate=19200,
            timeout=0.005,
            auto_reconnect=True,
            reconnect_delay=0.1,
        )
        await server.start()
        if server.transport is None:
            sys.exit(f"cannot open {where}")
        print(f"listening {where}", flush=True)
        await server.serve_forever()
        return
    framer = {"tcp": ModbusSocketFramer, "rtutcp": ModbusRtuFramer}[kind]
    server = ModbusTcpServer(
        context, framer, identity, ("127.0.0.1", int(where)), allow_reuse_address=True
    )
    serving = asyncio.ensure_future(server.serve_forever())
    await asyncio.wait({server.serving, serving}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        serving.result()
    print(f"listening {server.server.sockets[0].getsockname()[1]}", flush=True)
    await serving


asyncio.run(main())
