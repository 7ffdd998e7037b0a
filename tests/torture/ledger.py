# SPDX-License-Identifier: MPL-2.0
"""What was observed in a run, and nothing concluded from it: who said what, who heard it, what passed over which link.

Times are those of time.monotonic(). Each message has a number of its own in the whole run; it stands in the text, and
is the id of those that users send.
"""

import bisect
import re
import time
from collections import defaultdict
from dataclasses import dataclass, field

DEMO, IRC = "demo.localhost", "irc.localhost"
TOKEN = re.compile(r"tm(\d{7})")
_TOKEN_BYTES = re.compile(rb"tm(\d{7})")
_TOLD = re.compile(rb"<message\b(?=[^>]*\btype=['\"]error['\"])[^>]*\bid=['\"]tm(\d{7})['\"]")
_STREAM = re.compile(rb"<stream:stream\b[^>]*\bto=['\"]([^'\"]+)['\"]")
_NICK = re.compile(rb"^NICK :?(\S+)", re.M)

# What names another message is no sight of that one.
_REFERENCE = re.compile(rb"<(?:replace|retract)\b[^>]*(?:>|$)")


def token(number):
    return "tm%07d" % number


def number_in(text):
    """The number of the message that this text is, or None."""
    match = TOKEN.search(text or "")
    return int(match.group(1)) if match else None


@dataclass(frozen=True, slots=True)
class Chat:
    """One direction of a conversation. kind: "demo" user to user; "out" user to somebody on IRC; "in" the other way."""

    kind: str
    sender: str
    receiver: str

    def __str__(self):
        way = {"demo": "demo", "out": "to IRC", "in": "from IRC"}[self.kind]
        return "%s: %s to %s" % (way, self.sender, self.receiver)


@dataclass(slots=True)
class Message:
    number: int
    chat: Chat
    index: int  # in its chat
    sent_at: float
    change: str = None  # "edit" or "retraction" of
    target: int = None  # this message, which was sent before in the same chat


@dataclass(slots=True)
class Arrival:
    """source: "live", "archive" or "irc". id: of the stanza; None on IRC. of: the id that it says it edits or retracts."""

    at: float
    source: str
    id: str = None
    is_delayed: bool = False
    of: str = None


@dataclass(slots=True)
class Told:
    """An error that the sender received. source: "live", "archive" or "irc"."""

    at: float
    source: str
    condition: str
    text: str = ""


@dataclass(slots=True)
class Sighting:
    """A message on its way over a link to the gateway ("in"), or in whatever shape from it ("out")."""

    link: object  # has name, good_until, began_at, ended_in_order
    direction: str
    seen_at: float
    passed_at: float = None


@dataclass(slots=True)
class Outage:
    """kind: what was done (plan.py). where: "xmpp", "irc" or "gateway". end None: it was one instant."""

    kind: str
    where: str
    begin: float
    end: float = None
    note: str = ""


@dataclass
class Ledger:
    messages: dict = field(default_factory=dict)
    arrivals: dict = field(default_factory=lambda: defaultdict(list))
    receipts: dict = field(default_factory=lambda: defaultdict(list))
    errors: dict = field(default_factory=lambda: defaultdict(list))
    archived: set = field(default_factory=set)  # the sender's server has these, by the sender's archive
    accepted: set = field(default_factory=set)  # the IRC server has these, by what it answered
    sightings: dict = field(default_factory=lambda: defaultdict(list))
    told_out: dict = field(default_factory=lambda: defaultdict(list))  # an error about it left the gateway, and when
    outages: list = field(default_factory=list)
    links: dict = field(default_factory=lambda: defaultdict(list))  # by name
    absences: dict = field(default_factory=lambda: defaultdict(list))  # user -> [[from, to or None]]
    order: dict = field(default_factory=lambda: defaultdict(list))  # chat -> numbers as in the archive, or on IRC
    began_at: float = 0.0
    seen: int = 0  # all sightings
    retractions: dict = field(default_factory=dict)  # of a message -> the retraction
    _indices: dict = field(default_factory=lambda: defaultdict(int))
    _numbers: dict = field(default_factory=dict)  # (user, id of a stanza that they received) -> the message

    def say(self, chat, change=None, target=None):
        """A new message of this chat."""
        self._indices[chat] += 1
        message = Message(len(self.messages) + 1, chat, self._indices[chat], time.monotonic(), change, target)
        self.messages[message.number] = message
        if change == "retraction":
            self.retractions[target] = message.number
        return message

    def arrived(self, number, source, id=None, is_delayed=False, of=None):
        message = self.messages.get(number)
        if message is None:
            return
        self.arrivals[number].append(Arrival(time.monotonic(), source, id, is_delayed, of))
        self._numbers[message.chat.receiver, id] = number
        if source != "live":
            self.order[message.chat].append(number)

    def was_retracted(self, user, of, source, id, is_delayed):
        """A retraction says nothing of its own by which it could be known: it is the one of that message."""
        self.arrived(self.retractions.get(self._numbers.get((user, of))), source, id, is_delayed, of)

    def is_absent(self, user, at, margin=0.5):
        """Had this user no client online around that time?"""
        return any(begin - margin <= at and (end is None or at <= end + margin) for begin, end in self.absences[user])

    def outages_near(self, at, before, after, kinds=None, where=None):
        return [outage for outage in self.outages
                if (kinds is None or outage.kind in kinds) and (where is None or outage.where == where)
                and outage.begin <= at + after and (outage.end or outage.begin) >= at - before]

    def link_ended_near(self, name, at, before, after):
        """Did a link of this name end around that time, or had the server not noticed its end yet, or was there none?"""
        links = self.links[name]
        for link in links:
            noticed_at = at if link.ended_at is None else link.ended_at
            if link.good_until is not None and link.good_until <= at + after and noticed_at >= at - before:
                return True
        begins = [link.began_at for link in links]
        last = links[bisect.bisect(begins, at) - 1] if links and begins[0] <= at else None
        return last is None or (last.good_until is not None and last.good_until <= at)


class Watcher:
    """What a proxy's links carry, noted in the ledger."""

    TAIL_BYTES = 300

    def __init__(self, ledger, kind):
        self.ledger = ledger
        self.kind = kind

    def ended(self, link):
        pass

    def watch(self, link, direction, data):
        tail = link.tails[direction]
        text = tail + data
        link.tails[direction] = text[-self.TAIL_BYTES:]
        if link.name is None and direction == "out":
            self._name(link, text)
        marks = []
        now = time.monotonic()
        for match in _TOKEN_BYTES.finditer(_REFERENCE.sub(lambda match: b" " * len(match.group()), text)):
            if match.end() > len(tail):
                number = int(match.group(1))
                sightings = self.ledger.sightings[number]
                if not any(s.link is link and s.direction == direction and now - s.seen_at < 0.2 for s in sightings):
                    marks.append(Sighting(link, direction, now))
                    sightings.append(marks[-1])
                    self.ledger.seen += 1
        if direction == "out" and self.kind == "xmpp":
            for match in _TOLD.finditer(text):
                if match.end() > len(tail):
                    self.ledger.told_out[int(match.group(1))].append(now)
        return marks

    def _name(self, link, text):
        match = (_STREAM if self.kind == "xmpp" else _NICK).search(text)
        if match:
            link.name = match.group(1).decode()
            self.ledger.links[link.name].append(link)
