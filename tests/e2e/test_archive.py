# SPDX-License-Identifier: MPL-2.0
"""What was lost on its way to the gateway comes back from users' archives: with a real server, and a real loss."""

import re
import time

import pytest
from proxy import StallingProxy

import process


class Behind:
    """The server, as it is seen through something in between."""

    def __init__(self, server, port):
        self.secret = server.secret
        self.c2s_port = server.c2s_port
        self.address = "127.0.0.1:%d" % port


@pytest.fixture
def proxy(prosody):
    with StallingProxy(prosody.component_port) as proxy:
        yield proxy


def register(client):
    client.register("demo.localhost", {"username": client.bare.split("@")[0], "password": "any"})
    client.wait_for_presence("demo.localhost", show="chat")


def let_the_second_pass():
    """What an archive has of the very second in which a gateway began is not its own: archives know no fractions."""
    second = int(time.time())
    process.poll(lambda: int(time.time()) > second, "the next second")


def echoes(client):
    """What came of it, once each: clients know by the id what is sent again because nobody was sure that it had arrived."""
    texts = {}
    for stanza in client.stanzas:
        if stanza.kind == "message" and stanza.is_from("echo@demo.localhost/gangway") and stanza.has("client:body"):
            texts.setdefault(stanza.id, stanza.text("client:body"))
    return list(texts.values())


def test_what_the_gateway_never_read_is_recovered_once_and_in_order(prosody, proxy, gangway, connect):
    # rows: A12
    daemon = gangway(Behind(prosody, proxy.port), {"demo.localhost": {"module": "demo"}})
    romeo = connect("romeo@localhost/orchard", prosody)
    register(romeo)
    let_the_second_pass()
    romeo.message("First", to="echo@demo.localhost", id="a1")
    romeo.wait_for(lambda s: s.text("client:body") == "First", "the echo")

    # From here on the server writes into a connection that nobody reads, and then the process dies.
    proxy.stall()
    romeo.message("Second", to="echo@demo.localhost", id="a2")
    romeo.message("Third", to="echo@demo.localhost", id="a3")
    process.poll(lambda: proxy.swallowed.count(b"<body>") == 2, "the server has written both to the link")
    daemon.kill()
    proxy.cut()
    romeo.message("Sent back", to="echo@demo.localhost", id="a4")
    romeo.wait_for_error(id="a4")

    daemon.start()
    romeo.message("Fourth", to="echo@demo.localhost", id="a5")
    romeo.wait_for(lambda s: s.text("client:body") == "Fourth", "the echo")
    romeo.fence("demo.localhost")
    assert echoes(romeo) == ["First", "Second", "Third", "Fourth"]
    assert re.search("recovered 2 messages", daemon.log())


def test_what_was_lost_with_the_link_is_recovered(prosody, proxy, gangway, connect):
    daemon = gangway(Behind(prosody, proxy.port), {"demo.localhost": {"module": "demo"}})
    romeo = connect("romeo@localhost/orchard", prosody)
    register(romeo)
    let_the_second_pass()
    romeo.message("First", to="echo@demo.localhost", id="b1")
    romeo.wait_for(lambda s: s.text("client:body") == "First", "the echo")
    proxy.stall()
    romeo.message("Second", to="echo@demo.localhost", id="b2")
    process.poll(lambda: b"Second" in proxy.swallowed, "the server has written it to the link")
    proxy.cut()
    romeo.wait_for(lambda s: s.text("client:body") == "Second", "the echo")
    romeo.message("Third", to="echo@demo.localhost", id="b3")
    romeo.wait_for(lambda s: s.text("client:body") == "Third", "the echo")
    assert echoes(romeo) == ["First", "Second", "Third"]
    assert "recovered 1 message" in daemon.log()


def test_an_orderly_restart_recovers_nothing_and_says_nothing(prosody, gangway, connect):
    daemon = gangway(prosody, {"demo.localhost": {"module": "demo"}})
    romeo = connect("romeo@localhost/orchard", prosody)
    register(romeo)
    let_the_second_pass()
    romeo.message("First", to="echo@demo.localhost", id="c1")
    romeo.wait_for(lambda s: s.text("client:body") == "First", "the echo")
    daemon.stop()
    romeo.message("Sent back", to="echo@demo.localhost", id="c2")
    romeo.wait_for_error(id="c2")
    daemon.start()
    romeo.message("Second", to="echo@demo.localhost", id="c3")
    romeo.wait_for(lambda s: s.text("client:body") == "Second", "the echo")
    assert echoes(romeo) == ["First", "Second"]
