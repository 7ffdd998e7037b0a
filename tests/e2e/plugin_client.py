# SPDX-License-Identifier: MPL-2.0
"""slixmpp as its authors mean it to be used, with its own plugins: what they understand, other people's clients do.

    with PluginClient("romeo@localhost/garden", server, "xep_0115") as romeo:
        reply = romeo.call(lambda: romeo.xmpp["xep_0199"].send_ping("demo.localhost"))
"""

import asyncio

import process
import slixmpp
from client import _Loop


class PluginClient:
    """online: the presence is sent at once."""

    def __init__(self, jid, server, *plugins, online=True):
        self.jid = slixmpp.JID(jid)
        self.events = []
        self._results = []
        self._server = server
        self._plugins = plugins
        self._online = online
        self._started = None
        self.xmpp = None
        asyncio.run_coroutine_threadsafe(self._start(), _Loop.get()).result(process.PATIENCE)

    async def _start(self):
        self._started = asyncio.get_running_loop().create_future()
        xmpp = slixmpp.ClientXMPP(self.jid, self.jid.local, plugin_config={
            "feature_mechanisms": {"unencrypted_plain": True, "unencrypted_scram": True}})
        self.xmpp = xmpp
        for plugin in self._plugins:
            xmpp.register_plugin(plugin)
        xmpp.add_event_handler("session_start", self._session_started)
        xmpp.connect(("127.0.0.1", self._server.c2s_port), disable_starttls=True)
        await asyncio.wait_for(self._started, process.PATIENCE)

    async def _session_started(self, event):
        if self._online:
            await self.xmpp.get_roster()
            self.xmpp.send_presence()
        self._started.set_result(None)

    def collect(self, event):
        """From now on what comes with this event is found in `events`."""
        self.xmpp.add_event_handler(event, self.events.append)

    def call(self, function):
        """Runs a function in the loop; when it gives something to wait for, waits and returns what comes of it.

        The result is held until the client is closed: an element of slixmpp's does not hold its parent, by whose language it
        finds what is in it."""
        async def run():
            result = function()
            return await result if asyncio.isfuture(result) or asyncio.iscoroutine(result) else result
        result = asyncio.run_coroutine_threadsafe(run(), _Loop.get()).result(process.PATIENCE)
        self._results.append(result)
        return result

    def wait_for_event(self, predicate, what):
        return process.poll(lambda: next((one for one in list(self.events) if predicate(one)), None), what)

    def close(self):
        async def leave():
            self.xmpp.disconnect(wait=2.0)
            try:
                await asyncio.wait_for(self.xmpp.disconnected, 5)
            except asyncio.TimeoutError:
                pass
            self.xmpp.abort()
            if self.xmpp._run_out_filters is not None:
                self.xmpp._run_out_filters.cancel()
        asyncio.run_coroutine_threadsafe(leave(), _Loop.get()).result(process.PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()
