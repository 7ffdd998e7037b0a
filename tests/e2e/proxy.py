# SPDX-License-Identifier: MPL-2.0
"""What stands between Gangway and a server: TLS that the server has not, or a link that stops to carry anything."""

import asyncio
import ssl
import threading

import process


class Proxy:
    """Carries bytes between a port of its own and another one on loopback."""

    def __init__(self, target_port, tls=None):
        self._target_port = target_port
        self._writers = []
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls))
        self.port = self._server.sockets[0].getsockname()[1]

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(process.PATIENCE)

    async def _serve(self, reader, writer):
        target_reader, target_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        self._writers += [writer, target_writer]
        await asyncio.gather(self._pump(reader, target_writer, False), self._pump(target_reader, writer, True))

    async def _pump(self, reader, writer, is_from_server):
        try:
            while data := await reader.read(65536):
                await self._pass_on(data, writer, is_from_server)
        except OSError:
            pass
        writer.close()

    async def _pass_on(self, data, writer, is_from_server):
        writer.write(data)
        await writer.drain()

    async def _break(self):
        writers, self._writers = self._writers, []
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _end(self):
        self._server.close()
        await self._break()

    def close(self):
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()


class TlsProxy(Proxy):
    """Takes TLS, as administrators put it in front of component ports: stunnel's job. `passed_on` counts good connections."""

    def __init__(self, certificate, target_port):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self.passed_on = 0
        super().__init__(target_port, context)

    async def _serve(self, reader, writer):
        self.passed_on += 1
        await super()._serve(reader, writer)


class StallingProxy(Proxy):
    """A link that stops to carry anything without anybody noticing: the server goes on writing.

    stall()  from now on takes what comes from the server into `swallowed`, and passes nothing on
    cut()    breaks the connections; new ones are carried again
    """

    def __init__(self, target_port):
        self.swallowed = b""
        self._is_stalled = False
        super().__init__(target_port)

    def stall(self):
        self._is_stalled = True

    def cut(self):
        self._run(self._break())
        self._is_stalled = False

    async def _pass_on(self, data, writer, is_from_server):
        if not self._is_stalled:
            await super()._pass_on(data, writer, is_from_server)
        elif is_from_server:
            self.swallowed += data
