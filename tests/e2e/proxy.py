# SPDX-License-Identifier: MPL-2.0
"""A link that stops to carry anything without anybody noticing: the server goes on writing."""

import contextlib
import socket
import threading

import process


class StallingProxy:
    """Carries bytes between a port of its own and another one on loopback.

    stall()  from now on takes what comes from the server, and passes nothing on
    cut()    breaks the connections; new ones are carried again
    """

    def __init__(self, target_port):
        self.port = process.free_port()
        self.swallowed = b""
        self._target_port = target_port
        self._is_stalled = False
        self._sockets = []
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._listener.close()
        self.cut()

    def stall(self):
        self._is_stalled = True

    def cut(self):
        self._is_stalled = False
        sockets, self._sockets = self._sockets, []
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self._target_port))
                self._sockets += [client, server]
                threading.Thread(target=self._carry, args=(client, server, False), daemon=True).start()
                threading.Thread(target=self._carry, args=(server, client, True), daemon=True).start()

    def _carry(self, source, sink, is_from_server):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if not self._is_stalled:
                    sink.sendall(data)
                elif is_from_server:
                    self.swallowed += data
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
