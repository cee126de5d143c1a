#!/usr/bin/python3
"""A WebSocket server that shares no code with the client under test (Python's websockets).

usage: ws_peer.py PORT       0 is a free port; prints `listening PORT` once it accepts connections

Every path takes `key`: what it counts by (default: the path without its query).
  /echo                       sends every message back, text as text, binary as binary
  /close/CODE?reason=&after=N closes with any code after N messages (0); 1005 sends no code, 1006
                              cuts the connection without a close frame
  /closes?codes=A,B,...       like /close with the next code for each connection of the key, then
                              like /echo
  /silent                     accepts, then reads nothing: no pong, no answer to a close
  /mute?after=N               echoes N messages (0), reads on, but answers nothing any more
  /flood/N?bytes=             sends N messages, "0 xxx", "1 xxx", ..., then echoes
  /slow?everyMs=              reads one message in that time (50), and echoes it
  /record?dropAfter=N         keeps what it gets for /stats, echoes; with dropAfter it cuts every
                              connection after its N-th message
  /heartbeat                  answers `ping` with `pong`, echoes the rest
  /reject?code=               refuses the handshake with that HTTP status (401)
  /auth?token=                accepts the handshake with this token only, as the query parameter
                              `given`, as a bearer token or as a subprotocol; else 401
  /hang                       never answers the handshake
  /proto                      chooses the subprotocol `sup` if offered, and sends its choice
  /stats                      (plain HTTP) JSON: for each key: handshakes, opened, open, received,
                              bytes, messages (of /record), closes ([code, reason] as received)
  /reset                      (plain HTTP) forgets the counts
"""
import asyncio
import http
import json
import os
import signal
import struct
import sys
import warnings
from urllib.parse import parse_qs, urlsplit

import websockets

warnings.simplefilter("ignore")
CORS = [("Access-Control-Allow-Origin", "*"), ("Cross-Origin-Resource-Policy", "cross-origin")]
COUNTS = {}


class Target:
    """A path with its query and its counts."""

    def __init__(self, path):
        parts = urlsplit(path)
        self.path = parts.path
        self.steps = parts.path.strip("/").split("/")
        self.query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.key = self.query.get("key", parts.path)

    def number(self, name, default):
        return int(self.query.get(name, default))

    @property
    def count(self):
        empty = {
            "handshakes": 0,
            "opened": 0,
            "open": 0,
            "received": 0,
            "bytes": 0,
            "messages": [],
            "closes": [],
        }
        return COUNTS.setdefault(self.key, empty)


def plain(body):
    return (http.HTTPStatus.OK, [("Content-Type", "application/json"), *CORS], body.encode())


async def before(path, headers):
    target = Target(path)
    name = target.steps[0]
    if name == "stats":
        return plain(json.dumps(COUNTS))
    if name == "reset":
        COUNTS.clear()
        return plain("{}")
    target.count["handshakes"] += 1
    if name == "reject":
        return (http.HTTPStatus(target.number("code", 401)), CORS, b"refused\n")
    if name == "auth":
        token = target.query.get("token", "")
        protocols = [part.strip() for part in headers.get("Sec-WebSocket-Protocol", "").split(",")]
        given = [target.query.get("given"), *protocols]
        if token not in given and headers.get("Authorization") != f"Bearer {token}":
            return (http.HTTPStatus.UNAUTHORIZED, CORS, b"who are you\n")
    if name == "hang":
        await asyncio.sleep(3600)
    return None


async def close(ws, code, reason):
    if code == 1006:
        ws.transport.abort()
        return
    # By hand, because the library refuses to send codes that a client should still survive.
    payload = b"" if code == 1005 else struct.pack(">H", code) + reason.encode()
    ws.transport.write(bytes([0x88, len(payload)]) + payload)
    await asyncio.sleep(0.05)
    ws.transport.close()


async def echo(ws, target, most=sys.maxsize, answer=True, keep=False, gap=0.0):
    """Echoes `most` messages at most; True if it got as many."""
    count = target.count
    seen = 0
    while seen < most:
        await asyncio.sleep(gap)
        message = await ws.recv()
        seen += 1
        count["received"] += 1
        count["bytes"] += len(message if isinstance(message, bytes) else message.encode())
        if keep:
            count["messages"].append(message if isinstance(message, str) else message.hex())
        if target.steps[0] == "heartbeat" and message == "ping":
            await ws.send("pong")
        elif answer:
            await ws.send(message)
    return True


async def serve(ws, target):
    name = target.steps[0]
    reason = target.query.get("reason", "")
    if name == "close":
        await echo(ws, target, target.number("after", 0))
        await close(ws, int(target.steps[1]), reason)
    elif name == "closes":
        codes = target.query["codes"].split(",")
        if target.count["opened"] <= len(codes):
            await close(ws, int(codes[target.count["opened"] - 1]), reason)
        else:
            await echo(ws, target)
    elif name == "silent":
        ws.transport.pause_reading()
        await asyncio.sleep(3600)
    elif name == "mute":
        await echo(ws, target, target.number("after", 0))
        await echo(ws, target, answer=False)
    elif name == "flood":
        filler = "x" * target.number("bytes", 0)
        for index in range(int(target.steps[1])):
            await ws.send(f"{index} {filler}")
        await echo(ws, target)
    elif name == "slow":
        await echo(ws, target, gap=target.number("everyMs", 50) / 1000)
    elif name == "record":
        await echo(ws, target, target.number("dropAfter", sys.maxsize), keep=True)
        ws.transport.abort()
    elif name == "proto":
        await ws.send(f"subprotocol {ws.subprotocol}")
        await echo(ws, target)
    else:
        await echo(ws, target)


async def handle(ws, path):
    target = Target(path)
    count = target.count
    count["opened"] += 1
    count["open"] += 1
    try:
        await serve(ws, target)
    except websockets.ConnectionClosed as closed:
        received = closed.rcvd
        if received is not None:
            count["closes"].append([received.code, received.reason])
    finally:
        count["open"] -= 1


async def main():
    server = await websockets.serve(
        handle,
        "127.0.0.1",
        int(sys.argv[1]),
        process_request=before,
        subprotocols=["sup"],
        ping_interval=None,
        max_size=None,
        # So that /slow and /silent push back soon, and not after a megabyte.
        max_queue=1,
        read_limit=4096,
        compression=None,
    )
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, lambda: os._exit(0))
    print(f"listening {server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
