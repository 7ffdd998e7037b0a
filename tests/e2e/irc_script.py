# SPDX-License-Identifier: MPL-2.0
"""An IRC server that does what a test says: for what no server at hand offers, and for what no decent one would do."""

import socket
import threading

import process


class Connection:
    """One client of the script, as seen from the server."""

    def __init__(self, sock):
        self._socket = sock
        self._socket.settimeout(process.PATIENCE)
        self._buffer = b""
        self.lines = []

    def say(self, *lines):
        self.write("".join(line + "\r\n" for line in lines).encode())

    def write(self, data):
        self._socket.sendall(data)

    def hear(self):
        """The next line, without its end; None when the client has closed the connection."""
        while b"\n" not in self._buffer:
            data = self._socket.recv(65536)
            if not data:
                return None
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        assert line.endswith(b"\r"), line
        self.lines.append(line[:-1].decode())
        return self.lines[-1]

    def expect(self, start):
        """Lines up to the one that starts so, which is returned."""
        while True:
            line = self.hear()
            assert line is not None, "the client left instead of saying %r; it said %r" % (start, self.lines)
            if line.startswith(start):
                return line

    def welcome(self, nick="romeo"):
        self.say(":script.test 001 %s :Welcome" % nick, ":script.test 005 %s NETWORK=Script :are supported" % nick,
                 ":script.test 376 %s :End of MOTD" % nick)

    def let_in(self, nick="romeo"):
        self.expect("USER")
        self.welcome(nick)

    def serve(self, heard=lambda line: None):
        """Answers pings until the client leaves; all that it said is in `lines`, and heard(line) is called with each."""
        while True:
            line = self.hear()
            if line is None:
                return
            heard(line)
            if line.startswith("PING "):
                self.say(":script.test PONG script.test " + line[5:])
            elif line.startswith("QUIT"):
                self.say("ERROR :Closing link")
                return


class ScriptedIrc:
    """script(connection) runs in a thread for each client; what it raises fails the test in `check`."""

    name = "scripted IRC server"

    def __init__(self, script):
        self._script = script
        self._threads = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = []
        self.errors = []
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._run, args=(sock,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, sock):
        connection = Connection(sock)
        self.connections.append(connection)
        with sock:
            try:
                self._script(connection)
            except (BrokenPipeError, ConnectionResetError):
                pass
            except Exception as error:
                self.errors.append(error)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(process.PATIENCE)
        for thread in self._threads:
            thread.join(process.PATIENCE)
        if kind is None and self.errors:
            raise self.errors[0]
