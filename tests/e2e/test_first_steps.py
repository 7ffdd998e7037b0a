# SPDX-License-Identifier: MPL-2.0
"""The first minutes of a user: find the gateway, register, talk to a resident, talk to each other, leave again."""

import signal

import process
import pytest

from client import IqError
from stanza import form_xml

DEMO = {"demo.localhost": {"module": "demo"}}
REGISTER = "jabber:iq:register"


def register(user, name, password="secret"):
    user.iq("<query xmlns='%s'><username>%s</username><password>%s</password></query>" % (REGISTER, name, password),
            to="demo.localhost", type="set")


def test_a_user_finds_the_gateway_and_registers(xmpp_server, gateway_of, connect):
    # rows: A1 B2 B5 B15 B21 R1
    gateway_of(xmpp_server)
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    info = romeo.iq("<query xmlns='http://jabber.org/protocol/disco#info'/>", to="demo.localhost")
    assert "category=\"gateway\"" in info.string or "category='gateway'" in info.string
    register(romeo, "romeo")
    welcome = romeo.message(from_="demo.localhost")
    assert "help" in welcome.body
    romeo.wait_for_presence("demo.localhost", show="chat")


def test_a_resident_answers(xmpp_server, gateway_of, connect):
    # rows: G1 G3 H2 H3 H4
    gateway_of(xmpp_server)
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    register(romeo, "romeo")
    romeo.wait_for_presence("demo.localhost", show="chat")
    sent = romeo.message("Art thou there?", to="echo@demo.localhost", payload="<request xmlns='urn:xmpp:receipts'/>")
    romeo.message("Art thou there?", from_="echo@demo.localhost/gangway")
    romeo.wait_for(lambda s: s.kind == "message" and "urn:xmpp:receipts" in s.string and sent in s.string, "a receipt")


def test_two_users_meet_on_the_network(xmpp_server, gateway_of, connect):
    gateway_of(xmpp_server)
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    juliet = connect("juliet@localhost/balcony", xmpp_server)
    register(romeo, "romeo")
    register(juliet, "juliet")
    juliet.wait_for_presence("demo.localhost", show="chat")
    romeo.wait_for_presence("demo.localhost", show="chat")
    romeo.message("Wherefore?", to="juliet@demo.localhost")
    juliet.message("Wherefore?", from_="romeo@demo.localhost/gangway")
    juliet.message("Therefore.", to="romeo@demo.localhost/gangway")
    romeo.message("Therefore.", from_="juliet@demo.localhost/gangway")


def test_a_wrong_password_is_refused(xmpp_server, gateway_of, connect):
    # rows: B7
    gateway_of(xmpp_server)
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    with pytest.raises(IqError) as error:
        register(romeo, "romeo", "wrong")
    assert error.value.condition == "not-authorized"
    assert "password" in error.value.text


def test_contacts_come_into_the_contact_list_by_privilege(prosody, gateway_of, connect):
    # rows: A9 A13 E1 E2 E4 Y1
    gateway_of(prosody)
    romeo = connect("romeo@localhost/orchard", prosody)
    register(romeo, "romeo")
    romeo.iq("<query xmlns='jabber:iq:roster'/>")
    romeo.wait_for_presence("echo@demo.localhost/gangway")
    roster = romeo.iq("<query xmlns='jabber:iq:roster'/>").string
    assert "echo@demo.localhost" in roster and "Echo" in roster
    assert "demo.localhost\"" in roster.replace("'", "\"")


def test_what_a_user_writes_elsewhere_is_shown_as_their_own(prosody, gateway_of, connect):
    # rows: A11 G14
    gateway_of(prosody)
    romeo = connect("romeo@localhost/orchard", prosody)
    romeo.iq("<enable xmlns='urn:xmpp:carbons:2'/>", type="set")
    register(romeo, "romeo")
    romeo.wait_for_presence("demo.localhost", show="chat")
    romeo.message("as me: On my way", to="echo@demo.localhost")
    carbon = romeo.wait_for(lambda s: s.kind == "message" and "On my way" in s.string, "the message as their own")
    assert "urn:xmpp:carbons:2" in carbon.string and "sent" in carbon.string
    romeo.fence("demo.localhost")
    assert not romeo.find(lambda s: s.kind == "message" and s.is_from("echo@demo.localhost/gangway"))


def test_without_privileges_contacts_ask(plain_prosody, gateway_of, connect):
    # rows: E1 E4
    gateway_of(plain_prosody)
    romeo = connect("romeo@localhost/orchard", plain_prosody)
    register(romeo, "romeo")
    romeo.wait_for_presence("echo@demo.localhost", type="subscribe")
    romeo.presence(to="echo@demo.localhost", type="subscribed")
    romeo.presence(to="echo@demo.localhost", type="subscribe")
    romeo.wait_for_presence("echo@demo.localhost/gangway")


@pytest.mark.parametrize("kind", ["plain_prosody", "ejabberd"])
def test_where_it_cannot_write_the_gateway_asks_until_it_is_answered(request, gateway_of, connect, kind):
    # rows: E1
    server = request.getfixturevalue(kind)
    daemon = gateway_of(server)
    romeo = connect("romeo@localhost/orchard", server)

    def requests():
        return romeo.find(lambda s: s.type == "subscribe" and s.is_from("demo.localhost"))

    register(romeo, "romeo")
    romeo.wait_for_presence("demo.localhost", show="chat")
    daemon.stop()
    romeo.forget()
    daemon.start()
    romeo.wait_for_presence("demo.localhost", show="chat")
    romeo.presence(to="demo.localhost", type="subscribed")
    romeo.presence(to="demo.localhost", type="subscribe")
    process.poll(lambda: romeo.roster()["demo.localhost"]["subscription"] == "both", "it is in the contact list")
    asked = len(requests())
    daemon.stop()
    romeo.forget()
    daemon.start()
    romeo.wait_for_presence("demo.localhost", show="chat")
    romeo.fence("demo.localhost")
    assert len(requests()) == asked
    # Debian's ejabberd refuses each entry; it is told once for each of the three connections.
    assert daemon.log().count("warning demo.localhost romeo@localhost: the server refused a contact") <= 3


def test_what_the_user_calls_the_gateway_stays(prosody, gateway_of, connect):
    # rows: E1
    daemon = gateway_of(prosody)
    romeo = connect("romeo@localhost/orchard", prosody)
    register(romeo, "romeo")
    romeo.wait_for_presence("echo@demo.localhost")
    romeo.iq("<query xmlns='jabber:iq:roster'><item jid='demo.localhost' name='My bridge'><group>Bots</group></item></query>",
             type="set")
    daemon.stop()
    romeo.forget()
    daemon.start()
    romeo.wait_for_presence("demo.localhost", show="chat")
    romeo.fence("demo.localhost")
    entry = romeo.roster()["demo.localhost"]
    assert (entry["name"], entry["groups"], entry["subscription"]) == ("My bridge", {"Bots"}, "both")


def test_accounts_survive_a_restart(prosody, gateway_of, connect):
    # rows: Q2 Q15 N2
    daemon = gateway_of(prosody)
    romeo = connect("romeo@localhost/orchard", prosody)
    register(romeo, "romeo")
    romeo.wait_for_presence("demo.localhost", show="chat")
    daemon.stop()
    romeo.wait_for_presence("demo.localhost", type="unavailable")
    romeo.forget()
    daemon.start()
    romeo.wait_for_presence("demo.localhost", show="chat")
    romeo.message("Still there?", to="echo@demo.localhost")
    romeo.message("Still there?", from_="echo@demo.localhost/gangway")


def test_unregistering_leaves_nothing(prosody, gateway_of, connect):
    # rows: B16 B18
    gateway_of(prosody)
    romeo = connect("romeo@localhost/orchard", prosody)
    register(romeo, "romeo")
    romeo.wait_for_presence("echo@demo.localhost/gangway")
    romeo.iq("<query xmlns='%s'><remove/></query>" % REGISTER, to="demo.localhost", type="set")
    romeo.wait_for_presence("demo.localhost", type="unavailable")
    romeo.message("Hello?", to="echo@demo.localhost")
    error = romeo.wait_for(lambda s: s.kind == "message" and s.type == "error", "an error")
    assert error.error_condition == "registration-required"
    assert "demo.localhost" not in romeo.iq("<query xmlns='jabber:iq:roster'/>").string


@pytest.fixture
def gateway_of(gangway):
    return lambda server: gangway(server, DEMO)


def test_a_hangup_reads_log_level_and_secret_anew(prosody, gateway_of, connect):
    daemon = gateway_of(prosody)
    daemon.options["log-level"] = "error"
    daemon.configure()
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_log("read anew")
    romeo = connect("romeo@localhost/orchard", prosody)
    register(romeo, "romeo")
    romeo.wait_for_presence("demo.localhost", show="chat")
    assert "logged in" not in daemon.logs()
