# SPDX-License-Identifier: MPL-2.0
"""What script/torture runs: traffic, faults by a plan that a seed makes, and the verdict at the end."""

import argparse
import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e")]

import check  # noqa: E402
import plan  # noqa: E402
from certificates import Authority  # noqa: E402
from faults import Proxy  # noqa: E402
from ledger import Ledger, Outage, Watcher  # noqa: E402
from traffic import USERS, Traffic  # noqa: E402
from world import TorturedGangway, TorturedNgircd, TorturedProsody  # noqa: E402

# What a run of two minutes has to contain to count as one; longer ones more.
LEAST_MESSAGES, LEAST_KILLS, LEAST_LINK_FAULTS = 5000, 20, 50

# Quiet for so long means that nothing more will come; a session that was lost often may wait for minutes to try again.
SILENCE_S, SETTLE_MAX_S, RELOGIN_MAX_S = 6, 120, 90


class Run:
    def __init__(self, arguments, directory):
        self.arguments = arguments
        self.directory = directory
        self.ledger = Ledger()
        self.chance = random.Random("%s run" % arguments.seed)
        self.done = dict.fromkeys(plan.SCENARIOS, 0)
        self.skipped = 0
        self.broken = []  # what went wrong with Gangway besides messages
        self._busy = {"prosody": asyncio.Lock(), "ngircd": asyncio.Lock(), "disk": asyncio.Lock(),
                      "kill": asyncio.Lock()}

    def say(self, text):
        print("%8.2f  %s" % (time.monotonic() - self.ledger.began_at, text), flush=True)

    async def start(self):
        path = lambda name: os.path.join(self.directory, name)  # noqa: E731
        self.prosody = TorturedProsody(path("prosody"), USERS, self.arguments.archive_access == "yes")
        self.ngircd = TorturedNgircd(path("ngircd"), Authority(path("authority")))
        self.prosody.spawn()
        self.ngircd.spawn()
        await self.prosody.wait_ready()
        await self.ngircd.wait_ready()
        self.proxies = {
            "xmpp": await Proxy("prosody", self.prosody.component_port, Watcher(self.ledger, "xmpp")).start(),
            "irc": await Proxy("ngircd", self.ngircd.port, Watcher(self.ledger, "irc")).start(),
        }
        self.gangway = TorturedGangway(path("gangway"), self.prosody, self.proxies["xmpp"], self.proxies["irc"],
                                       self.arguments.with_bug)
        self.gangway.spawn()
        self.traffic = Traffic(self.arguments.seed, self.prosody, self.ngircd, self.ledger)
        await self.traffic.start()
        await self.traffic.register()
        if not await self.traffic.wait_connected(30):
            raise RuntimeError("not everybody could register: %s\n%s" % (self.traffic.missing(), self.gangway.logs()))

    async def torture(self):
        """Messages and faults, until both are done."""
        self.ledger.began_at = time.monotonic()
        talk = asyncio.ensure_future(self.traffic.talk(self.arguments.messages, self.arguments.seconds))
        striking = []
        for event in self.plan:
            await asyncio.sleep(max(0, self.ledger.began_at + event.at - time.monotonic()))
            striking.append(asyncio.ensure_future(self._strike(event)))
        await talk
        for result in await asyncio.gather(*striking, return_exceptions=True):
            if isinstance(result, BaseException):
                self.broken.append("a fault could not be done: %r" % result)

    async def _strike(self, event):
        if event.kind in plan.LINK_FAULTS:
            await self._strike_link(event)
        else:
            await getattr(self, "_strike_" + event.kind)(event)

    def _outage(self, kind, where, note=""):
        outage = Outage(kind, where, time.monotonic(), None, note)
        self.ledger.outages.append(outage)
        self.done[kind] += 1
        return outage

    async def _strike_link(self, event):
        proxy = self.proxies[event.where]
        for _ in range(100):  # the link may have to come up first
            links = [link for link in proxy.alive() if not link.is_struck]
            if links:
                break
            await asyncio.sleep(0.05)
        else:
            self.skipped += 1
            return
        link = links[int(event.chance * len(links))]
        outage = self._outage(event.kind, event.where, "%s link %d of %s" % (proxy.name, link.number, link.name))
        link.is_struck = True
        await link.strike(event.kind, event.seconds, event.chance)
        link.is_struck = False
        outage.end = time.monotonic()

    async def _strike_kill(self, event):
        async with self._busy["kill"]:
            self._outage("kill", "gateway")
            code = await self.gangway.kill_and_start()
        if code is not None:
            self.broken.append("Gangway had ended by itself, with %s, before it was killed" % code)

    async def _strike_stop(self, event):
        async with self._busy["kill"]:
            outage = self._outage("stop", "gateway")
            await self.stop()
            self.gangway.spawn()
            outage.end = time.monotonic()

    async def _restart(self, server, kind, event):
        async with self._busy[kind]:
            outage = self._outage(kind, "server")
            await server.restart_after(event.seconds)
            outage.end = time.monotonic()

    async def _strike_prosody(self, event):
        await self._restart(self.prosody, "prosody", event)

    async def _strike_ngircd(self, event):
        await self._restart(self.ngircd, "ngircd", event)

    async def _strike_disk(self, event):
        async with self._busy["disk"]:
            outage = self._outage("disk", "gateway")
            child = self.gangway.child
            self.gangway.set_disk_full(True)
            await asyncio.sleep(event.seconds)
            # A kill meanwhile has freed it already.
            if self.gangway.child is child:
                self.gangway.set_disk_full(False)
            outage.end = time.monotonic()

    async def _strike_clock(self, event):
        self._outage("clock", "gateway", "%+d s" % event.seconds)
        self.gangway.set_clock(self.gangway.offset_s + int(event.seconds))

    async def _strike_client(self, event):
        user = list(self.traffic.users.values())[int(event.chance * len(self.traffic.users))]
        outage = self._outage("client", "client", user.name)
        await user.client.leave(event.seconds)
        outage.end = time.monotonic()

    async def settle(self):
        """Nothing goes wrong any more: everybody comes back, and what waits arrives."""
        self.say("settling")
        if not self.gangway.is_running:
            self.broken.append("Gangway had ended by itself, with %s" % self.gangway.child.poll())
            self.gangway.spawn()
        if not await self.traffic.wait_connected(RELOGIN_MAX_S, relogin=True):
            self.broken.append("not everybody was connected again within %d s: %s" % (
                RELOGIN_MAX_S, self.traffic.missing()))
        if not await self.traffic.wait_quiet(SILENCE_S, SETTLE_MAX_S):
            self.broken.append("it did not become quiet within %d s" % SETTLE_MAX_S)
        self.say("reading the archives")
        await self.traffic.read_archives()

    async def stop(self):
        """Asks Gangway to end in order."""
        child = self.gangway.child
        child.terminate()
        try:
            code = await asyncio.to_thread(child.wait, 20)
        except subprocess.TimeoutExpired:
            code = "nothing within 20 s"
        if self.gangway.failure_of(child, code) is not None:
            self.broken.append("Gangway ended with %s when it was asked to" % code)

    def close(self):
        if hasattr(self, "traffic"):
            self.traffic.close()
        for proxy in getattr(self, "proxies", {}).values():
            proxy.close()
        for name in ("gangway", "prosody", "ngircd"):
            if hasattr(self, name):
                getattr(self, name).kill()

    async def run(self):
        kinds = self.arguments.only if self.arguments.only is not None else plan.SCENARIOS
        self.plan = plan.make(self.arguments.seed, self.arguments.seconds, kinds)
        print("The plan (seconds since the first message):")
        print("\n".join(map(str, self.plan)) or "          nothing goes wrong")
        try:
            await self.start()
            await self.torture()
            await self.settle()
            await self.stop()
        finally:
            self.close()
        return check.check(self.ledger, self.arguments.archive_access == "yes")

    @property
    def link_faults(self):
        return sum(self.done[kind] for kind in plan.LINK_FAULTS)

    def missed(self):
        """What a whole run should have contained and did not."""
        if self.arguments.only is not None or self.arguments.seconds < 120:
            return []
        factor = self.arguments.seconds / 120
        wanted = (("messages", len(self.ledger.messages), min(LEAST_MESSAGES * factor, self.arguments.messages)),
                  ("kills", self.done["kill"], LEAST_KILLS * factor),
                  ("link faults", self.link_faults, LEAST_LINK_FAULTS * factor))
        return ["only %d %s, of at least %d" % (count, what, least)
                for what, count, least in wanted if count < int(least)]


def latencies(ledger, kind):
    """Seconds until the first arrival: of half of the messages, of 99 in 100, and of all."""
    seconds = sorted(min(arrival.at for arrival in ledger.arrivals[message.number] if arrival.source != "archive")
                     - message.sent_at for message in ledger.messages.values() if message.chat.kind == kind
                     and any(arrival.source != "archive" for arrival in ledger.arrivals.get(message.number, ())))
    return tuple(seconds[int((len(seconds) - 1) * part)] for part in (0.5, 0.99, 1)) if seconds else None


KINDS_OF_CHATS = {"demo": "user to user, demo network", "out": "user to IRC", "in": "IRC to user"}


def report(run, verdict):
    print("\n%d messages, %d kills, %d link faults (%s); %s; %d could not be done" % (
        len(run.ledger.messages), run.done["kill"], run.link_faults,
        ", ".join("%d %s" % (run.done[kind], kind) for kind in plan.LINK_FAULTS),
        ", ".join("%d %s" % (run.done[kind], kind) for kind in plan.SCENARIOS
                  if kind not in plan.LINK_FAULTS + ("kill",)), run.skipped))
    for kind, title in KINDS_OF_CHATS.items():
        fates = {fate: count for (chat, fate), count in verdict.fates.items() if chat == kind}
        print("\n%s: %d messages" % (title, sum(fates.values())))
        for fate, count in sorted(fates.items(), key=lambda item: -item[1]):
            print("%8d  %s" % (count, fate))
        if latencies(run.ledger, kind):
            print("          after %.2f s (half of them), %.2f s (99 in 100), %.2f s (all)" % (
                latencies(run.ledger, kind)))
    print()
    for note, count in sorted(verdict.notes.items()):
        print("%8d  %s" % (count, note))
    if verdict.window_ages:
        print("%8.3f  seconds at most from a message of a window to the end of its link" % max(verdict.window_ages))


def report_failures(run, verdict):
    path = os.path.join(run.directory, "failures.txt")
    with open(path, "w") as file:
        for what, message, words in sorted(verdict.failures, key=lambda failure: failure[1].sent_at):
            file.write("%s\n    %s\n" % (what, words))
    shown = {}
    for what, message, words in verdict.failures:
        shown.setdefault((what, message.chat.kind, check.whereabouts(run.ledger, message)), []).append(words)
    print()
    for (what, kind, where), all_words in sorted(shown.items()):
        print("%s, %s, %s: %d" % (what, KINDS_OF_CHATS[kind], where, len(all_words)))
        for words in all_words[:run.arguments.show]:
            print("    %s" % words)
    for text in run.broken + run.missed():
        print("BROKEN: " + text)
    print("\nAll failures: %s\nLogs: %s" % (path, run.directory))


def read_only(text):
    """--only link,kill: the scenarios that these words name."""
    kinds = []
    for word in text.split(","):
        if word == "link":
            kinds += plan.LINK_FAULTS
        elif word == "calm":
            pass
        elif word in plan.SCENARIOS:
            kinds.append(word)
        else:
            raise argparse.ArgumentTypeError("%r; there are calm, link and %s" % (word, ", ".join(plan.SCENARIOS)))
    return tuple(kinds)


def read_arguments():
    parser = argparse.ArgumentParser(prog="script/torture", description=(
        "Numbered messages in both directions while everything goes wrong; at the end each has arrived once and in "
        "order, or its sender holds an error."))
    parser.add_argument("--seconds", type=float, default=120, help="how long people talk and things go wrong (120)")
    parser.add_argument("--messages", type=int, help="how many in that time (50 a second)")
    parser.add_argument("--seed", help="repeats the plan and the talk of a run (random, and printed)")
    parser.add_argument("--archive-access", choices=("yes", "no"), default="no",
                        help="may the gateway read the users' archives? Without, the window is counted apart (no)")
    parser.add_argument("--only", type=read_only, metavar="SCENARIO,...",
                        help="only these go wrong: calm, link, " + ", ".join(plan.SCENARIOS))
    parser.add_argument("--with-bug", action="store_true",
                        help="have the build skip the journal: the run has to fail, and then the exit code is 0")
    parser.add_argument("--show", type=int, default=2, help="how many failures of each kind to show in full (2)")
    parser.add_argument("--keep", action="store_true", help="keep the directory even if all is well")
    arguments = parser.parse_args()
    if arguments.seed is None:
        arguments.seed = "%06x" % random.SystemRandom().randrange(1 << 24)
    if arguments.messages is None:
        arguments.messages = int(50 * arguments.seconds)
    return arguments


def main():
    arguments = read_arguments()
    directory = tempfile.mkdtemp(prefix="gangway-torture-")
    only = "" if arguments.only is None else " --only %s" % (",".join(arguments.only) or "calm")
    print("Seed %s: script/torture --seconds %g --messages %d --archive-access %s%s%s --seed %s" % (
        arguments.seed, arguments.seconds, arguments.messages, arguments.archive_access, only,
        " --with-bug" if arguments.with_bug else "", arguments.seed), flush=True)
    run = Run(arguments, directory)
    try:
        verdict = asyncio.run(run.run())
    except (Exception, KeyboardInterrupt):
        print("Logs: " + directory)
        raise
    report(run, verdict)
    is_good = verdict.is_good and not run.broken and not run.missed()
    if not is_good:
        report_failures(run, verdict)
    if is_good and not arguments.keep:
        shutil.rmtree(directory)
    if arguments.with_bug:
        is_bitten = any(what in (check.LOST, check.FALSE_RECEIPT) for what, _, _ in verdict.failures)
        print("The bug was %s" % ("found." if is_bitten else "NOT found: this check does not bite."))
        return 0 if is_bitten else 1
    print("\nFailed." if not is_good else "\nAll is well.")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
