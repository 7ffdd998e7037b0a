# SPDX-License-Identifier: MPL-2.0
"""The programs of a run: a real Prosody, a real ngircd, and Gangway with a wall clock and a disk that we control."""

import asyncio
import glob
import os
import resource
import signal
import subprocess
import threading
import time

import process
from gangway import Gangway
from irc_servers import Ngircd
from ledger import DEMO, IRC
from servers import Prosody

HOST = "localhost"

# A signal in the first moments of a program ends it, whatever it would make of it later.
YOUTH_S = 1.0


def find_library(name):
    found = glob.glob("/usr/lib/*/" + name)
    if not found:
        raise FileNotFoundError("%s is not installed; script/setup does it" % name)
    return found[0]


class Server:
    """What Prosody and ngircd get on top: a restart that does not hold up the event loop, in which the proxies live."""

    async def restart_after(self, seconds):
        child, self.child = self.child, None
        child.send_signal(signal.SIGTERM)
        await asyncio.to_thread(child.wait, process.PATIENCE)
        await asyncio.sleep(seconds)
        self.spawn()
        await self.wait_ready()

    async def wait_ready(self):
        for _ in range(int(process.PATIENCE / 0.1)):
            if self._ready_or_dead():
                return
            await asyncio.sleep(0.1)
        raise RuntimeError("%s did not start\n%s" % (self.name, self.logs()))


class TorturedProsody(Server, Prosody):
    """With the accounts of a run, archives without a limit, and a log that leaves out what is usual."""

    def __init__(self, directory, accounts, archive_access):
        self.PRIVILEGES = dict(Prosody.PRIVILEGES, iq=dict(Prosody.PRIVILEGES["iq"]))
        if not archive_access:
            del self.PRIVILEGES["iq"]["urn:xmpp:mam:2"]
        super().__init__(directory, upload=False, components=(DEMO, IRC))
        for name in accounts:
            self.write(os.path.join("data", HOST, "accounts", name + ".dat"), "return { password = \"%s\" };\n" % name)

    def _config(self):
        text = super()._config().replace("log = { debug", "log = { info")
        return "\n".join([
            'storage = { archive = "sql" }',
            'sql = { driver = "SQLite3"; database = "archive.sqlite" }',
            "max_archive_query_results = 500",
            "mam_include_total = false",
            'archive_expires_after = "never"',
            "c2s_timeout = 60",
        ]) + "\n" + text

    def environment(self):
        # Its archive would sync the disk for each message; no power is lost here.
        return dict(super().environment(), LD_PRELOAD=find_library("libeatmydata.so"))


class TorturedNgircd(Server, Ngircd):
    pass


class Behind:
    """A server as it is seen through a proxy."""

    def __init__(self, server, port):
        self.secret = server.secret
        self.address = "127.0.0.1:%d" % port


class TorturedGangway(Gangway):
    """Its output goes through us into output.log, since a disk that is full for it has no room for its log either."""

    def __init__(self, directory, prosody, xmpp_proxy, irc_proxy, with_bug):
        super().__init__(directory, Behind(prosody, xmpp_proxy.port), {
            DEMO: {"module": "demo"},
            IRC: {"module": "irc", "irc-server": "127.0.0.1", "irc-port": irc_proxy.port, "irc-tls": "no",
                  "flood-burst": "100", "flood-interval-ms": "10"},
        }, {"admins": "watcher@localhost"}, wait_for=[])
        self.with_bug = with_bug
        self.kills = 0
        self._clock = self.path("clock")
        self.offset_s = 0
        self.set_clock(0)

    def set_clock(self, offset_s):
        """Sets its wall clock, and nothing else's: so many seconds from the true time."""
        self.offset_s = offset_s
        with open(self._clock + ".new", "w") as file:
            file.write("%+d\n" % offset_s)
        os.rename(self._clock + ".new", self._clock)

    def environment(self):
        variables = dict(super().environment(), LD_PRELOAD=find_library("faketime/libfaketime.so.1"),
                         FAKETIME_TIMESTAMP_FILE=self._clock, DONT_FAKE_MONOTONIC="1",
                         FAKETIME_CACHE_DURATION="1", NO_FAKE_STAT="1")
        if self.with_bug:
            variables["GANGWAY_TEST_SKIP_JOURNAL"] = "1"
        return variables

    def spawn(self):
        assert not self.is_running, "gangway runs already"
        environment = dict(os.environ)
        environment.update(self.environment())
        self.child = subprocess.Popen(self.command(), cwd=self.directory, env=environment, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                                      preexec_fn=process._die_with_parent)
        threading.Thread(target=self._copy, args=(self.child, time.monotonic()), daemon=True).start()

    def _copy(self, child, began_at):
        with open(self.output_path, "ab", buffering=0) as output, child.stdout as pipe:
            while data := pipe.read1(65536):
                output.write(data)
        child.lived_s = time.monotonic() - began_at

    @staticmethod
    def failure_of(child, code):
        """The exit code, unless it is 0 or the program was too young to care for the signal."""
        was_young = code in (-signal.SIGTERM, -signal.SIGXFSZ) and getattr(child, "lived_s", 0) < YOUTH_S
        return None if code in (0, None) or was_young else code

    def set_disk_full(self, is_full):
        """A limit on the size of files, which lets no write succeed: as if the disk were full, for this process."""
        if self.is_running:
            hard = resource.prlimit(self.child.pid, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(self.child.pid, resource.RLIMIT_FSIZE, (0 if is_full else hard, hard))

    async def kill_and_start(self):
        """SIGKILL, and again at once. What it said by ending before that is a failure of its own."""
        child = self.child
        code = child.poll()
        code = self.failure_of(child, code) if code else code
        child.kill()
        await asyncio.to_thread(child.wait)
        self.kills += 1
        self.spawn()
        return code
