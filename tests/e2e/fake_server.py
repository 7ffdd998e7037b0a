# SPDX-License-Identifier: MPL-2.0
"""An XMPP server that does nothing but what a test tells it: for streams that a real one never shows.

    server = FakeServer()
    with gangway(server, DEMO, wait_for=[]) ...:
        link = server.accept()
        link.shake_hands()
        link.send("<stream:error>...")

Only one component talks to it at a time.
"""

import hashlib
import re
import socket

import process

HEADER = ("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
          "xmlns:stream='http://etherx.jabber.org/streams' id='%s' from='%s'>")


class Link:
    """One connection of a component."""

    def __init__(self, connection, secret):
        self._connection = connection
        self._secret = secret
        self._text = b""
        self.jid = None
        connection.settimeout(process.PATIENCE)

    def wait_for(self, pattern):
        """The match of what the component sends next; what stood before it is skipped."""
        pattern = re.compile(pattern.encode(), re.S)
        while True:
            match = pattern.search(self._text)
            if match:
                self._text = self._text[match.end():]
                return match
            more = self._connection.recv(65536)
            if not more:
                raise AssertionError("the component left before /%s/: %r" % (pattern.pattern.decode(), self._text))
            self._text += more

    def wait_for_end(self):
        """The component closed the connection; all that it said before."""
        while True:
            try:
                more = self._connection.recv(65536)
            except ConnectionResetError:
                return self._text
            if not more:
                return self._text
            self._text += more

    def send(self, text):
        self._connection.sendall(text if isinstance(text, bytes) else text.encode())

    def open_stream(self):
        """Answers the header; returns the handshake that the component sends."""
        self.jid = self.wait_for(r"<stream:stream [^>]*\bto='([^']*)'[^>]*>").group(1).decode()
        self.send(HEADER % ("stream-1", self.jid))
        return self.wait_for(r"<handshake>([0-9a-f]*)</handshake>").group(1).decode()

    def shake_hands(self):
        handshake = self.open_stream()
        assert handshake == hashlib.sha1(("stream-1" + self._secret).encode()).hexdigest()
        self.send("<handshake/>")
        return self

    def answer_barrier(self):
        """The question to itself after which the component takes itself for settled."""
        id = self.wait_for(r"<iq [^>]*\bid='([^']*)'[^>]*><ping").group(1).decode()
        self.send("<iq type='result' id='%s' from='%s' to='%s'/>" % (id, self.jid, self.jid))

    def end_writing(self):
        """Half-closes: nothing comes from here any more, the other way stays open."""
        self._connection.shutdown(socket.SHUT_WR)

    def close(self):
        self._connection.close()


class FakeServer:
    secret = "secret of the tests"

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(process.PATIENCE)
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self._links = []

    def accept(self):
        connection, address = self._listener.accept()
        self._links.append(Link(connection, self.secret))
        return self._links[-1]

    def close(self):
        for link in self._links:
            link.close()
        self._listener.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()
