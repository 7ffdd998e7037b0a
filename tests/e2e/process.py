# SPDX-License-Identifier: MPL-2.0
"""Programs that a test runs: started in the foreground as children, ended by their pid, never outliving the tests."""

import ctypes
import os
import re
import signal
import socket
import subprocess
import time

# The longest that anything waits, in seconds. Waiting ends with the event, so a generous value costs nothing.
PATIENCE = float(os.environ.get("GANGWAY_TEST_PATIENCE", "30"))

_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def _die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


_given_ports = set()


def free_port():
    """A TCP port of the loopback that nobody listens on and that was not given before."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _given_ports:
            _given_ports.add(port)
            return port


def poll(condition, what, patience=None):
    """Asks until the condition gives something true, and returns that."""
    patience = PATIENCE if patience is None else patience
    end = time.monotonic() + patience
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise TimeoutError("%s: not within %g s" % (what, patience))
        time.sleep(0.02)


def port_answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return True
    except OSError:
        return False


class Process:
    """One program with a directory of its own, in which `output.log` collects what it writes to its terminal."""

    name = "process"

    def __init__(self, directory):
        self.directory = str(directory)
        os.makedirs(self.directory, exist_ok=True)
        self.output_path = self.path("output.log")
        self.child = None

    # What a subclass says about itself.

    def command(self):
        """The arguments of the program, the path first."""
        raise NotImplementedError

    def environment(self):
        """Variables to add to ours."""
        return {}

    def log_paths(self):
        """Files that tell what happened, in the order to show them."""
        return [self.output_path]

    def is_ready(self):
        return True

    # What a test does with it.

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, name, text):
        path = self.path(name)
        with open(path, "w") as file:
            file.write(text)
        return path

    @property
    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def spawn(self):
        assert not self.is_running, "%s runs already" % self.name
        environment = dict(os.environ)
        environment.update(self.environment())
        with open(self.output_path, "ab") as output:
            self.child = subprocess.Popen(self.command(), cwd=self.directory, env=environment, stdin=subprocess.DEVNULL,
                                          stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                                          preexec_fn=_die_with_parent)

    def start(self):
        self.spawn()
        try:
            poll(self._ready_or_dead, "%s is ready" % self.name)
        except BaseException as error:
            self.kill()
            raise RuntimeError("%s did not start: %s\n%s" % (self.name, error, self.logs())) from error
        return self

    def _ready_or_dead(self):
        if self.child.poll() is not None:
            raise RuntimeError("exit code %s" % self.child.returncode)
        return self.is_ready()

    def stop(self):
        """Asks it to end and returns the exit code (negative: the signal that ended it)."""
        return self._end(signal.SIGTERM)

    def kill(self):
        """Ends it without giving it a chance to say goodbye."""
        return self._end(signal.SIGKILL)

    def _end(self, number):
        if self.child is None:
            return None
        child, self.child = self.child, None
        if child.poll() is None:
            child.send_signal(number)
            try:
                child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                raise RuntimeError("%s ignored signal %d\n%s" % (self.name, number, self.logs()))
        return child.returncode

    def restart(self):
        self.stop()
        return self.start()

    def signal(self, number):
        self.child.send_signal(number)

    def log(self):
        """All that it has written so far."""
        texts = []
        for path in self.log_paths():
            try:
                with open(path, errors="replace") as file:
                    texts.append(file.read())
            except FileNotFoundError:
                pass
        return "".join(texts)

    def wait_for_log(self, pattern, patience=None):
        """The match of a regular expression in the log, sooner or later."""
        try:
            return poll(lambda: re.search(pattern, self.log(), re.M), "/%s/ in the log of %s" % (pattern, self.name),
                        patience)
        except TimeoutError as error:
            raise AssertionError("%s\n%s" % (error, self.logs())) from None

    def logs(self, limit=20000):
        """The end of the log, for people."""
        text = self.log()
        return "----- %s\n%s-----" % (self.name, text[-limit:])

    def __enter__(self):
        return self if self.is_running else self.start()

    def __exit__(self, kind, error, trace):
        self.stop()
