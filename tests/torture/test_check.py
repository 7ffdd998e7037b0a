# SPDX-License-Identifier: MPL-2.0
"""The check by itself: small ledgers with one thing in them, and what the verdict has to be."""

import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "e2e")]

import check  # noqa: E402
import ledger as ledgers  # noqa: E402
import plan  # noqa: E402
from ledger import DEMO, Arrival, Chat, Ledger, Message, Outage, Sighting, Told, Watcher, token  # noqa: E402

KINDS = {"demo": Chat("demo", "romeo", "juliet"), "out": Chat("out", "romeo", "mercutio"),
         "in": Chat("in", "mercutio", "romeo")}
T = 1000.0  # when messages are sent


class Link:
    why = "cut"
    number = 1

    def __init__(self, name, began_at=0.0, good_until=None, proxy_name="prosody", ended_in_order=False):
        self.ended_in_order = ended_in_order
        self.name = name
        self.began_at = began_at
        self.good_until = self.ended_at = good_until
        self.proxy_name = proxy_name
        self.tails = {"in": b"", "out": b""}


class Story:
    """A ledger in which one message was sent."""

    def __init__(self, kind="demo", count=1):
        self.ledger = Ledger()
        self.ledger.began_at = T - 10
        self.chat = KINDS[kind]
        for number in range(1, count + 1):
            self.ledger.messages[number] = Message(number, self.chat, number, T + number / 10)
            self.ledger.archived.add(number)
        self.link("irc.localhost" if kind == "out" else DEMO)
        self.link("romeo", proxy_name="ngircd")

    def link(self, name, **options):
        link = Link(name, **options)
        self.ledger.links[name].append(link)
        return link

    def arrives(self, number=1, id="g1", source=None, is_delayed=False):
        source = source or ("irc" if self.chat.kind == "out" else "archive")
        self.ledger.arrivals[number].append(Arrival(T + 1, source, None if source == "irc" else id, is_delayed))
        if source != "live":
            self.ledger.order[self.chat].append(number)
        return self

    def confirmed(self, number=1):
        self.ledger.receipts[number].append((T + 1, "live"))
        return self

    def refused(self, number=1):
        self.ledger.errors[number].append(Told(T + 1, "live", "recipient-unavailable"))
        return self

    def passed(self, link, at=T + 0.2, number=1, direction="in"):
        self.ledger.sightings[number].append(Sighting(link, direction, at, at))
        return self

    def happens(self, kind, begin, end=None):
        self.ledger.outages.append(Outage(kind, "somewhere", begin, end))
        return self

    def fate(self, has_archive_access=False):
        verdict = check.check(self.ledger, has_archive_access)
        (_, fate), = verdict.fates
        assert (fate in check.FAILURES) <= (not verdict.is_good)
        return fate

    def failures(self):
        return [what for what, _, _ in check.check(self.ledger, False).failures]


# --- What is as it should be ---


@pytest.mark.parametrize("kind", KINDS)
def test_arrived(kind):
    assert Story(kind).arrives().confirmed().fate() == check.DELIVERED


def test_arrived_without_a_receipt():
    assert Story().arrives().fate() == check.UNCONFIRMED


def test_seen_live_and_in_the_archive():
    assert Story().arrives(source="live").arrives().confirmed().failures() == []


def test_an_error_with_or_without_arrival():
    assert Story("out").refused().fate() == check.REFUSED
    assert Story("out").refused().arrives().fate() == check.UNCERTAIN


def test_sent_again_under_its_old_id():
    assert Story().arrives().arrives(is_delayed=True).confirmed().failures() == []


# --- What is not ---


def test_lost():
    story = Story()
    assert story.passed(story.ledger.links[DEMO][0]).fate() == check.LOST


@pytest.mark.parametrize("kind", KINDS)
def test_lost_without_a_trace(kind):
    assert Story(kind).fate() == check.LOST


def test_doubled_under_another_id():
    assert Story().arrives(id="g1").arrives(id="g2", is_delayed=True).fate() == check.DOUBLED
    assert Story().arrives(id="g1", source="live").arrives(id="g2").fate() == check.DOUBLED
    assert Story("in").arrives(id="g1").arrives(id="g2").fate() == check.DOUBLED


def test_doubled_on_irc():
    assert Story("out").arrives().arrives().fate() == check.DOUBLED


def test_doubled_though_an_error_came():
    assert Story("out").arrives().arrives().refused().fate() == check.DOUBLED


def test_a_receipt_without_arrival():
    assert Story("out").confirmed().fate() == check.FALSE_RECEIPT


def test_a_receipt_and_an_error():
    assert Story().arrives().confirmed().refused().fate() == check.CONTRADICTION


def test_sent_again_without_a_stamp():
    assert Story().arrives().arrives().confirmed().failures() == [check.UNSTAMPED]


@pytest.mark.parametrize("kind", KINDS)
def test_out_of_order(kind):
    assert Story(kind, 2).arrives(1).arrives(2, id="g2").failures() == []
    assert Story(kind, 2).arrives(2, id="g2").arrives(1).failures() == [check.DISORDERED]


def test_order_is_that_of_first_sights():
    story = Story(count=2).arrives(1).arrives(2, id="g2")
    assert story.arrives(1, is_delayed=True).arrives(2, id="g2", is_delayed=True).failures() == []


def test_a_link_to_irc_that_delivers_though_the_gateway_has_left_it():
    def story():
        story = Story("out", 2).arrives(2).arrives(1)
        old = story.link("romeo", good_until=T + 0.1, proxy_name="ngircd")
        return story.passed(old, T + 0.4, 1, "out").passed(story.ledger.links["romeo"][0], T + 0.2, 2, "out")
    assert story().refused(1).failures() == []
    assert story().failures() == [check.DISORDERED]
    assert story().confirmed(1).failures() == [check.DISORDERED]


# --- Windows ---


def test_the_window_is_near_the_end_of_the_link_that_carried_it():
    story = Story()
    assert story.passed(story.link(DEMO, good_until=T + 1)).fate() == check.WINDOW
    story = Story()
    assert story.passed(story.link(DEMO, good_until=T + 30)).fate() == check.LOST


@pytest.mark.parametrize("kind", ["demo", "in"])
def test_what_left_the_gateway_is_in_no_window(kind):
    story = Story(kind)
    link = story.link("romeo" if kind == "in" else DEMO, good_until=T + 1,
                      proxy_name="ngircd" if kind == "in" else "prosody")
    assert story.passed(link).passed(story.link(DEMO, good_until=T + 1), direction="out").fate() == check.LOST


def test_there_is_no_window_on_a_link_that_ended_in_order():
    story = Story()
    link = story.link(DEMO, good_until=T + 0.3, ended_in_order=True)
    assert story.passed(link).fate() == check.LOST
    assert story.happens("disk", T - 1, T).fate() == check.WINDOW


def test_there_is_no_window_with_archive_access():
    story = Story()
    assert story.passed(story.link(DEMO, good_until=T + 1)).fate(has_archive_access=True) == check.LOST


def test_the_end_of_another_link_is_no_window():
    story = Story()
    story.link("irc.localhost", good_until=T + 0.3)
    assert story.passed(story.ledger.links[DEMO][0]).fate() == check.LOST


def test_a_full_disk_lengthens_the_window():
    story = Story().happens("disk", T, T + 10)
    assert story.passed(story.link(DEMO, good_until=T + 11)).fate() == check.WINDOW
    story = Story().happens("disk", T, T + 10)
    assert story.passed(story.link(DEMO, good_until=T + 30)).fate() == check.LOST


def test_no_receipt_is_no_excuse_for_a_window():
    story = Story().confirmed()
    assert story.passed(story.link(DEMO, good_until=T + 1)).fate() == check.FALSE_RECEIPT


def test_never_seen_on_a_link():
    story = Story()
    link = story.ledger.links[DEMO][0]
    link.good_until = link.ended_at = T + 0.5
    assert story.fate() == check.WINDOW
    link.good_until = link.ended_at = T + 50
    assert story.fate() == check.LOST


def test_never_seen_on_a_link_whose_end_the_server_had_not_noticed():
    story = Story()
    story.link(DEMO, began_at=T - 4)
    old = story.ledger.links[DEMO][0]
    old.good_until, old.ended_at = T - 5, T + 0.2
    assert story.fate() == check.WINDOW
    old.ended_at = T - 3
    assert story.fate() == check.LOST


def test_irc_has_a_window_of_its_own():
    story = Story("in")
    assert story.passed(story.link("romeo", good_until=T + 1, proxy_name="ngircd")).fate(True) == check.IRC_WINDOW
    story = Story("in")
    assert story.passed(story.link("romeo", good_until=T + 9, proxy_name="ngircd")).fate(True) == check.LOST


def test_what_ngircd_had_in_hand_when_it_was_restarted():
    story = Story("out").confirmed().happens("ngircd", T + 0.5, T + 2)
    story.passed(story.ledger.links["romeo"][0], T + 0.3, direction="out")
    assert story.fate() == check.IRC_RESTART
    story = Story("out").confirmed().happens("ngircd", T + 20, T + 22)
    story.passed(story.ledger.links["romeo"][0], T + 0.3, direction="out")
    assert story.fate() == check.FALSE_RECEIPT


def test_what_prosody_never_read():
    story = Story().happens("prosody", T + 0.5, T + 2)
    story.ledger.archived.clear()
    assert story.fate() == check.NOT_TAKEN
    story.ledger.outages.clear()
    assert story.fate() == check.LOST


def test_told_when_nobody_was_there():
    story = Story()
    story.ledger.told_out[1].append(T + 1)
    story.ledger.absences["romeo"].append([T + 0.8, T + 2])
    assert story.fate() == check.TOLD_NOBODY
    story.ledger.absences["romeo"][0] = [T + 5, T + 7]
    assert story.fate() == check.LOST


# --- What changes another message ---


def changed(change, of, kind="demo"):
    """The second message edits or retracts the first, which arrived as g1; it arrives and says that it means `of`."""
    story = Story(kind, count=2)
    story.ledger.messages[2].change, story.ledger.messages[2].target = change, 1
    story.arrives(1).confirmed(1).confirmed(2)
    story.ledger.arrivals[2].append(Arrival(T + 2, "archive", "g2", of=of))
    return story


def failures(story):
    return {what for what, _, _ in check.check(story.ledger, False).failures}


@pytest.mark.parametrize("change", ("edit", "retraction"))
def test_a_change_of_the_very_message(change):
    assert failures(changed(change, "g1")) == set()


@pytest.mark.parametrize("change", ("edit", "retraction"))
def test_a_change_of_another_message(change):
    assert failures(changed(change, "g3")) == {check.MISAPPLIED}


def test_an_edit_that_came_as_a_new_message():
    assert failures(changed("edit", None)) == {check.NOT_APPLIED}
    story = changed("edit", None)
    story.ledger.receipts.pop(1)
    assert failures(story) == set()
    assert failures(changed("edit", None, kind="out")) == set()


def test_a_retraction_is_known_by_what_it_means():
    ledger = Ledger()
    first = ledger.say(KINDS["demo"])
    second = ledger.say(KINDS["demo"], "retraction", first.number)
    ledger.arrived(first.number, "live", "g1")
    ledger.was_retracted("juliet", "g7", "live", "g8", False)
    assert not ledger.arrivals.get(second.number)
    ledger.was_retracted("juliet", "g1", "live", "g2", False)
    assert [arrival.of for arrival in ledger.arrivals[second.number]] == ["g1"]


# --- What is seen on links ---


def test_a_message_is_seen_though_it_came_in_pieces():
    ledger = Ledger()
    watcher, link = Watcher(ledger, "xmpp"), Link(None)
    watcher.watch(link, "out", b"<stream:stream xmlns='jabber:component:accept' to='demo.loc")
    watcher.watch(link, "out", b"alhost'>")
    assert link.name == DEMO and ledger.links[DEMO] == [link]
    assert watcher.watch(link, "in", b"<message id='tm00000") == []
    mark, = watcher.watch(link, "in", b"17'><body>tm0000017 1 but")
    assert ledger.sightings[17] == [mark]
    watcher.watch(link, "out", b"<message from='a' type='error' to='b' id='tm0000017'><error/>")
    assert len(ledger.told_out[17]) == 1


def test_what_names_a_message_is_no_sight_of_it():
    ledger = Ledger()
    watcher, link = Watcher(ledger, "xmpp"), Link(None)
    watcher.watch(link, "in", b"<message id='tm0000018'><replace id='tm0000017' xmlns='urn:xmpp:message-correct:0'/>")
    watcher.watch(link, "in", b"<message id='tm0000019'><retract xmlns='urn:xmpp:message-retract:1' id='tm00000")
    watcher.watch(link, "in", b"17'/>")
    assert not ledger.sightings.get(17) and ledger.sightings[18] and ledger.sightings[19]


def test_tokens():
    assert ledgers.number_in(token(17) + " 3 but soft") == 17
    assert ledgers.number_in("but soft") is None and ledgers.number_in(None) is None


# --- The plan ---


def test_a_seed_makes_the_same_plan_again():
    assert plan.make("a", 120) == plan.make("a", 120)
    assert plan.make("a", 120) != plan.make("b", 120)


def test_one_kind_alone_does_what_it_does_among_others():
    assert plan.make("a", 120, ("kill",)) == [event for event in plan.make("a", 120) if event.kind == "kill"]


def test_two_minutes_have_enough_of_everything():
    kinds = [event.kind for event in plan.make("a", 120)]
    assert kinds.count("kill") >= 20
    assert sum(kind in plan.LINK_FAULTS for kind in kinds) >= 50
    assert set(kinds) == set(plan.SCENARIOS)
