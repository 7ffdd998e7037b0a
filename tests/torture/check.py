# SPDX-License-Identifier: MPL-2.0
"""The verdict: is each message of a ledger where it should be? Pure functions, which test_check.py shows to bite.

The contract. Every message arrives exactly once and in the order of its chat, or its sender holds an error for it. A
copy under the same id is the same message, sent again, and says so by a time stamp; a copy under another id is doubled.
A receipt means that the network has it. What the XMPP server had written to a link that broke before Gangway could
store it is gone without archive access, with neither receipt nor error: the window. On a link that both ended in order
there is none. Whatever the gateway has said of a message, to anybody, shows that it had stored it.

IRC has windows of its own, which nobody can close: what its server wrote to a link that broke, and what it had in hand
when it was restarted.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from ledger import DEMO, IRC, token

# How long before the end of its link a message may have been passed on to Gangway, and yet not be stored.
WINDOW_S = 1.0

# A disk that has room again is noticed after so long.
DISK_RECOVERY_S = 2.0

# How near to the end of a link a message has to be sent that was never seen on one.
NEAR_BEFORE_S, NEAR_AFTER_S = 1.0, 1.0

# All that a message can have become. Those below `FAILURES` are.
DELIVERED = "arrived once"
UNCONFIRMED = "arrived once, without a receipt"
REFUSED = "did not arrive, its sender holds an error"
UNCERTAIN = "arrived once, its sender holds an error"
WINDOW = "in the window: no archive access"
IRC_WINDOW = "in IRC's own window"
IRC_RESTART = "taken by ngircd, which was restarted before it passed it on"
NOT_TAKEN = "never reached the sender's server, which was restarted"
TOLD_NOBODY = "its error left the gateway while the sender was offline"

LOST = "LOST"
DOUBLED = "DOUBLED"
DISORDERED = "OUT OF ORDER"
FALSE_RECEIPT = "RECEIPT WITHOUT ARRIVAL"
CONTRADICTION = "RECEIPT AND ERROR"
UNSTAMPED = "RESENT WITHOUT A STAMP"
MISAPPLIED = "CHANGE OF ANOTHER MESSAGE"
NOT_APPLIED = "EDIT SHOWN AS A NEW MESSAGE"
FAILURES = (LOST, DOUBLED, DISORDERED, FALSE_RECEIPT, CONTRADICTION, UNSTAMPED, MISAPPLIED, NOT_APPLIED)


@dataclass
class Verdict:
    fates: Counter = field(default_factory=Counter)      # (kind of chat, fate) -> how many messages
    notes: Counter = field(default_factory=Counter)      # what is no fate: copies that were sent again, and the like
    failures: list = field(default_factory=list)         # (what, message, words)
    window_ages: list = field(default_factory=list)      # seconds between a message of a window and its link's end

    @property
    def is_good(self):
        return not self.failures


def check(ledger, has_archive_access):
    verdict = Verdict()
    for message in ledger.messages.values():
        fate = _fate(ledger, message, has_archive_access, verdict)
        verdict.fates[message.chat.kind, fate] += 1
        if fate in FAILURES:
            verdict.failures.append((fate, message, describe(ledger, message)))
        _check_copies(ledger, message, verdict)
        _check_change(ledger, message, verdict)
    _check_order(ledger, verdict)
    return verdict


def _distinct(ledger, message):
    """How many different messages the receiver has with this text."""
    arrivals = ledger.arrivals.get(message.number, ())
    if message.chat.kind == "out":
        return len(arrivals)
    return len({arrival.id for arrival in arrivals})


def _fate(ledger, message, has_archive_access, verdict):
    arrived = _distinct(ledger, message)
    receipts = ledger.receipts.get(message.number)
    errors = ledger.errors.get(message.number)
    if arrived > 1:
        return DOUBLED
    if receipts and errors:
        return CONTRADICTION
    if arrived == 1:
        if errors:
            return UNCERTAIN
        return DELIVERED if receipts or message.chat.kind == "in" else UNCONFIRMED
    if receipts:
        return _fate_of_false_receipt(ledger, message)
    if errors:
        return REFUSED
    if message.chat.kind == "in":
        return _fate_from_irc(ledger, message, verdict)
    return _fate_from_user(ledger, message, has_archive_access, verdict)


def _fate_of_false_receipt(ledger, message):
    is_irc = message.chat.kind == "out"
    if is_irc and ledger.outages_near(message.sent_at, 5, 60, kinds=("ngircd",)):
        passed = [s.seen_at for s in ledger.sightings.get(message.number, ())
                  if s.direction == "out" and s.link.proxy_name == "ngircd"]
        if any(ledger.outages_near(at, 0.5, WINDOW_S, kinds=("ngircd",)) for at in passed):
            return IRC_RESTART
    return FALSE_RECEIPT


def _fate_from_user(ledger, message, has_archive_access, verdict):
    number = message.number
    if number not in ledger.archived and not _into_gateway(ledger, message):
        if ledger.outages_near(message.sent_at, 2, 2, kinds=("prosody",)):
            return NOT_TAKEN
        return LOST
    if any(ledger.is_absent(message.chat.sender, at) for at in ledger.told_out.get(number, ())):
        return TOLD_NOBODY
    if not has_archive_access and _is_in_window(ledger, message, verdict):
        return WINDOW
    return LOST


def _fate_from_irc(ledger, message, verdict):
    if message.number not in ledger.accepted and not _into_gateway(ledger, message):
        if ledger.outages_near(message.sent_at, 2, 2, kinds=("ngircd",)):
            return NOT_TAKEN
    if _is_in_window(ledger, message, verdict):
        return IRC_WINDOW
    return LOST


def _into_gateway(ledger, message):
    """Where it was seen on its way to the gateway."""
    wanted = "ngircd" if message.chat.kind == "in" else "prosody"
    return [s for s in ledger.sightings.get(message.number, ())
            if s.direction == "in" and s.link.proxy_name == wanted]


def _out_of_gateway(ledger, message):
    """Where it, or what the gateway said about it, was seen to leave the gateway, which had stored it by then."""
    return [s for s in ledger.sightings.get(message.number, ()) if s.direction == "out"]


def _is_in_window(ledger, message, verdict):
    if _out_of_gateway(ledger, message):
        return False
    sightings = _into_gateway(ledger, message)
    if not sightings:
        names = _link_names(ledger, message)
        near = (message.sent_at, NEAR_BEFORE_S, NEAR_AFTER_S)
        is_near = any(ledger.link_ended_near(name, *near) for name in names) or bool(
            ledger.outages_near(*near, kinds=("prosody", "ngircd")))
        verdict.notes["in a window, never seen on a link"] += is_near
        return is_near
    if any(_ended_in_order(ledger, sighting.link) for sighting in sightings):
        return False
    ages = [_age(ledger, sighting) for sighting in sightings]
    if any(age is None or age > WINDOW_S for age in ages):
        return False
    verdict.notes["in a window, seen on a link that ended"] += 1
    verdict.window_ages.append(max(ages))
    return True


def _ended_in_order(ledger, link):
    """Whose disk was full could store nothing of what came last."""
    return link.ended_in_order and not ledger.outages_near(link.good_until, DISK_RECOVERY_S, 0, kinds=("disk",))


def _link_names(ledger, message):
    if message.chat.kind == "in":
        user = message.chat.receiver
        return [name for name in list(ledger.links) if name.rstrip("_") == user] or [user]
    return [DEMO if message.chat.kind == "demo" else IRC]


def _age(ledger, sighting):
    """Seconds that Gangway had to store it, without those in which it could not. None: it has them still."""
    if sighting.passed_at is None:
        return 0.0 if sighting.link.good_until is not None else None
    end = sighting.link.good_until
    if end is None:
        return None
    age = end - sighting.passed_at
    for outage in ledger.outages:
        if outage.kind == "disk" and outage.end is not None:
            held = min(end, outage.end + DISK_RECOVERY_S) - max(sighting.passed_at, outage.begin)
            age -= max(0.0, held)
    return max(0.0, age)


def _check_copies(ledger, message, verdict):
    """Copies that were sent again have the old id, which _distinct() has seen to, and a stamp."""
    seen = defaultdict(int)
    for arrival in ledger.arrivals.get(message.number, ()):
        if arrival.source == "irc":
            continue
        seen[arrival.source] += 1
        if seen[arrival.source] > 1:
            verdict.notes["copies that were sent again (%s)" % arrival.source] += 1
            if not arrival.is_delayed:
                verdict.failures.append((UNSTAMPED, message, describe(ledger, message)))
    told = Counter(error.source for error in ledger.errors.get(message.number, ()))
    if told and max(told.values()) > 1:
        verdict.notes["errors that came more than once"] += 1


def _check_change(ledger, message, verdict):
    """An edit or a retraction means the very message, and an edit is a text of its own only where it cannot mean it."""
    if message.change is None or message.chat.kind != "demo":
        return
    targets = {arrival.id for arrival in ledger.arrivals.get(message.target, ())}
    is_proven = bool(ledger.receipts.get(message.target)) and not ledger.errors.get(message.target)
    for arrival in ledger.arrivals.get(message.number, ()):
        what = None
        if arrival.of is not None:
            verdict.notes["%ss that reached their message" % message.change] += arrival.source == "archive"
            what = None if arrival.of in targets else MISAPPLIED
        else:
            verdict.notes["edits of what never surely arrived, shown as new messages"] += not is_proven
            what = NOT_APPLIED if is_proven else None
        if what:
            verdict.failures.append((what, message, "%s\nof %s" % (
                describe(ledger, message), describe(ledger, ledger.messages[message.target]))))


def _check_order(ledger, verdict):
    """First sights, per chat, have to ascend."""
    for chat, numbers in ledger.order.items():
        highest = None
        seen = set()
        for number in numbers:
            if number in seen:
                continue
            seen.add(number)
            message = ledger.messages[number]
            if highest is not None and message.index < highest.index:
                if _was_overtaken(ledger, message, highest):
                    verdict.notes["late on an old link to IRC, their senders hold errors"] += 1
                    continue
                verdict.failures.append((DISORDERED, message, "behind %s, which was sent later\n%s\n%s" % (
                    token(highest.number), describe(ledger, message), describe(ledger, highest))))
            else:
                highest = message


def _was_overtaken(ledger, message, later):
    """
    The gateway gave this one up, with an error, when it lost a link to IRC that delivered all the same: after what it
    said on the next link. IRC has nothing to tell that by.
    """
    def sighting(one):
        return next((s for s in ledger.sightings.get(one.number, ())
                     if s.direction == "out" and s.link.proxy_name == "ngircd"), None)

    first, second = sighting(message), sighting(later)
    return bool(message.chat.kind == "out" and ledger.errors.get(message.number) and first and second
                and first.link is not second.link and first.link.good_until is not None and first.passed_at
                and first.passed_at >= first.link.good_until)


def whereabouts(ledger, message):
    """Where it was last seen, in a few words that many messages share."""
    sightings = ledger.sightings.get(message.number)
    if ledger.arrivals.get(message.number):
        return "arrived"
    if not sightings:
        return "never seen on a link"
    last = max(sightings, key=lambda sighting: sighting.seen_at)
    return "last seen on its way %s %s, %s" % (
        "from" if last.direction == "in" else "to", last.link.proxy_name,
        "which never got it" if last.direction == "out" and last.passed_at is None
        else "which got it" if last.direction == "out"
        else "passed on to the gateway" if last.passed_at else "not passed on")


def describe(ledger, message):
    """All that is known about a message, for people."""
    def at(time):
        return "never" if time is None else "%+.3f" % (time - message.sent_at)

    lines = ["%s, %s, the %d. of its chat, sent at %.3f" % (
        token(message.number), message.chat, message.index, message.sent_at - ledger.began_at)]
    if message.number in ledger.archived:
        lines.append("the sender's archive has it")
    if message.number in ledger.accepted:
        lines.append("the IRC server took it")
    for s in ledger.sightings.get(message.number, ()):
        lines.append("%s: %s the gateway, passed on %s, %s link %d of %s, which ended %s (%s)" % (
            at(s.seen_at), {"in": "to", "out": "from"}[s.direction], at(s.passed_at), s.link.proxy_name, s.link.number,
            s.link.name, at(s.link.good_until), s.link.why))
    for arrival in ledger.arrivals.get(message.number, ()):
        lines.append("%s: arrived (%s) as %s%s" % (
            at(arrival.at), arrival.source, arrival.id, ", with a stamp" if arrival.is_delayed else ""))
    for when, source in ledger.receipts.get(message.number, ()):
        lines.append("%s: receipt (%s)" % (at(when), source))
    for error in ledger.errors.get(message.number, ()):
        lines.append("%s: error (%s) %s %s" % (at(error.at), error.source, error.condition, error.text))
    for when in ledger.told_out.get(message.number, ()):
        lines.append("%s: an error about it left the gateway" % at(when))
    for outage in ledger.outages_near(message.sent_at, 5, 5):
        lines.append("%s to %s: %s %s" % (at(outage.begin), at(outage.end), outage.kind, outage.note))
    return "\n    ".join(lines)
