#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""What script/bench measures: Gangway and two echo components, driven by the rig's load generator in one run.

The rig's `blast` plays the XMPP server, starts one component, drives it and writes one JSON line for each measure. Here
stand the cases, in rounds whose order turns, and the table that comes of them: medians, with the smallest and largest
value of the rounds and the share of a core that everything else on the machine took meanwhile.
"""

import argparse
import collections
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
DOMAIN = "echo.localhost"
REGISTER = os.path.join(HERE, "register.txt")
TO_ECHO = os.path.join(HERE, "to-echo.txt")
PAGE = os.path.join(ROOT, "docs", "performance.md")

# A measure during which others took more than this share of a core is not used.
MAX_OTHER = 0.25


def say(text):
    print(text, file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def machine_busy():
    fields = [int(field) for field in open("/proc/stat").readline().split()[1:8]]
    return sum(fields) - fields[3] - fields[4], sum(fields)


def wait_until_quiet(patience):
    """Until others have left the machine alone for a second, or not."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        busy, total = machine_busy()
        time.sleep(1)
        busy, total = machine_busy()[0] - busy, machine_busy()[1] - total
        if total > 0 and busy / total < 0.05:
            return True
    return False


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.lines = []
        self.folders = []

    def folder(self):
        """For a database; $TMPDIR should be on a disk."""
        folder = tempfile.mkdtemp(prefix="gangway-bench-")
        self.folders.append(folder)
        return folder

    def clean(self):
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)

    def blast(self, label, phases, command, environment=None, options=()):
        """Runs one component through the phases; what was measured is added to the lines."""
        port = free_port()
        full = [os.path.join(self.arguments.rig, "build", "blast"), "serve", "--label", label, "--port", str(port), *options,
                *phases, "--exec", *command, "127.0.0.1", str(port), DOMAIN, "secret"]
        result = subprocess.run(full, env=dict(os.environ, **(environment or {})), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900)
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        if result.returncode != 0 or "stuck" in result.stderr or "setup error" in result.stderr:
            say("  %s: exit code %d: %s" % (label, result.returncode, result.stderr.strip()[-600:]))
        self.lines += lines
        return lines

    def load(self, phase, windows, extra=""):
        arguments = self.arguments
        return ["%s:win=%d,secs=%g,warm=%g%s" % (phase, window, arguments.secs, arguments.warm, extra)
                for window in windows]

    # --- Peers ---

    def peer(self, label, program):
        self.blast(label, ["start", "idle:ms=700,max=5000"] + self.load("disco", (1, 1024))
                   + self.load("ping", (1, 64, 1024)) + self.load("msg", (1, 64, 1024)),
                   [os.path.join(self.arguments.rig, "build", program)])

    def gangway(self, label, phases, data=None, options=(), **environment):
        environment = {"BENCH_" + name.upper(): value for name, value in environment.items()}
        environment.update(BENCH_BUILD=self.arguments.build, BENCH_DATA=data or self.folder())
        return self.blast(label, phases, [os.path.join(HERE, "start")], environment, options)

    # --- Cases ---

    def expat_echo(self):
        self.peer("expatecho", "expatecho")

    def libstrophe(self):
        self.peer("libstrophe", "strophe-echo")

    def stanzas(self):
        """IQs, and messages through the demo's resident, with 100 registered users."""
        self.gangway("gangway", ["start", "setup:file=%s,users=100,win=8,max=60" % REGISTER, "idle:ms=700,max=5000"]
                     + self.load("disco", (1, 1024)) + self.load("ping", (1, 64, 1024))
                     + self.load("msg", (1, 64, 1024), ",tmpl=" + TO_ECHO)
                     + ["msg:rate=100,secs=%g,warm=0.5,tmpl=%s,name=r100" % (2 * self.arguments.secs, TO_ECHO)])

    def idle_memory(self):
        self.gangway("gangway-two", ["sleep:ms=500", "idle:ms=1500,max=8000", "mem:name=idle"], with_irc="yes",
                     options=("--conns", "2"))

    def users(self, contacts):
        self.gangway("gangway-%dc" % contacts, ["start", "idle:ms=700,max=5000", "mem:name=idle",
                     "setup:file=%s,users=%d,win=8,max=120" % (REGISTER, self.arguments.users), "idle:ms=1500,max=20000",
                     "mem:name=users"], module="bench", option="contacts=%d" % contacts)

    def starts(self):
        """From fork() to the first answer: the first start after other programs, then repeated ones."""
        data = self.folder()
        for name in ("first", "warm", "warm"):
            self.gangway("gangway-start", ["start:name=" + name], data=data)

    def many(self):
        """100,000 stored users: the start with them, and what a stanza costs beside what it costs with ten."""
        count = self.arguments.many
        options = {"module": "bench", "option": "contacts=1"}
        small, large = self.folder(), self.folder()
        for users, data in ((10, small), (count, large)):
            self.gangway("gangway-fill", ["start", "setup:file=%s,users=%d,win=64,max=600" % (REGISTER, users),
                         "idle:ms=3000,max=60000"], data=data, **options)
        self.gangway("gangway-many", ["start:name=many"], data=large, **options)
        for label, users, data in (("gangway-flat-few", 10, small), ("gangway-flat-many", count, large)):
            self.gangway(label, ["start", "idle:ms=3000,max=60000", "mem:name=users"]
                         + self.load("ping", (64,), ",users=%d" % users)
                         + self.load("msg", (64,), ",users=%d" % users), data=data, **options)

    def run(self):
        cases = [("expat echo", self.expat_echo), ("libstrophe echo", self.libstrophe), ("stanzas", self.stanzas),
                 ("idle memory", self.idle_memory), ("one contact", lambda: self.users(1)),
                 ("ten contacts", lambda: self.users(10)), ("starts", self.starts)]
        for number in range(self.arguments.rounds):
            turned = cases[number % len(cases):] + cases[:number % len(cases)]
            for name, case in turned + ([("many users", self.many)] if number == 0 and self.arguments.many else []):
                if not wait_until_quiet(self.arguments.patience):
                    say("  the machine is not quiet; going on")
                begin = time.monotonic()
                case()
                say("round %d of %d: %s, %.0f s" % (number + 1, self.arguments.rounds, name, time.monotonic() - begin))


class Results:
    """The lines by component, phase and window; those of a busy machine are left out where there are others."""

    def __init__(self, lines):
        self.by_key = collections.defaultdict(list)
        self.dropped = 0
        for line in lines:
            key = (line["peer"], line["phase"], line.get("name") or ("w%d" % line["win"] if "win" in line else ""))
            self.by_key[key].append(line)
        for key, found in self.by_key.items():
            quiet = [line for line in found if line.get("other_util", 0) <= MAX_OTHER]
            self.dropped += len(found) - len(quiet)
            self.by_key[key] = quiet or found

    def lines(self, *key):
        return self.by_key.get(key, [])

    def values(self, key, field):
        return [line[field] for line in self.lines(*key) if field in line]

    def median(self, key, field):
        values = self.values(key, field)
        return statistics.median(values) if values else None

    def other(self, *keys):
        """The largest share of a core that the rest of the machine took; ticks of 10 ms can make it a bit negative."""
        values = [line["other_util"] for key in keys for line in self.lines(*key) if "other_util" in line]
        return "%.2f" % max(0, *values) if values else "–"

    def per_user_kb(self, label):
        """Growth of anonymous memory, run by run."""
        pairs = zip(self.lines(label, "mem", "idle"), self.lines(label, "mem", "users"))
        return [(users["anon_kb"] - idle["anon_kb"]) / users["users"] for idle, users in pairs if users["users"]]


def number(value):
    return "–" if value is None else "{:,.0f}".format(value) if abs(value) >= 100 else "%.3g" % value


def spread(values):
    return "–" if not values else "%s … %s" % (number(min(values)), number(max(values)))


class Row:
    def __init__(self, what, target, value, unit, values, other="–", beside="", is_met=None):
        self.cells = [what, target, "–" if value is None else "%s%s" % (number(value), unit), spread(values), other, beside,
                      "–" if value is None or is_met is None else "yes" if is_met else "**no**"]


def ratio_row(results, what, ours, theirs, field, limit, unit, peer_name, is_rate=False):
    our, their = results.median(ours, field), results.median(theirs, field)
    target = "at %s %g × %s" % ("least" if is_rate else "most", limit, peer_name)
    if our is None or their is None:
        return Row(what, target, our, unit, results.values(ours, field))
    met = our >= limit * their if is_rate else our <= limit * their
    beside = "%s: %s%s (%.2f ×)" % (peer_name, number(their), unit, our / their)
    return Row(what, target, our, unit, results.values(ours, field), results.other(ours, theirs), beside, met)


def limit_row(results, what, value, unit, values, limit, other="–", beside=""):
    return Row(what, "at most %s%s" % (number(limit), unit), value, unit, values, other, beside,
               None if value is None else value <= limit)


def rows(results, arguments):
    our = "gangway"
    disco, ping, msg = (our, "disco", "w1024"), (our, "ping", "w1024"), (our, "msg", "w1024")
    yield ratio_row(results, "disco#info, 1024 in flight", disco, ("libstrophe", "disco", "w1024"), "rate", 4, "/s",
                    "libstrophe", is_rate=True)
    yield ratio_row(results, "ping, 1024 in flight, CPU each", ping, ("expatecho", "ping", "w1024"), "cpu_us", 1.5, " µs",
                    "expat echo")
    yield ratio_row(results, "message through demo's echo and back, ids stored, 1024 in flight, CPU each", msg,
                    ("libstrophe", "msg", "w1024"), "cpu_us", 1.5, " µs", "libstrophe")
    yield ratio_row(results, "the same, 64 in flight", (our, "msg", "w64"), ("libstrophe", "msg", "w64"), "cpu_us", 1.5,
                    " µs", "libstrophe")
    idle = ("gangway-two", "mem", "idle")
    mib = [value / 1024 for value in results.values(idle, "pss_kb")]
    yield limit_row(results, "idle with demo and irc, PSS", statistics.median(mib) if mib else None, " MiB", mib, 6)
    for contacts, limit in ((1, 3), (10, 6)):
        values = results.per_user_kb("gangway-%dc" % contacts)
        yield limit_row(results, "memory of a logged-in user with %d contact%s" % (contacts, "" if contacts == 1 else "s"),
                        statistics.median(values) if values else None, " KB", values, limit)
    setup = ("gangway-1c", "setup", "")
    yield limit_row(results, "register and log in, CPU", results.median(setup, "cpu_us"), " µs",
                    results.values(setup, "cpu_us"), 200)
    warm, first = ("gangway-start", "start", "warm"), ("gangway-start", "start", "first")
    yield limit_row(results, "start to first disco#info answer", results.median(warm, "first_disco_ms"), " ms",
                    results.values(warm, "first_disco_ms"), 6,
                    beside="after a pause: %s ms" % number(results.median(first, "first_disco_ms")))
    many = ("gangway-many", "start", "many")
    yield limit_row(results, "the same with %s stored users" % number(arguments.many),
                    results.median(many, "first_disco_ms"), " ms", results.values(many, "first_disco_ms"), 500)
    for what, phase in (("ping", "ping"), ("message", "msg")):
        few, more = ("gangway-flat-few", phase, "w64"), ("gangway-flat-many", phase, "w64")
        value, base = results.median(more, "cpu_us"), results.median(few, "cpu_us")
        beside = "10 users: %s µs%s" % (number(base), " (%.2f ×)" % (value / base) if value and base else "")
        yield Row("%s with %s users, 64 in flight, CPU each" % (what, number(arguments.many)), "flat", value, " µs",
                  results.values(more, "cpu_us"), results.other(few, more), beside)
    slowest = [(max(results.values((our, phase, name), "max_us"), default=0), phase, name)
               for phase, name in (("disco", "w1"), ("ping", "w1"), ("msg", "w1"), ("msg", "r100"))]
    worst = max(slowest)
    yield limit_row(results, "the slowest answer of an idle gateway", worst[0] / 1000 if worst[0] else None, " ms",
                    [value / 1000 for value, _, _ in slowest], 40, beside="%s, %s" % worst[1:])


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def table(results, arguments):
    lines = ["%d cores of %s, Linux %s; %d rounds of %g s a measure; %d measures left out because others took more than "
             "%g of a core." % (os.cpu_count(), processor(), platform.release().split("-")[0], arguments.rounds,
                                arguments.secs, results.dropped, MAX_OTHER), "",
             "| what | target | measured | smallest … largest | others' CPU | beside | met |",
             "|---|---|--:|---|--:|---|---|"]
    lines += ["| %s |" % " | ".join(row.cells) for row in rows(results, arguments)]
    return "\n".join(lines) + "\n"


def update_page(text):
    page = open(PAGE, encoding="utf-8").read()
    head, rest = page.split("<!-- measured -->\n", 1)
    tail = rest.split("<!-- end of measured -->", 1)[1]
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(head + "<!-- measured -->\n" + text + "<!-- end of measured -->" + tail)


def main():
    parser = argparse.ArgumentParser(prog="script/bench")
    parser.add_argument("rig", help="a built copy of the rig")
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--secs", type=float, default=2)
    parser.add_argument("--warm", type=float, default=1)
    parser.add_argument("--users", type=int, default=5000, help="of the measures of memory")
    parser.add_argument("--many", type=int, default=100000, help="users of the row about many; 0: leave it out")
    parser.add_argument("--patience", type=float, default=60, help="seconds to wait for a quiet machine before each case")
    parser.add_argument("--out", help="keep the lines of the rig here")
    parser.add_argument("--from", dest="lines", help="measure nothing, take these lines")
    parser.add_argument("--update", action="store_true", help="put the table into docs/performance.md")
    arguments = parser.parse_args()

    bench = Bench(arguments)
    if arguments.lines:
        bench.lines = [json.loads(line) for line in open(arguments.lines)]
    else:
        try:
            bench.run()
        finally:
            bench.clean()
            if arguments.out:
                with open(arguments.out, "w") as file:
                    file.writelines(json.dumps(line) + "\n" for line in bench.lines)
    text = table(Results(bench.lines), arguments)
    print(text, end="")
    if arguments.update:
        update_page(text)


main()
