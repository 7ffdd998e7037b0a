# SPDX-License-Identifier: MPL-2.0
"""The daemon under test, with a configuration and a data directory of its own."""

import glob
import os
import shutil
import subprocess

import process
from client import Client

_HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(_HERE))

# script/test builds here; GANGWAY_BUILD names another build, GANGWAY_BIN another program.
BUILD = os.path.abspath(os.environ.get("GANGWAY_BUILD", os.path.join(ROOT, "build-test")))


def find_program():
    places = [os.environ.get("GANGWAY_BIN"), os.path.join(BUILD, "gangway"), os.path.join(BUILD, "src", "gangway")]
    for place in places:
        if place and os.access(place, os.X_OK):
            return os.path.abspath(place)
    raise FileNotFoundError("There is no program to test in %s; script/test builds it" % BUILD)


class Gangway(process.Process):
    """One process serving components of one XMPP server.

    components: {"demo.localhost": {"module": "demo", ...}}: a section each; `secret` is added when it is not given
    options:    keys of the section [gangway], with underscores or dashes: {"log-level": "debug"}
    wait_for:   JIDs that have to be online before `start` returns; default: all components
    """

    name = "gangway"

    def __init__(self, directory, server, components, options=None, wait_for=None):
        super().__init__(directory)
        self.program = find_program()
        self.server = server
        self.components = {jid: dict(section) for jid, section in components.items()}
        self.options = {key.replace("_", "-"): value for key, value in (options or {}).items()}
        self.awaited = list(components) if wait_for is None else list(wait_for)
        self.wrapper = []  # a program, with its arguments, that runs ours
        self.data_dir = self.path("data")
        os.makedirs(self.data_dir, exist_ok=True)
        os.chmod(self.data_dir, 0o700)

    def configure(self):
        """Writes the configuration; `start` does it each time, so a test may change options in between."""
        general = {"server": self.server.address, "data-dir": self.data_dir, "log-level": "debug",
                   "module-dir": self._gather_modules()}
        general.update(self.options)
        lines = ["[gangway]"]
        lines += ["%s = %s" % item for item in general.items() if item[1] is not None]
        for jid, section in self.components.items():
            lines += ["", "[%s]" % jid]
            section = dict({"secret": self.server.secret}, **section)
            lines += ["%s = %s" % (key.replace("_", "-"), value) for key, value in section.items()
                      if value is not None]
        path = self.write("gangway.conf", "\n".join(lines) + "\n")
        os.chmod(path, 0o600)
        return path

    def _gather_modules(self):
        """The build leaves each module in a folder of its own; an installation has them side by side."""
        directory = self.path("modules")
        os.makedirs(directory, exist_ok=True)
        for module in glob.glob(os.path.join(BUILD, "modules", "*", "*.so")):
            link = os.path.join(directory, os.path.basename(module))
            if not os.path.lexists(link):
                os.symlink(module, link)
        return directory

    def command(self):
        return self.wrapper + [self.program, "--config", self.configure()]

    def environment(self):
        # A leak found at the end is an exit code that stop() sees.
        return {
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0:exitcode=99"),
            "UBSAN_OPTIONS": os.environ.get("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1"),
        }

    def start(self):
        self.spawn()
        try:
            self.wait_online()
        except BaseException as error:
            self.kill()
            raise RuntimeError("gangway did not start: %s\n%s" % (error, self.logs())) from error
        return self

    def wait_online(self):
        """Returns when the server routes to all components; an unregistered account of the harness asks."""
        if not self.awaited:
            return
        with Client("watcher@localhost", self.server, presence=False) as watcher:
            for jid in self.awaited:
                process.poll(lambda: self._answers(watcher, jid), "%s answers" % jid)

    def _answers(self, watcher, jid):
        if self.child.poll() is not None:
            raise RuntimeError("exit code %s" % self.child.returncode)
        query = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
        return watcher.iq(query, to=jid, check=False).type == "result"

    def run(self, *arguments, check=True, **options):
        """`gangway ARGUMENTS --config FILE`: a command that ends. Returns subprocess's result, with text."""
        environment = dict(os.environ, **self.environment())
        result = subprocess.run([self.program, *arguments, "--config", self.configure()], env=environment, cwd=self.directory,
                                capture_output=True, text=True, timeout=process.PATIENCE, **options)
        if check and result.returncode != 0:
            raise AssertionError("gangway %s: exit code %d\n%s%s" % (
                " ".join(arguments), result.returncode, result.stdout, result.stderr))
        return result

    def stop(self):
        """SIGTERM; the end has to be a clean one."""
        was_started = self.child is not None
        code = super().stop()
        assert not was_started or code == 0, "gangway ended with %s\n%s" % (code, self.logs())
        return code

    def wait_exit(self):
        """Waits for a process that ends by itself; the exit code."""
        child, self.child = self.child, None
        return child.wait(process.PATIENCE)

    def start_in_vain(self):
        """Starts what cannot run: the exit code and what was said about it."""
        already = len(self.log())
        self.spawn()
        return self.wait_exit(), self.log()[already:]

    def database(self, jid):
        return os.path.join(self.data_dir, jid, "gangway.sqlite")

    def forget_data(self):
        """As if it had never run."""
        shutil.rmtree(self.data_dir)
        os.makedirs(self.data_dir, mode=0o700)
