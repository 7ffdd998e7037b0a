# SPDX-License-Identifier: MPL-2.0
"""A TCP proxy that does to a link what networks do: cut, stall, truncate, half-close, delay.

It also watches what passes: when each piece went over which connection, and when and why that connection ended, is what
the verdict about a lost message rests on (check.py). It reads on while a link is stalled, so that what a server has
written is seen even if it never gets further.
"""

import asyncio
import random
import socket
import struct
import time

CHUNK_BYTES = 16384
_RESET = struct.pack("ii", 1, 0)


class Direction:
    """One half of a link: what was read and is not yet passed on, in its order."""

    def __init__(self, link, name, reader, writer):
        self.link = link
        self.name = name  # "in": to the gateway, "out": from it
        self.reader = reader
        self.writer = writer
        self.queue = asyncio.Queue()
        self.is_open = asyncio.Event()
        self.is_open.set()
        self.delay_s = 0.0
        self.truncate_at = None  # a number from 0 to 1: how much of the next chunk gets through

    async def read(self):
        try:
            while data := await self.reader.read(CHUNK_BYTES):
                marks = self.link.proxy.watch(self.link, self.name, data)
                self.queue.put_nowait((data, marks))
            self.link.left(self.name)
            self.queue.put_nowait((None, ()))
        except OSError as error:
            self.link.left(self.name)
            self.link.abort("%s was reset: %s" % (self.name, error))

    async def write(self):
        try:
            while True:
                data, marks = await self.queue.get()
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                await self.is_open.wait()
                if data is None:
                    self.link.finish("%s has ended" % self.name)
                    return
                if self.truncate_at is not None:
                    self.writer.write(data[:int(len(data) * self.truncate_at)])
                    await self.writer.drain()
                    self.link.finish("truncate")
                    return
                self.writer.write(data)
                if b"</stream:stream>" in data and not self.link.has_left(self.name):
                    self.link.has_goodbye[self.name] = True
                for mark in marks:
                    mark.passed_at = time.monotonic()
                await self.writer.drain()
        except OSError as error:
            self.link.abort("%s was reset: %s" % (self.name, error))


class Link:
    """One connection through the proxy. `name` is what it was seen to be for: a component, a nickname."""

    def __init__(self, proxy, number, gateway, server):
        self.proxy = proxy
        self.proxy_name = proxy.name
        self.number = number
        self.name = None
        self.began_at = time.monotonic()
        self.ended_at = None
        self.why = None
        self.gateway_left_at = None
        self.is_struck = False  # somebody does something to it just now
        self.has_goodbye = {"in": False, "out": False}  # the end of the stream has passed
        self.tails = {"in": b"", "out": b""}
        self._writers = (gateway[1], server[1])
        self.out = Direction(self, "out", gateway[0], server[1])
        self.into = Direction(self, "in", server[0], gateway[1])
        self._tasks = []

    def __str__(self):
        end = "open" if self.ended_at is None else "ended %.3f: %s" % (self.ended_at, self.why)
        return "%s link %d of %s, began %.3f, %s" % (self.proxy.name, self.number, self.name, self.began_at, end)

    @property
    def is_alive(self):
        return self.ended_at is None

    @property
    def good_until(self):
        """When the gateway could not read from it any more; None: it still can."""
        return self.ended_at if self.gateway_left_at is None else self.gateway_left_at

    @property
    def ended_in_order(self):
        """The gateway ended the stream and waited for the server to do so: it has all that came on it."""
        return all(self.has_goodbye.values())

    def left(self, direction):
        """Who sends in this direction does so no more, which the other one need not know yet."""
        if direction == "out" and self.is_alive:
            self.gateway_left_at = time.monotonic()

    def has_left(self, direction):
        """Whoever it goes to in this direction is gone."""
        return direction == "in" and self.gateway_left_at is not None

    def start(self):
        for direction in (self.out, self.into):
            self._tasks += [asyncio.ensure_future(direction.read()), asyncio.ensure_future(direction.write())]

    def _end(self, why):
        if self.ended_at is None:
            self.ended_at = time.monotonic()
            self.why = why
            self.proxy.ended(self)

    def finish(self, why):
        """Both sides see an orderly end; what one of them still has to say is not passed on."""
        self._end(why)
        for writer in self._writers:
            writer.close()
        self._cancel()

    def _cancel(self):
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()

    def abort(self, why):
        """Both sides see a reset."""
        self._end(why)
        for writer in self._writers:
            raw = writer.get_extra_info("socket")
            if raw is not None and raw.fileno() >= 0:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
        self._cancel()

    # What can be done to it.

    async def strike(self, kind, seconds, chance):
        """Returns when it is over."""
        chance = random.Random(chance)
        if kind == "cut":
            self.abort("cut")
        elif kind == "stall":
            await self._stall(seconds, chance)
        elif kind == "truncate":
            await self._truncate(chance)
        elif kind == "half-close":
            await self._half_close(seconds, chance)
        elif kind == "delay":
            await self._delay(seconds, chance)
        else:
            raise ValueError(kind)

    async def _stall(self, seconds, chance):
        directions = chance.choice(((self.out,), (self.into,), (self.out, self.into)))
        is_cut_then = chance.random() < 0.4
        for direction in directions:
            direction.is_open.clear()
        await asyncio.sleep(seconds)
        if is_cut_then and self.is_alive:
            self.abort("cut after a stall")
        for direction in directions:
            direction.is_open.set()

    async def _truncate(self, chance):
        direction = chance.choice((self.out, self.into))
        direction.truncate_at = chance.random()
        end = time.monotonic() + 3
        while self.is_alive and time.monotonic() < end:
            await asyncio.sleep(0.01)
        if self.is_alive:
            self.abort("cut, since nothing came to be truncated")

    async def _half_close(self, seconds, chance):
        direction = chance.choice((self.out, self.into))
        direction.is_open.clear()
        try:
            direction.writer.write_eof()
        except OSError:
            pass
        await asyncio.sleep(seconds)
        if self.is_alive:
            self.abort("cut after being half closed")
        direction.is_open.set()

    async def _delay(self, seconds, chance):
        for direction in (self.out, self.into):
            direction.delay_s = chance.uniform(0.02, 0.2)
        await asyncio.sleep(seconds)
        for direction in (self.out, self.into):
            direction.delay_s = 0.0


class Proxy:
    """Listens on a port of its own in front of a server's.

    watcher: an object with `watch(link, direction, data)`, which returns marks (objects whose `passed_at` is set when
    the data has been passed on), and `ended(link)`.
    """

    def __init__(self, name, target_port, watcher):
        self.name = name
        self.target_port = target_port
        self.watcher = watcher
        self.links = []
        self._server = None

    async def start(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def _serve(self, reader, writer):
        try:
            server = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.transport.abort()
            return
        for one in (writer, server[1]):
            one.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = Link(self, len(self.links) + 1, (reader, writer), server)
        self.links.append(link)
        link.start()

    def watch(self, link, direction, data):
        return self.watcher.watch(link, direction, data)

    def ended(self, link):
        self.watcher.ended(link)

    def alive(self):
        """The links that are there now and whose purpose is known, in an order that does not depend on chance."""
        return sorted((link for link in self.links if link.is_alive and link.name), key=lambda link: link.name)

    def close(self):
        if self._server:
            self._server.close()
        for link in self.links:
            if link.is_alive:
                link.abort("the end")
