# SPDX-License-Identifier: MPL-2.0
"""What was lost on its way to the gateway comes back from users' archives: with a real server, and a real loss."""

import contextlib
import re
import time

import pytest

import process
from demo import DEMO, JID, register, resident
from proxy import StallingProxy


@pytest.fixture
def proxy(prosody):
    with StallingProxy(prosody.component_port) as proxy:
        yield proxy


@pytest.fixture
def story(prosody, gangway, connect):
    """story(options): a gateway, and Romeo, who has registered with it and got his first echo."""
    def begin(**options):
        daemon = gangway(prosody, DEMO, options)
        romeo = connect("romeo@localhost/orchard", prosody)
        register(romeo)
        let_the_second_pass()
        write(romeo, "First")
        wait_for_echo(romeo, "First")
        return daemon, romeo

    return begin


def behind(proxy):
    return "127.0.0.1:%d" % proxy.port


def write(user, text):
    """Returns the id of the message."""
    return user.message(text, to="echo@" + JID)


def wait_for_echo(user, text):
    user.message(text, from_=resident("echo"))


def let_the_second_pass():
    """What an archive has of the very second in which a gateway began is not its own: archives know no fractions."""
    second = int(time.time())
    process.poll(lambda: int(time.time()) > second, "the next second")


def echoes(user):
    """What came of it, once each: clients know by the id what is sent again because nobody was sure that it had arrived."""
    texts = {}
    for stanza in user.stanzas:
        if stanza.kind == "message" and stanza.is_from(resident("echo")) and stanza.has("client:body"):
            texts.setdefault(stanza.id, stanza.text("client:body"))
    return list(texts.values())


def test_what_the_gateway_never_read_is_recovered_once_and_in_order(proxy, story):
    # rows: A12
    daemon, romeo = story(server=behind(proxy))

    # From here on the server writes into a connection that nobody reads, and then the process dies.
    proxy.stall()
    write(romeo, "Second")
    write(romeo, "Third")
    process.poll(lambda: proxy.swallowed.count(b"<body>") == 2, "the server has written both to the link")
    daemon.kill()
    proxy.cut()
    romeo.wait_for_error(id=write(romeo, "Sent back"))

    daemon.start()
    write(romeo, "Fourth")
    wait_for_echo(romeo, "Fourth")
    romeo.fence(JID)
    assert echoes(romeo) == ["First", "Second", "Third", "Fourth"]
    assert re.search("recovered 2 messages", daemon.log())


def test_what_was_lost_with_the_link_is_recovered(proxy, story):
    daemon, romeo = story(server=behind(proxy))
    proxy.stall()
    write(romeo, "Second")
    process.poll(lambda: b"Second" in proxy.swallowed, "the server has written it to the link")
    proxy.cut()
    wait_for_echo(romeo, "Second")
    write(romeo, "Third")
    wait_for_echo(romeo, "Third")
    assert echoes(romeo) == ["First", "Second", "Third"]
    assert "recovered 1 message" in daemon.log()


@contextlib.contextmanager
def archive_off(user):
    keep = "<prefs xmlns='urn:xmpp:mam:2' default='%s'><always/><never/></prefs>"
    user.iq(keep % "never", type="set")
    try:
        yield
    finally:
        user.iq(keep % "always", type="set")


def test_who_has_their_archive_switched_off_is_told(proxy, story):
    daemon, romeo = story(server=behind(proxy))
    with archive_off(romeo):
        proxy.stall()
        write(romeo, "Second")
        process.poll(lambda: b"Second" in proxy.swallowed, "the server has written it to the link")
        proxy.cut()
        romeo.wait_for(lambda s: s.is_from(JID) and "was cut off" in (s.text("client:body") or ""), "being told",
                       patience=90)  # half a minute after the link: by then it is known who is there
    assert echoes(romeo) == ["First"]


def test_an_orderly_restart_recovers_nothing_and_says_nothing(story):
    daemon, romeo = story()
    daemon.stop()
    romeo.wait_for_error(id=write(romeo, "Sent back"))
    daemon.start()
    write(romeo, "Second")
    wait_for_echo(romeo, "Second")
    assert echoes(romeo) == ["First", "Second"]
