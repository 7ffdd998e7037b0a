# SPDX-License-Identifier: MPL-2.0
"""An IRC client of the tests' own: lines out, lines in, and a way to wait for one."""

import base64
import re
import socket
import ssl
import threading
import time

import process


class IrcClient:
    """Connects and registers; the lines of the server are read by a thread, which also answers PING.

    password: of the server. sasl: (account, password) at its services.
    A line is found once: `wait_for` takes the first line that matches and was not taken yet.
    """

    def __init__(self, server, nick, tls=False, verify=True, password=None, realname="A test",
                 sasl=None):
        self.nick = nick
        self.lines = []
        self._taken = set()
        self._news = threading.Condition()
        self._is_closed = False
        port = server.tls_port if tls else server.port
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=process.PATIENCE)
        if tls:
            context = ssl.create_default_context(cafile=server.authority.ca_file)
            if not verify:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            self._socket = context.wrap_socket(self._socket, server_hostname=server.host)
        self._socket.settimeout(None)
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self._register(password or server.password, realname, sasl)
        except BaseException:
            self.close()
            raise

    def _register(self, password, realname, sasl):
        if password:
            self.send("PASS :" + password)
        if sasl:
            self.send("CAP REQ :sasl")
        self.send("NICK " + self.nick)
        self.send("USER %s 0 * :%s" % (re.sub("[^A-Za-z0-9]", "", self.nick), realname))
        if sasl:
            self._authenticate(*sasl)
        self.wait_for(r"^:\S+ 001 ")
        self.wait_for(r"^:\S+ (376|422) ")

    def _authenticate(self, account, password):
        self.wait_for(r" CAP \S+ ACK :.*sasl")
        self.send("AUTHENTICATE PLAIN")
        self.wait_for(r"AUTHENTICATE :?\+")
        self.send("AUTHENTICATE " + base64.b64encode(("\0%s\0%s" % (account, password)).encode()).decode())
        verdict = self.wait_for(r"^:\S+ (90[3-8]) ")
        assert verdict.group(1) == "903", "no login: " + verdict.string
        self.send("CAP END")

    def _read(self):
        buffer = b""
        while True:
            try:
                data = self._socket.recv(65536)
            except OSError:
                data = b""
            if not data:
                break
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                text = line.rstrip(b"\r").decode("utf-8", "replace")
                if text.startswith("PING"):
                    self.send("PONG" + text[4:])
                with self._news:
                    self.lines.append(text)
                    self._news.notify_all()
        with self._news:
            self._is_closed = True
            self._news.notify_all()

    def send(self, line):
        self.send_bytes(line.encode() + b"\r\n")

    def send_bytes(self, data):
        """Bytes as they are: for what no proper client would send."""
        try:
            with self._lock:
                self._socket.sendall(data)
        except OSError:
            pass

    def say(self, target, text):
        self.send("PRIVMSG %s :%s" % (target, text))

    def notice(self, target, text):
        self.send("NOTICE %s :%s" % (target, text))

    def join(self, channel):
        self.send("JOIN " + channel)
        self.wait_for(r"^:\S+ 366 \S+ %s " % re.escape(channel))

    def find(self, pattern):
        """All lines so far that match, taken or not."""
        with self._news:
            return [line for line in self.lines if re.search(pattern, line)]

    def wait_for(self, pattern, patience=None):
        """The match of the first line, old or to come, that was not taken before."""
        end = time.monotonic() + (patience or process.PATIENCE)
        with self._news:
            while True:
                for index, line in enumerate(self.lines):
                    match = re.search(pattern, line)
                    if match and index not in self._taken:
                        self._taken.add(index)
                        return match
                if self._is_closed or not self._news.wait(max(0, end - time.monotonic())):
                    if self._is_closed or time.monotonic() >= end:
                        raise AssertionError("%s %s /%s/; it received:\n  %s" % (
                            self.nick, "lost its connection waiting for" if self._is_closed else "never received",
                            pattern, "\n  ".join(self.lines)))

    def message(self, sender=None, target=None, text=None, kind="PRIVMSG"):
        """Waits for a message; everything is exact. Returns its text."""
        pattern = r"^(?:@\S+ )?:%s!\S+ %s %s :?%s$"
        return self.wait_for(pattern % (
            re.escape(sender) if sender else "[^!]+", kind, re.escape(target or self.nick),
            "(.*)" if text is None else "(%s)" % re.escape(text))).group(1)

    def fence(self):
        """Returns when the server has answered everything sent before."""
        token = "fence%d" % time.monotonic_ns()
        self.send("PING " + token)
        self.wait_for(r"PONG .*" + token)

    def wait_closed(self):
        with self._news:
            assert self._news.wait_for(lambda: self._is_closed, process.PATIENCE), "%s is still connected" % self.nick

    def close(self):
        """Leaves; the server has forgotten the nickname when it closes the connection."""
        self.send("QUIT :bye")
        self._reader.join(2)
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
