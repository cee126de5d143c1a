#!/usr/bin/python3
"""An event-stream server that shares no code with the client under test (aiohttp).

usage: sse_peer.py PORT      0 is a free port; prints `listening PORT` once it accepts connections

Every path answers every method, with CORS. Every path takes `key`: what it counts by.
  /message?message=&newline=&mime=&chunk=N&gapMs=&status=&holdMs=
                              the percent-encoded bytes of `message`, in chunks of N bytes; without
                              `message`, the body of the request. newline=none adds no blank line
  /status?code=&times=N&retryAfter=&mime=&location=
                              answers `code` N times (without N: always), then an event stream
  /redirect?code=&to=         redirects
  /drop?cut=event|line|reset&retry=
                              one event, id 1, 2, ... with each connection, its data the
                              Last-Event-ID that came; then a clean end. cut=line: no blank line;
                              cut=reset: the connection is reset
  /lastid?id=                 one event with that id, its data the Last-Event-ID that came; an end
  /auth?token=&code=          an event stream for `Authorization: Bearer TOKEN`, else 401 or `code`
  /stall?events=N             N events (1), then silence
  /silent                     the head is never sent
  /heartbeat?everyMs=&count=  comments; then `data: done`
  /ticks?everyMs=&count=      events with ids 1, 2, ...
  /flood?count=&bytes=        events as fast as the client takes them
  /post                       echoes method, body, Content-Type and Authorization as JSON
  /stats                      JSON: connections (TCP, of /stats too), and for each key (the path
                              without one): requests, open, bytes, events, aborted, and the
                              `method`, `lastEventId`, `authorization` of the latest requests
  /reset                      forgets the counts
"""
import asyncio
import json
import os
import signal
import socket
import struct
import sys
from urllib.parse import unquote_to_bytes

from aiohttp import web

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "*",
    "Access-Control-Allow-Headers": "Last-Event-ID, Authorization, Content-Type, Cache-Control, *",
    "Access-Control-Expose-Headers": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-store",
}
KEPT = 100


class Count:
    """What happened at one key."""

    def __init__(self):
        self.requests = 0
        self.open = 0
        self.bytes = 0
        self.events = 0
        self.aborted = 0
        self.latest = []

    def begin(self, request):
        self.requests += 1
        self.latest.append(
            {
                "method": request.method,
                "lastEventId": request.headers.get("Last-Event-ID"),
                "authorization": request.headers.get("Authorization"),
            }
        )
        del self.latest[:-KEPT]


class Peer:
    def __init__(self):
        self.counts = {}
        self.connections = 0

    def count(self, request):
        key = request.query.get("key", request.path)
        return self.counts.setdefault(key, Count())

    def reset(self):
        self.counts = {}
        self.connections = 0


PEER = Peer()


class Stream:
    """One response whose bytes and end are counted."""

    def __init__(self, request, mime="text/event-stream", status=200, prepare=True):
        self.request = request
        self.prepare = prepare
        self.count = PEER.count(request)
        self.response = web.StreamResponse(status=status, headers={**CORS, "Content-Type": mime})

    async def __aenter__(self):
        self.count.open += 1
        try:
            if self.prepare:
                await self.response.prepare(self.request)
        except BaseException:
            self.count.open -= 1
            raise
        return self

    async def __aexit__(self, kind, error, trace):
        self.count.open -= 1
        if kind is not None:
            self.count.aborted += 1
        # The client went away: that is counted, and no error of this server.
        return kind is not None and issubclass(kind, (ConnectionError, asyncio.CancelledError))

    async def send(self, data, events=0):
        # aiohttp buffers small writes to a connection that is closing; look first.
        if gone(self.request):
            raise ConnectionResetError("the client went away")
        await self.response.write(data)
        self.count.bytes += len(data)
        self.count.events += events


def gone(request):
    return request.transport is None or request.transport.is_closing()


async def hold(request, seconds=3600):
    """Waits, and ends with the client: this aiohttp does not cancel a handler whose client left."""
    for _ in range(int(seconds * 100)):
        await asyncio.sleep(0.01)
        if gone(request):
            raise ConnectionResetError("the client went away")


def raw_parameter(request, name):
    """A query parameter as bytes: aiohttp's own are text."""
    _, _, query = request.raw_path.partition("?")
    for part in query.split("&"):
        key, _, value = part.partition("=")
        if key == name:
            return unquote_to_bytes(value.replace("+", " "))
    return None


def number(request, name, default):
    return int(request.query.get(name, default))


async def message(request):
    body = raw_parameter(request, "message")
    if body is None:
        body = await request.read()
    newline = raw_parameter(request, "newline")
    if newline != b"none":
        body += b"\n\n" if newline is None else newline
    size = number(request, "chunk", len(body) or 1)
    gap = number(request, "gapMs", 0) / 1000
    mime = request.query.get("mime", "text/event-stream")
    async with Stream(request, mime, number(request, "status", 200)) as stream:
        for at in range(0, len(body), size):
            await stream.send(body[at : at + size])
            await asyncio.sleep(gap)
        await hold(request, number(request, "holdMs", 0) / 1000)
    return stream.response


async def status(request):
    if PEER.count(request).requests > number(request, "times", sys.maxsize):
        async with Stream(request) as stream:
            await stream.send(b"data: recovered\n\n", 1)
        return stream.response
    headers = {**CORS, "Content-Type": request.query.get("mime", "text/event-stream")}
    if "retryAfter" in request.query:
        headers["Retry-After"] = request.query["retryAfter"]
    if "location" in request.query:
        headers["Location"] = request.query["location"]
    return web.Response(status=number(request, "code", 500), headers=headers)


async def redirect(request):
    headers = {**CORS, "Location": request.query.get("to", "/lastid?id=redirected")}
    return web.Response(status=number(request, "code", 302), headers=headers)


async def drop(request):
    last = request.headers.get("Last-Event-ID", "-")
    cut = request.query.get("cut", "event")
    async with Stream(request) as stream:
        retry = number(request, "retry", 20)
        head = f"retry: {retry}\nid: {stream.count.requests}\ndata: {last}\n"
        await stream.send(head.encode() + (b"" if cut == "line" else b"\n"), cut != "line")
        if cut == "reset":
            await asyncio.sleep(0.02)
            # With no time to linger the kernel sends RST instead of FIN.
            raw = request.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.transport.abort()
            await hold(request)
    return stream.response


async def lastid(request):
    last = request.headers.get("Last-Event-ID", "-")
    async with Stream(request) as stream:
        identity = raw_parameter(request, "id")
        head = b"" if identity is None else b"id: " + identity + b"\n"
        await stream.send(b"retry: 20\n" + head + f"data: {last}\n\n".encode(), 1)
    return stream.response


async def auth(request):
    if request.headers.get("Authorization") != f"Bearer {request.query.get('token', '')}":
        return web.Response(status=number(request, "code", 401), headers=CORS)
    async with Stream(request) as stream:
        await stream.send(b"data: welcome\n\n", 1)
        await hold(request)
    return stream.response


async def stall(request):
    async with Stream(request) as stream:
        for event in range(1, number(request, "events", 1) + 1):
            await stream.send(f"id: {event}\ndata: {event}\n\n".encode(), 1)
        await hold(request)
    return stream.response


async def silent(request):
    async with Stream(request, prepare=False):
        await hold(request)
    return web.Response(status=500)


async def heartbeat(request):
    async with Stream(request) as stream:
        for _ in range(number(request, "count", 200)):
            await stream.send(b": heartbeat\n")
            await asyncio.sleep(number(request, "everyMs", 10) / 1000)
        await stream.send(b"data: done\n\n", 1)
        await hold(request)
    return stream.response


async def ticks(request):
    async with Stream(request) as stream:
        for tick in range(1, number(request, "count", 1000) + 1):
            await stream.send(f"id: {tick}\ndata: {tick}\n\n".encode(), 1)
            await asyncio.sleep(number(request, "everyMs", 10) / 1000)
    return stream.response


async def flood(request):
    filler = b"x" * number(request, "bytes", 1000)
    async with Stream(request) as stream:
        for event in range(1, number(request, "count", 1000) + 1):
            await stream.send(b"id: %d\ndata: %s\n\n" % (event, filler), 1)
    return stream.response


async def post(request):
    seen = {
        "method": request.method,
        "body": await request.text(),
        "contentType": request.headers.get("Content-Type"),
        "authorization": request.headers.get("Authorization"),
    }
    async with Stream(request) as stream:
        await stream.send(f"data: {json.dumps(seen)}\n\n".encode(), 1)
    return stream.response


async def stats(request):
    counts = {key: vars(count) for key, count in PEER.counts.items()}
    body = {"connections": PEER.connections, "counts": counts}
    return web.json_response(body, headers=CORS)


async def reset(request):
    PEER.reset()
    return web.Response(status=204, headers=CORS)


HANDLERS = {
    "/message": message,
    "/status": status,
    "/redirect": redirect,
    "/drop": drop,
    "/lastid": lastid,
    "/auth": auth,
    "/stall": stall,
    "/silent": silent,
    "/heartbeat": heartbeat,
    "/ticks": ticks,
    "/flood": flood,
    "/post": post,
}


async def answer(request):
    if request.method == "OPTIONS":
        return web.Response(status=204, headers=CORS)
    if request.path == "/stats":
        return await stats(request)
    if request.path == "/reset":
        return await reset(request)
    handler = HANDLERS.get(request.path)
    if handler is None:
        return web.Response(status=404, headers=CORS)
    PEER.count(request).begin(request)
    return await handler(request)


async def main():
    # The low-level server, so that connections can be counted where they are made.
    server = web.Server(answer, tcp_keepalive=False)
    loop = asyncio.get_running_loop()

    def connection():
        PEER.connections += 1
        return server()

    listener = await loop.create_server(connection, "127.0.0.1", int(sys.argv[1]))
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, lambda: os._exit(0))
    print(f"listening {listener.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
