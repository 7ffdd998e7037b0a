# SPDX-License-Identifier: MPL-2.0
"""An XMPP client that is light enough for thousands of messages: a stream of stanzas in one event loop, no more."""

import asyncio
import base64
import itertools
import xml.etree.ElementTree as ET
from xml.sax.saxutils import quoteattr

CLIENT = "{jabber:client}"
SASL = "{urn:ietf:params:xml:ns:xmpp-sasl}"
PING = "{urn:xmpp:ping}ping"
_HEADER = ("<stream:stream to='%s' version='1.0' xmlns='jabber:client' "
           "xmlns:stream='http://etherx.jabber.org/streams'>")


class Lost(Exception):
    """The connection has ended."""


class XmppClient:
    """One login after the other: `run` connects again for as long as it is not cancelled.

    handle(stanza): called with each message and presence, an Element.
    """

    def __init__(self, name, host, port, handle):
        self.name = name
        self.host = host
        self.bare = "%s@%s" % (name, host)
        self.port = port
        self.handle = handle
        self.is_online = False
        self.logins = 0
        self._answers = {}
        self._ids = itertools.count(1)
        self._writer = None
        self._online = asyncio.Event()
        self._may_come = asyncio.Event()
        self._may_come.set()

    async def run(self):
        while True:
            await self._may_come.wait()
            try:
                await self._connect()
                while True:
                    self._take(await self._next())
            except (OSError, Lost, ET.ParseError, asyncio.IncompleteReadError):
                pass
            finally:
                self.is_online = False
                self._online.clear()
                self._give_up()
            await asyncio.sleep(0.2)

    def _give_up(self):
        if self._writer:
            self._writer.transport.abort()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(Lost())
        self._answers.clear()

    async def _connect(self):
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        await self._open_stream()
        secret = base64.b64encode(("\0%s\0%s" % (self.name, self.name)).encode()).decode()
        self.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>%s</auth>" % secret)
        if (await self._next()).tag != SASL + "success":
            raise RuntimeError("%s cannot log in" % self.bare)
        await self._open_stream()
        self.send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                  "<resource>torture</resource></bind></iq>")
        await self._next()
        # What waited for the client comes after its presence, so it counts as online before that.
        self.is_online = True
        self.logins += 1
        self._online.set()
        self.send("<presence/>")

    async def _open_stream(self):
        self._parser = ET.XMLPullParser(("start", "end"))
        self._depth = 0
        self._root = None
        self._stanzas = []
        self.send(_HEADER % self.host)
        await self._next()  # the features

    async def _next(self):
        """The next element below the stream's."""
        while not self._stanzas:
            data = await self._reader.read(65536)
            if not data:
                raise Lost()
            self._parser.feed(data)
            for event, element in self._parser.read_events():
                self._depth += 1 if event == "start" else -1
                if event == "start" and self._depth == 1:
                    self._root = element
                elif event == "end" and self._depth == 1:
                    self._stanzas.append(element)
                    self._root.remove(element)
        return self._stanzas.pop(0)

    def _take(self, stanza):
        if stanza.tag == CLIENT + "iq":
            self._take_iq(stanza)
        elif stanza.tag in (CLIENT + "message", CLIENT + "presence"):
            self.handle(stanza)

    def _take_iq(self, stanza):
        if stanza.get("type") in ("result", "error"):
            answer = self._answers.pop(stanza.get("id"), None)
            if answer and not answer.done():
                answer.set_result(stanza)
            return
        is_known = len(stanza) > 0 and (stanza[0].tag == PING or stanza[0].tag == "{jabber:iq:roster}query")
        to = " to=%s" % quoteattr(stanza.get("from")) if stanza.get("from") else ""
        self.send("<iq type='%s' id=%s%s>%s</iq>" % (
            "result" if is_known else "error", quoteattr(stanza.get("id", "")), to,
            "" if is_known else "<error type='cancel'><service-unavailable "
            "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"))

    def send(self, xml):
        if self._writer:
            self._writer.write(xml.encode())

    async def leave(self, seconds):
        """Gone for so long, after a word to the server."""
        self._may_come.clear()
        self.is_online = False
        self.send("</stream:stream>")
        await asyncio.sleep(seconds)
        self._may_come.set()

    async def online(self):
        await self._online.wait()

    async def iq(self, payload, to=None, type="get", patience=30):
        """The answer, result or error. Raises Lost when the connection ends meanwhile."""
        await self.online()
        id = "%s-iq-%d" % (self.name, next(self._ids))
        answer = self._answers[id] = asyncio.get_running_loop().create_future()
        self.send("<iq type='%s' id='%s'%s>%s</iq>" % (type, id, " to=%s" % quoteattr(to) if to else "", payload))
        return await asyncio.wait_for(answer, patience)

    async def archive(self, handle, page=500):
        """XEP-0313: calls handle(stanza, stamp) with all that the server keeps for this account, oldest first."""
        after, usual = "", self.handle

        def handle_one(stanza):
            result = stanza.find("{urn:xmpp:mam:2}result")
            forwarded = None if result is None else result.find("{urn:xmpp:forward:0}forwarded")
            if forwarded is None:
                usual(stanza)
            else:
                handle(forwarded.find(CLIENT + "message"), forwarded.find("{urn:xmpp:delay}delay").get("stamp"))

        self.handle = handle_one
        try:
            while True:
                answer = await self.iq(
                    "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><max>%d</max>%s</set>"
                    "</query>" % (page, "<after>%s</after>" % after if after else ""), type="set", patience=120)
                fin = answer.find("{urn:xmpp:mam:2}fin")
                if fin is None:
                    raise RuntimeError("no archive: " + ET.tostring(answer, "unicode"))
                last = fin.find(".//{http://jabber.org/protocol/rsm}last")
                if fin.get("complete") == "true" or last is None:
                    return
                after = last.text
        finally:
            self.handle = usual
