# SPDX-License-Identifier: MPL-2.0
"""The harness tested by itself: an echo component made with slixmpp stands in for Gangway.

It also says what the servers do, so that a test that fails for Gangway fails for a reason in Gangway.
"""

import re
import urllib.request

import pytest

import process
from client import IqError
from component import EchoComponent
from irc_servers import Inspircd, Ngircd
from servers import UPLOAD_MAX_BYTES, Prosody

COMPONENT = "echo.localhost"


@pytest.fixture
def echo(xmpp_server):
    with EchoComponent(COMPONENT, xmpp_server) as component:
        yield component


# A stand-in for the daemon: it reads the same configuration, serves the same components, and ends with a code at will.
STAND_IN = """#!/usr/bin/python3
import asyncio, configparser, logging, signal, sys
import slixmpp
config = configparser.ConfigParser(delimiters="=")
config.read(sys.argv[sys.argv.index("--config") + 1])
if sys.argv[1] == "check":
    sys.exit(0)
print("starting", flush=True)
for jid in config.sections():
    if jid != "gangway":
        host, port = config["gangway"]["server"].split(":")
        component = slixmpp.ComponentXMPP(jid, config[jid]["secret"], host, int(port))
        component.register_plugin("xep_0030")
        component.connect()
loop = asyncio.get_event_loop()
loop.add_signal_handler(signal.SIGTERM, lambda: sys.exit(int(config["gangway"].get("exit-code", "0"))))
loop.run_forever()
"""


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    path = tmp_path / "stand-in"
    path.write_text(STAND_IN)
    path.chmod(0o755)
    monkeypatch.setenv("GANGWAY_BIN", str(path))


def test_daemon_is_ready_when_its_components_are(xmpp_server, stand_in, gangway, connect):
    daemon = gangway(xmpp_server, {"demo.localhost": {"module": "demo"}, "irc.localhost": {"module": "irc"}})
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    for jid in daemon.components:
        assert "http://jabber.org/protocol/disco#info" in romeo.disco_info(jid)[1]
    assert daemon.wait_for_log("^start(ing)$").group(1) == "ing"
    assert daemon.run("check").returncode == 0
    daemon.kill()
    daemon.start()
    romeo.wait_online("irc.localhost")


def test_daemon_that_ends_badly_fails_its_test(prosody, stand_in, gangway):
    daemon = gangway(prosody, {"demo.localhost": {"module": "demo"}}, {"exit_code": 99})
    with pytest.raises(AssertionError, match="ended with 99"):
        daemon.stop()


def test_daemon_that_does_not_start_tells_why(prosody, stand_in, gangway):
    with pytest.raises(RuntimeError, match="exit code 1(.|\n)*KeyError"):
        gangway(prosody, {"demo.localhost": {"module": "demo", "secret": None}})


def test_servers_route_both_ways(xmpp_server, echo, connect):
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    romeo.wait_online(COMPONENT)
    romeo.message("Hört ihr <mich> & \U0001f339?", to="friend@" + COMPONENT)
    assert romeo.message(from_="friend@" + COMPONENT).body == "Hört ihr <mich> & \U0001f339?"
    identities, features = romeo.disco_info(COMPONENT)
    assert "urn:xmpp:ping" in features


def test_two_users_chat(xmpp_server, connect):
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    juliet = connect("juliet@localhost/balcony", xmpp_server)
    romeo.message("But soft", to=str(juliet.jid))
    assert juliet.message("But soft").from_ == str(romeo.jid)
    juliet.message("Ay me", to=str(romeo.jid))
    romeo.message("Ay me", from_="juliet@localhost")


def test_wrong_password_is_told(xmpp_server, connect):
    with pytest.raises(RuntimeError, match="wrong password"):
        connect("romeo@localhost/orchard", xmpp_server, password="juliet")


def test_absent_component_is_an_error(xmpp_server, connect):
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    with pytest.raises(IqError) as error:
        romeo.iq("<ping xmlns='urn:xmpp:ping'/>", to="irc.localhost")
    assert error.value.condition in ("service-unavailable", "remote-server-timeout", "remote-server-not-found")


def test_privileges_are_announced(xmpp_server, echo):
    message = echo.wait_for(lambda s: s.has("privilege:privilege") or s.has("privilege1:privilege"), "privileges")
    prefix = "privilege" if message.has("privilege:privilege") else "privilege1"
    granted = {e.get("access"): e.get("type") for e in message.findall("{0}:privilege/{0}:perm".format(prefix))}
    assert granted["roster"] == "both"
    assert granted["message"] == "outgoing"
    assert prefix == {"prosody": "privilege", "ejabberd": "privilege1"}[xmpp_server.name]
    if xmpp_server.name == "prosody":
        # Its module forgets to close <namespace/>, so the second is found inside the first.
        namespaces = {e.get("ns"): e.get("type") for e in message.xml.iter("{urn:xmpp:privilege:2}namespace")}
        assert namespaces == Prosody.PRIVILEGES["iq"]


def test_archives_by_privilege(prosody, connect):
    """What our own module adds to the server: mod_privilege by itself loses the messages of the answer."""
    romeo = connect("romeo@localhost/orchard", prosody)
    question = ("<iq type='set' id='%s' from='%s' to='romeo@localhost'><privileged_iq xmlns='urn:xmpp:privilege:2'>"
                "<iq xmlns='jabber:client' type='set' id='inner' %s><query xmlns='urn:xmpp:mam:2' queryid='%s'>"
                "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>"
                "<field var='with'><value>bot@%s</value></field></x></query></iq></privileged_iq></iq>")
    with EchoComponent(COMPONENT, prosody) as echo:
        romeo.message("What is in a name?", to="bot@" + COMPONENT, id="archived")
        echo.wait_for(lambda s: s.kind == "message" and s.type == "chat", "the message")
        echo.send(question % ("q1", COMPONENT, "to='romeo@localhost'", "f1", COMPONENT))
        answer = echo.wait_for(lambda s: s.id == "q1", "the answer")
        assert answer.has("privilege:privilege/forward:forwarded/client:iq/mam:fin"), answer
        results = [s for s in echo.stanzas if s.has("privilege:privilege/forward:forwarded/client:message/mam:result")]
        assert all(s.is_from("romeo@localhost") for s in results)
        assert any("What is in a name?" in s.string and "archived" in s.string for s in results)
        assert not romeo.find(lambda s: "urn:xmpp:mam:2" in s.string)

        # Nobody else's archive, and nothing else in the user's name.
        echo.send(question % ("q2", COMPONENT, "to='juliet@localhost'", "f2", COMPONENT))
        echo.wait_for(lambda s: s.id == "q2", "the answer")
        echo.send(question % ("q3", COMPONENT, "from='juliet@localhost'", "f3", COMPONENT))
        assert echo.wait_for(lambda s: s.id == "q3", "the answer").type == "error"
        assert not [s for s in echo.stanzas if "queryid=\"f2\"" in s.string or "queryid=\"f3\"" in s.string]


def privilege_namespace(echo):
    message = echo.wait_for(lambda s: s.has("privilege:privilege") or s.has("privilege1:privilege"), "privileges")
    return "urn:xmpp:privilege:2" if message.has("privilege:privilege") else "urn:xmpp:privilege:1"


def test_privileged_roster(xmpp_server, echo, connect):
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    privilege_namespace(echo)
    echo.send("<iq type='get' id='g' from='%s' to='romeo@localhost'><query xmlns='jabber:iq:roster'/></iq>" % COMPONENT)
    answer = echo.wait_for(lambda s: s.id == "g", "the roster")
    assert answer.type == "result" and answer.has("roster:query"), answer
    echo.send("<iq type='set' id='r' from='%s' to='romeo@localhost'><query xmlns='jabber:iq:roster'>"
              "<item jid='friend@%s' name='A friend' subscription='both'><group>Echo</group></item></query></iq>"
              % (COMPONENT, COMPONENT))
    answer = echo.wait_for(lambda s: s.id == "r", "the answer to the roster push")
    if xmpp_server.name == "ejabberd":
        # Announced, but broken before 23.10 (processone/ejabberd issue 3942): components have to fall back.
        assert answer.error_condition == "internal-server-error", answer
        return
    assert answer.type == "result", answer
    friend = romeo.roster()["friend@" + COMPONENT]
    assert (friend["subscription"], friend["name"], friend["groups"]) == ("both", "A friend", {"Echo"})


def test_privileged_message(xmpp_server, echo, connect):
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    romeo.iq("<enable xmlns='urn:xmpp:carbons:2'/>", type="set")
    echo.send("<message from='%s' to='localhost' id='p'><privilege xmlns='%s'><forwarded xmlns='urn:xmpp:forward:0'>"
              "<message xmlns='jabber:client' from='romeo@localhost' to='friend@%s' type='chat'>"
              "<body>Said elsewhere</body></message></forwarded></privilege></message>"
              % (COMPONENT, privilege_namespace(echo), COMPONENT))
    routed = echo.wait_for(lambda s: s.body == "Said elsewhere", "the message itself")
    assert routed.is_from("romeo@localhost") and routed.to == "friend@" + COMPONENT
    if xmpp_server.name == "ejabberd":
        # 23.01 routes the message but tells no client of the user's own.
        romeo.fence(COMPONENT)
        assert not romeo.find(lambda s: s.has("carbons:sent"))
        return
    carbon = romeo.wait_for(lambda s: s.has("carbons:sent"), "a carbon")
    assert carbon.text("carbons:sent/forward:forwarded/client:message/client:body") == "Said elsewhere"


def test_privileged_iq(prosody, connect):
    romeo = connect("romeo@localhost/orchard", prosody)
    with EchoComponent(COMPONENT, prosody) as echo:
        echo.send("<iq type='set' id='q' from='%s' to='romeo@localhost'><privileged_iq xmlns='urn:xmpp:privilege:2'>"
                  "<iq xmlns='jabber:client' type='set' id='inner' to='romeo@localhost'>"
                  "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:example:test'><item id='1'>"
                  "<x xmlns='urn:example:test'/></item></publish></pubsub></iq></privileged_iq></iq>" % COMPONENT)
        answer = echo.wait_for(lambda s: s.id == "q", "the answer to the privileged iq")
        assert answer.type == "result", answer
    items = romeo.iq("<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:example:test'/></pubsub>")
    assert items.has("pubsub:pubsub/pubsub:items/pubsub:item")


def test_no_privileges_without_configuration(plain_prosody, connect):
    romeo = connect("romeo@localhost/orchard", plain_prosody)
    with EchoComponent(COMPONENT, plain_prosody) as echo:
        echo.send("<iq type='get' id='r' from='%s' to='romeo@localhost'><query xmlns='jabber:iq:roster'/></iq>"
                  % COMPONENT)
        assert echo.wait_for(lambda s: s.id == "r", "the answer").type == "error"
        romeo.fence(COMPONENT)
        assert not [s for s in echo.stanzas if s.has("privilege:privilege")]
    assert "upload.localhost" not in [jid for jid, node, name in romeo.disco_items("localhost")]


def test_upload_is_discoverable_and_takes_files_of_a_component(xmpp_server, echo, connect):
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    services = [jid for jid, node, name in romeo.disco_items("localhost")]
    assert xmpp_server.upload_jid in services
    identities, features = romeo.disco_info(xmpp_server.upload_jid)
    assert "urn:xmpp:http:upload:0" in features
    form = romeo.iq("<query xmlns='http://jabber.org/protocol/disco#info'/>", to=xmpp_server.upload_jid).form
    assert int(form["max-file-size"].value) == UPLOAD_MAX_BYTES

    echo.send("<iq type='get' id='u' from='bot@%s/uploads' to='%s'><request xmlns='urn:xmpp:http:upload:0' "
              "filename='a.png' size='5' content-type='image/png'/></iq>" % (COMPONENT, xmpp_server.upload_jid))
    slot = echo.wait_for(lambda s: s.id == "u", "a slot")
    assert slot.type == "result", slot
    headers = {e.get("name"): e.text for e in slot.findall("upload:slot/upload:put/upload:header")}
    headers["Content-Type"] = "image/png"
    put = urllib.request.Request(slot.find("upload:slot/upload:put").get("url"), b"12345", headers, method="PUT")
    assert urllib.request.urlopen(put, timeout=process.PATIENCE).status == 201
    with urllib.request.urlopen(slot.find("upload:slot/upload:get").get("url"), timeout=process.PATIENCE) as answer:
        assert answer.read() == b"12345"


def test_subscriptions_pass_through(xmpp_server, echo, connect):
    """What a component sees and does where nothing is privileged: XEP-0100's way."""
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    romeo.presence(to="friend@" + COMPONENT, type="subscribe")
    echo.wait_for(lambda s: s.kind == "presence" and s.type == "subscribe", "a subscription request")
    echo.send("<presence type='subscribed' from='friend@%s' to='romeo@localhost'/>" % COMPONENT)
    echo.send("<presence from='friend@%s' to='romeo@localhost'><status>here</status></presence>" % COMPONENT)
    romeo.wait_for_presence("friend@" + COMPONENT, status="here")


def test_server_restarts(tmp_path):
    from client import Client
    with Prosody(tmp_path / "prosody") as server:
        with Client("romeo@localhost/orchard", server) as romeo:
            romeo.iq("<query xmlns='jabber:iq:roster'><item jid='a@b.example' name='Kept'/></query>", type="set")
        server.restart()
        with Client("romeo@localhost/orchard", server) as romeo:
            assert romeo.roster()["a@b.example"]["name"] == "Kept"
        server.stop()
        assert not process.port_answers(server.c2s_port)
        server.start()
        with Client("romeo@localhost/orchard", server):
            pass


def test_rosters_are_clean(xmpp_server, connect):
    """The tests above left contacts in romeo's roster."""
    assert connect("romeo@localhost/orchard", xmpp_server).roster() == {}


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_irc_clients_chat(irc_server, irc_connect, tls):
    romeo = irc_connect(irc_server, "romeo", tls=tls)
    juliet = irc_connect(irc_server, "juliet", tls=tls)
    romeo.say("juliet", "But soft, what light")
    assert juliet.message("romeo") == "But soft, what light"
    juliet.notice("romeo", "\x01ACTION sighs\x01")
    romeo.message("juliet", text="\x01ACTION sighs\x01", kind="NOTICE")
    romeo.join("#verona")
    juliet.join("#verona")
    romeo.wait_for(r"^:juliet!\S+ JOIN :?#verona")
    juliet.say("#verona", "Ay me")
    romeo.message("juliet", "#verona", "Ay me")


def test_irc_certificate_verifies_for_its_name_only(ngircd, tmp_path, authority, irc_connect):
    import ssl
    with Ngircd(tmp_path / "other", authority, certificate=authority.issue("other.test")) as wrong_name:
        with pytest.raises(ssl.SSLCertVerificationError, match="(?i)hostname mismatch"):
            irc_connect(wrong_name, "romeo", tls=True)
    with Ngircd(tmp_path / "old", authority, certificate=authority.issue("localhost", expired=True)) as expired:
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            irc_connect(expired, "romeo", tls=True)


@pytest.mark.parametrize("kind", [Ngircd, Inspircd], ids=["ngircd", "inspircd"])
def test_irc_password(kind, tmp_path, authority, irc_connect):
    with kind(tmp_path / "server", authority, password=True) as server:
        irc_connect(server, "romeo")
        with pytest.raises(AssertionError):
            irc_connect(server, "juliet", password="wrong")


def test_irc_sasl(inspircd, services, irc_connect):
    romeo = irc_connect(inspircd, "romeo", tls=True, sasl=("romeo", "montague"))
    assert romeo.find(r" 900 romeo \S+ romeo ")
    assert services.attempts == [("", "romeo", "montague")]
    romeo.send("WHOIS romeo")
    romeo.wait_for(r" 330 romeo romeo romeo ")
    with pytest.raises(AssertionError, match=" 904 juliet "):
        irc_connect(inspircd, "juliet", sasl=("romeo", "capulet"))


def test_waiting_in_vain_shows_what_came(xmpp_server, connect):
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    romeo.message("to myself", to=str(romeo.jid))
    romeo.message("to myself")
    with pytest.raises(AssertionError) as error:
        romeo.wait_for(lambda s: s.body == "to myself", "the same message again", patience=0.2)
    assert "to myself" in str(error.value)
    assert re.search("never received the same message again", str(error.value))
