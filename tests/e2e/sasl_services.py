# SPDX-License-Identifier: MPL-2.0
"""A services server for InspIRCd 3, as far as SASL PLAIN needs one: it links, and says who may log in as whom.

    with Inspircd(...) as server, SaslServices(server, {"romeo": "secret"}):
        ...

InspIRCd offers SASL while this is linked, and no longer.
"""

import base64
import socket
import threading
import time

import process

SID = "00S"


class SaslServices:
    """accounts: {name: password}. `attempts` collects (authorization, name, password) of each try."""

    name = "services"

    def __init__(self, server, accounts):
        self.accounts = dict(accounts)
        self.attempts = []
        self._lines = []
        self._is_linked = threading.Event()
        self._exchanges = {}
        self._socket = socket.create_connection(("127.0.0.1", server.services_port), timeout=process.PATIENCE)
        self._socket.settimeout(None)
        self._send("CAPAB START 1205")
        self._send("CAPAB CAPABILITIES :PROTOCOL=1205 CASEMAPPING=rfc1459")
        self._send("CAPAB END")
        self._send("SERVER %s %s 0 %s :Services of the tests" % (server.services_name, server.services_password, SID))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._is_linked.wait(process.PATIENCE):
            raise RuntimeError("the services server could not link\n" + self.logs())

    def logs(self, limit=20000):
        return "----- services\n%s\n-----" % "\n".join(self._lines)[-limit:]

    def _send(self, line):
        self._lines.append("> " + line)
        try:
            self._socket.sendall(line.encode() + b"\r\n")
        except OSError:
            pass

    def _read(self):
        buffer = b""
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                return
            if not data:
                return
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                text = line.rstrip(b"\r").decode("utf-8", "replace")
                self._lines.append("< " + text)
                self._handle(text)

    def _handle(self, line):
        source = None
        if line.startswith("@"):
            line = line.partition(" ")[2]
        if line.startswith(":"):
            source, _, line = line[1:].partition(" ")
        head, colon, tail = line.partition(" :")
        words = head.split() + ([tail] if colon else [])
        if words[0] == "SERVER" and source is None:
            self._send(":%s BURST %d" % (SID, time.time()))
            self._send(":%s METADATA * saslmechlist :PLAIN" % SID)
            self._send(":%s ENDBURST" % SID)
        elif words[0] == "ENDBURST":
            self._is_linked.set()
        elif words[0] == "PING":
            self._send(":%s PONG %s" % (SID, source))
        elif words[0] in ("ENCAP", "SASL"):
            arguments = words[3:] if words[0] == "ENCAP" else words[1:]
            if words[0] == "SASL" or words[2] == "SASL":
                self._handle_sasl(*arguments)

    # A client says: S PLAIN, then C and the base64 of its answer, in pieces of 400 bytes.
    def _handle_sasl(self, user, agent, kind, *data):
        if kind == "S":
            self._exchanges[user] = ""
            if data[0] == "PLAIN":
                self._answer(user, "C", "+")
            else:
                self._answer(user, "M", "PLAIN")
                self._answer(user, "D", "F")
        elif kind == "C" and user in self._exchanges:
            self._exchanges[user] += "" if data[0] == "+" else data[0]
            if len(data[0]) < 400:
                self._decide(user, self._exchanges.pop(user))
        elif kind == "D":
            self._exchanges.pop(user, None)

    def _decide(self, user, encoded):
        parts = base64.b64decode(encoded).decode("utf-8", "replace").split("\0")
        authorization, name, password = parts if len(parts) == 3 else ("", "", "")
        self.attempts.append((authorization, name, password))
        if name and self.accounts.get(name) == password:
            self._send(":%s METADATA %s accountname :%s" % (SID, user, name))
            self._answer(user, "D", "S")
        else:
            self._answer(user, "D", "F")

    def _answer(self, user, kind, data):
        self._send(":%s ENCAP %s SASL %sAAAAAA %s %s %s" % (SID, user[:3], SID, user, kind, data))

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._reader.join(process.PATIENCE)
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()
