# SPDX-License-Identifier: MPL-2.0
"""TLS in front of a port that has none, as administrators put it there for components: stunnel's job, in the tests."""

import asyncio
import ssl
import threading

import process


class TlsProxy:
    """Takes TLS on a port of its own and passes on what is inside; `passed_on` counts connections whose TLS was good."""

    def __init__(self, certificate, target_port):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        self._target_port = target_port
        self._writers = []
        self.passed_on = 0
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context))
        self.port = self._server.sockets[0].getsockname()[1]

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(process.PATIENCE)

    async def _serve(self, reader, writer):
        self.passed_on += 1
        target_reader, target_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        self._writers += [writer, target_writer]
        await asyncio.gather(self._pump(reader, target_writer), self._pump(target_reader, writer))

    @staticmethod
    async def _pump(reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()

    async def _end(self):
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    def close(self):
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()
