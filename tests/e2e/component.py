# SPDX-License-Identifier: MPL-2.0
"""A component made with slixmpp: a stand-in for Gangway in the harness's own tests, and for services that misbehave."""

import asyncio

import slixmpp

import process
from client import _Loop
from stanza import Stanza


class EchoComponent:
    """Answers messages with their text, keeps all stanzas, and stays connected until closed."""

    def __init__(self, jid, server):
        self.stanzas = []
        self.is_online = False
        self._xmpp = _Loop.call(self._connect, jid, server)
        process.poll(lambda: self.is_online, "the echo component is online")

    def _connect(self, jid, server):
        xmpp = slixmpp.ComponentXMPP(jid, server.secret, "127.0.0.1", server.component_port)
        xmpp.register_plugin("xep_0030")
        xmpp.register_plugin("xep_0199")
        xmpp.add_event_handler("session_start", self._started)
        xmpp.add_event_handler("message", self._echo)
        xmpp.add_filter("in", self._received)
        xmpp.connect()
        return xmpp

    def _started(self, event):
        self.is_online = True

    def _received(self, stanza):
        if isinstance(stanza, (slixmpp.Message, slixmpp.Presence, slixmpp.Iq)):
            self.stanzas.append(Stanza(stanza.xml))
        return stanza

    def _echo(self, message):
        if message["type"] == "chat" and message["body"]:
            message.reply(message["body"]).send()

    def send(self, xml):
        _Loop.call(self._xmpp.send_raw, xml)

    def wait_for(self, predicate, what):
        return process.poll(lambda: next((s for s in list(self.stanzas) if predicate(s)), None), what)

    def close(self):
        async def leave():
            self._xmpp.disconnect(wait=1.0)
            try:
                await asyncio.wait_for(self._xmpp.disconnected, 5)
            except asyncio.TimeoutError:
                pass
            self._xmpp.abort()
            self._xmpp._run_out_filters.cancel()
        asyncio.run_coroutine_threadsafe(leave(), _Loop.get()).result(process.PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()
