# SPDX-License-Identifier: MPL-2.0
"""Somebody on IRC with a connection of their own: what they said, what became of it, what they heard."""

import asyncio
import re
import time

_LINE = re.compile(r"^(?::(\S+) )?(\S+)(?: (.*))?$")


class IrcPerson:
    """Connects again whenever the connection is lost.

    heard(nick, text): called for each private message.
    settled(number, is_refused): what became of `say`: the server took it, or knows nobody by that name.
    """

    def __init__(self, nick, port, heard, settled):
        self.nick = nick
        self.port = port
        self.heard = heard
        self.settled = settled
        self.is_online = False
        self._writer = None
        self._pending = {}  # number -> nick, said and not answered
        self._refused = []

    async def run(self):
        while True:
            try:
                await self._connect()
            except OSError:
                pass
            finally:
                self.is_online = False
                self._pending.clear()
            await asyncio.sleep(0.2)

    async def _connect(self):
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        try:
            self._send("NICK " + self.nick)
            self._send("USER %s 0 * :Somebody" % self.nick)
            while line := await reader.readline():
                self._take(line.rstrip(b"\r\n").decode("utf-8", "replace"))
        finally:
            self._writer.transport.abort()

    def _send(self, line):
        self._writer.write(line.encode() + b"\r\n")

    def _take(self, line):
        match = _LINE.match(line)
        if not match:
            return
        prefix, command, rest = match.groups()
        if command == "PING":
            self._send("PONG " + (rest or ""))
        elif command == "001":
            self.is_online = True
        elif command == "PRIVMSG" and prefix:
            self.heard(prefix.split("!")[0], rest.partition(" :")[2])
        elif command == "401":
            self._refused.append(rest.split()[1])
        elif command == "PONG":
            number = int(rest.rpartition(":")[2])
            nick = self._pending.pop(number, None)
            if nick is not None:
                self.settled(number, nick in self._refused)
            self._refused.clear()

    def say(self, nick, text, number):
        """A PING behind the message tells its fate: servers answer in order."""
        self._pending[number] = nick
        self._send("PRIVMSG %s :%s" % (nick, text))
        self._send("PING :%d" % number)
        return time.monotonic()
