# SPDX-License-Identifier: MPL-2.0
"""What goes wrong, and when: made of a seed before anything runs, so that it can be printed and done again."""

import random
from dataclasses import dataclass

# What can happen to a link; see faults.py.
LINK_FAULTS = ("cut", "stall", "truncate", "half-close", "delay")

# Everything that can go wrong, by the name that --only takes.
SCENARIOS = LINK_FAULTS + ("kill", "stop", "prosody", "ngircd", "disk", "clock", "client")

# Faults do not begin in the first seconds, nor so late that they would lie in the settling time.
FIRST_AT_S, LAST_BEFORE_END_S = 2.0, 4.0

CLOCK_JUMPS_S = (-86400, -3600, -600, -60, 30, 600, 3600, 86400, 30 * 86400)


@dataclass(frozen=True)
class Event:
    """at: seconds since the first message. kind: of SCENARIOS. seconds: how long it lasts, or how far a clock jumps.

    where: "xmpp" or "irc", which links a link fault may strike. chance: picks one of those that are there at the time,
    or one of the users, and decides what else is random about it.
    """

    at: float
    kind: str
    seconds: float = 0.0
    where: str = ""
    chance: float = 0.0

    def __str__(self):
        words = ["%8.2f  %s" % (self.at, self.kind)]
        if self.kind == "client":
            words.append("of a user (%.4f)" % self.chance)
        if self.where:
            words.append("of the link to %s (%.4f)" % ({"xmpp": "Prosody", "irc": "ngircd"}[self.where], self.chance))
        if self.seconds:
            words.append("%+.0f s" % self.seconds if self.kind == "clock" else "for %.2f s" % self.seconds)
        return " ".join(words)


def count_of(kind, seconds):
    """How many of a kind there are in so many seconds. Two minutes have 24 kills and 60 link faults."""
    per_two_minutes = {"kill": 24, "stop": 8, "prosody": 3, "ngircd": 3, "disk": 4, "clock": 8, "client": 8}
    per_two_minutes.update({kind: 12 for kind in LINK_FAULTS})
    return max(1, round(per_two_minutes[kind] * seconds / 120))


def duration_of(kind, chance):
    ranges = {"stall": (0.3, 4.0), "half-close": (0.5, 3.0), "delay": (1.0, 4.0), "disk": (1.0, 4.0), "client": (0.5, 6.0),
              "prosody": (0.2, 2.0), "ngircd": (0.2, 2.0)}
    low, high = ranges.get(kind, (0.0, 0.0))
    return round(chance.uniform(low, high), 2)


def make(seed, seconds, kinds=SCENARIOS):
    """The events of a run, in their order. What one kind does is the same whether or not the others are wanted."""
    events = []
    for kind in SCENARIOS:
        chance = random.Random("%s %s %s" % (seed, seconds, kind))
        for _ in range(count_of(kind, seconds) if kind in kinds else 0):
            at = round(chance.uniform(FIRST_AT_S, max(FIRST_AT_S, seconds - LAST_BEFORE_END_S)), 2)
            length = chance.choice(CLOCK_JUMPS_S) if kind == "clock" else duration_of(kind, chance)
            where = chance.choice(("xmpp", "xmpp", "irc", "irc")) if kind in LINK_FAULTS else ""
            events.append(Event(at, kind, length, where, round(chance.random(), 4)))
    return sorted(events, key=lambda event: (event.at, event.kind))
