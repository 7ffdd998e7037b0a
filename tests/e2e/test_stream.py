# SPDX-License-Identifier: MPL-2.0
"""The link to the XMPP server: refused, lost, broken, garbled, encrypted; and the end of the daemon in the middle of it."""

import datetime
import re
import resource
import signal
import sqlite3

import pytest

import modules
import process
from demo import DEMO, JID, register, resident, wait_connected
from fake_server import FakeServer
from proxy import TlsProxy
from servers import Prosody


@pytest.fixture
def own_prosody(tmp_path):
    """A server that the test may break."""
    with Prosody(tmp_path / "own-prosody") as server:
        yield server


@pytest.fixture
def fake_server():
    with FakeServer() as server:
        yield server


def warnings(daemon):
    return re.findall(r"^.*\bwarning\b.*$", daemon.log(), re.M)


def test_a_wrong_secret_is_named_and_tried_again_until_it_is_right(own_prosody, gangway):
    # rows: A1 A3
    daemon = gangway(own_prosody, {JID: {"module": "demo", "secret": "not the right one"}}, wait_for=[])
    line = daemon.wait_for_log(r"^.*not-authorized.*$").group(0)
    assert "`secret`" in line and own_prosody.address in line and "trying again" in line
    assert "not the right one" not in daemon.log()
    own_prosody.secret = "not the right one"
    own_prosody.write("prosody.cfg.lua", own_prosody._config())
    own_prosody.restart()
    daemon.awaited = [JID]
    daemon.wait_online()
    assert daemon.wait_for_log("connected to the XMPP server")


def test_everything_comes_back_with_the_server(own_prosody, gangway, connect):
    # rows: A3 A6 Q16
    daemon = gangway(own_prosody, DEMO)
    romeo = connect("romeo@localhost/orchard", own_prosody)
    juliet = connect("juliet@localhost/balcony", own_prosody)
    register(romeo)
    register(juliet)
    romeo.message("Wherefore?", to="juliet@" + JID)
    juliet.message("Wherefore?", from_=resident("romeo"))
    own_prosody.restart()
    daemon.wait_online()
    romeo = connect("romeo@localhost/orchard", own_prosody)
    juliet = connect("juliet@localhost/balcony", own_prosody)
    juliet.message("Therefore.", to="romeo@" + JID)
    romeo.message("Therefore.", from_=resident("juliet"))
    romeo.message("Farewell.", to="juliet@" + JID)
    juliet.message("Farewell.", from_=resident("romeo"))
    romeo.fence(JID)
    for user, body in ((romeo, "Therefore."), (juliet, "Farewell.")):
        assert len(user.find(lambda s: s.body == body)) == 1
    # The network did not notice that the server was away.
    assert len(re.findall("logged in", daemon.log())) == 2


def test_presence_is_restored_once(own_prosody, gangway, connect):
    # rows: A3 A20
    daemon = gangway(own_prosody, DEMO)
    romeo = connect("romeo@localhost/orchard", own_prosody)
    register(romeo)
    own_prosody.restart()
    daemon.wait_online()
    romeo = connect("romeo@localhost/orchard", own_prosody)
    wait_connected(romeo)
    for name in ("echo", "clock", "gallery"):
        romeo.wait_for_presence(resident(name, JID))
    romeo.fence(JID)
    romeo.fence("echo@" + JID)
    for jid in (JID, resident("echo"), resident("clock"), resident("gallery")):
        shown = romeo.find(lambda s: s.kind == "presence" and s.from_ == jid)
        assert len(shown) == 1, shown


def test_a_second_gateway_of_the_same_name_is_told_and_takes_over_when_it_may(own_prosody, gangway, connect):
    # rows: A1
    first = gangway(own_prosody, DEMO)
    second = gangway(own_prosody, DEMO, wait_for=[])
    line = second.wait_for_log(r"^.*stream error conflict.*$").group(0)
    assert "another gateway" in line
    romeo = connect("romeo@localhost/orchard", own_prosody)
    register(romeo)
    assert not re.search("stream error", first.log())
    first.stop()
    second.wait_for_log("connected to the XMPP server")
    second.awaited = [JID]
    second.wait_online()
    assert len(warnings(second)) == 1, warnings(second)


@pytest.mark.parametrize("harm, words", [
    (lambda link: link.end_writing(), "closed the connection"),
    (lambda link: link.send("</stream:stream>"), "ended the stream"),
    (lambda link: link.send("<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                            "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Good night</text></stream:error>"),
     "system-shutdown.*Good night"),
    (lambda link: link.send("<message from='a@localhost' to='demo.localhost'><<<"), "not well-formed|invalid token"),
    (lambda link: link.send(b"\x00\xff\xfe\x80 garbage"), "not well-formed|invalid token|XML"),
    (lambda link: link.send("<message from='a@localhost' to='demo.localhost'><!-- aside --></message>"), "comment"),
    (lambda link: link.send("<message from='a@localhost' to='demo.localhost'><body>&lol;</body></message>"), "entit"),
    (lambda link: link.close(), "closed the connection|reset"),
], ids=["half-closed", "ended", "stream-error", "broken-xml", "bytes", "comment", "entity", "closed"])
def test_a_stream_that_breaks_is_opened_anew(fake_server, gangway, harm, words):
    # rows: A3
    daemon = gangway(fake_server, DEMO, wait_for=[])
    link = fake_server.accept().shake_hands()
    link.answer_barrier()
    harm(link)
    assert re.search(words, daemon.wait_for_log(r"^.*trying again.*$").group(0)), daemon.logs()
    fake_server.accept().shake_hands().answer_barrier()
    assert len(warnings(daemon)) == 1, warnings(daemon)


def test_a_document_type_is_refused(fake_server, gangway):
    daemon = gangway(fake_server, DEMO, wait_for=[])
    link = fake_server.accept()
    link.wait_for("<stream:stream [^>]*>")
    link.send("<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY lol 'lol'>]><stream:stream xmlns='jabber:component:accept' "
              "xmlns:stream='http://etherx.jabber.org/streams' id='&lol;'>")
    assert re.search("DTD|document type", daemon.wait_for_log(r"^.*trying again.*$").group(0)), daemon.logs()
    assert b"handshake" not in link.wait_for_end()
    fake_server.accept().shake_hands().answer_barrier()


def test_oddities_of_the_server_break_nothing(fake_server, gangway):
    gangway(fake_server, DEMO, wait_for=[])
    link = fake_server.accept().shake_hands()
    link.answer_barrier()
    for odd in ("<unknown/>", " \n ", "text between stanzas", "<iq/>", "<message/>", "<presence/>",
                "<iq type='get' id='1' from='romeo@localhost' to=''><ping xmlns='urn:xmpp:ping'/></iq>",
                "<iq type='get' id='2' from='@@' to='demo.localhost'><ping xmlns='urn:xmpp:ping'/></iq>",
                "<iq type='get' id='3' from='romeo@localhost'><ping xmlns='urn:xmpp:ping'/></iq>",
                "<iq type='get' id='4' from='romeo@localhost' to='elsewhere.example'><ping xmlns='urn:xmpp:ping'/></iq>",
                "<iq type='result' id='5' from='romeo@localhost' to='demo.localhost'/>",
                "<iq type='error' id='6' from='demo.localhost' to='demo.localhost'/>",
                "<handshake/>", "<privilege xmlns='urn:xmpp:privilege:2'/>",
                "<message from='localhost' to='demo.localhost'><privilege xmlns='urn:xmpp:privilege:2'><perm/>"
                "<perm access='roster' type='everything'/></privilege></message>"):
        link.send(odd)
    link.send("<iq type='get' id='last' from='romeo@localhost/a' to='demo.localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
    link.wait_for("<iq [^>]*id='last'[^>]*>")


def test_several_components_in_one_process(own_prosody, gangway, connect):
    # rows: A1
    daemon = gangway(own_prosody, {
        JID: {"module": "demo"},
        "echo.localhost": {"module": "echo"},
        "irc.localhost": {"module": "irc", "secret": "not this one"},
    }, wait_for=[JID, "echo.localhost"])
    romeo = connect("romeo@localhost/orchard", own_prosody)
    register(romeo)
    register(romeo, jid="echo.localhost")
    romeo.message("Two at once", to="echo@" + JID)
    romeo.message("Two at once", from_=resident("echo"))
    romeo.message("The other one", to="echo@echo.localhost")
    romeo.message("The other one", from_=resident("echo", "echo.localhost"))
    romeo.unregister("echo.localhost")
    romeo.message("Still here?", to="echo@" + JID)
    romeo.message("Still here?", from_=resident("echo"))
    assert re.search(r"irc\.localhost.*not-authorized", daemon.log())


def test_tls_to_the_server(prosody, gangway, connect, authority):
    # rows: W-46
    with TlsProxy(authority.issue("localhost", "127.0.0.1"), prosody.component_port) as proxy:
        gangway(prosody, DEMO, {"server": "localhost:%d" % proxy.port, "server_tls": "yes",
                                "server_ca_file": authority.ca_file})
        romeo = connect("romeo@localhost/orchard", prosody)
        register(romeo)
        romeo.message("In private", to="echo@" + JID)
        romeo.message("In private", from_=resident("echo"))
        assert proxy.passed_on == 1


@pytest.mark.parametrize("hosts, expired, trusted, words", [
    (("other.test",), False, True, "(?i)host"),
    (("localhost",), True, True, "expired"),
    (("localhost",), False, False, "(?i)self.signed|issuer|authorit"),
], ids=["wrong-name", "expired", "unknown-authority"])
def test_a_wrong_certificate_is_refused(prosody, gangway, authority, hosts, expired, trusted, words):
    # rows: W-46
    with TlsProxy(authority.issue(*hosts, expired=expired), prosody.component_port) as proxy:
        options = {"server": "localhost:%d" % proxy.port, "server_tls": "yes"}
        if trusted:
            options["server_ca_file"] = authority.ca_file
        daemon = gangway(prosody, DEMO, options, wait_for=[])
        assert re.search(words, daemon.wait_for_log(r"^.*trying again.*$").group(0)), daemon.logs()
        assert "connected to the XMPP server" not in daemon.log()
        assert prosody.secret not in daemon.log()


def test_a_server_without_tls_is_not_talked_to(prosody, gangway):
    # rows: W-46
    daemon = gangway(prosody, DEMO, {"server_tls": "yes"}, wait_for=[])
    assert "TLS" in daemon.wait_for_log(r"^.*trying again.*$").group(0)
    assert "connected to the XMPP server" not in daemon.log()


@pytest.fixture
def unanswered(monkeypatch):
    """A module that never answers keeps its requests, which is a leak; not one of ours."""
    monkeypatch.setenv("ASAN_OPTIONS", "detect_leaks=0:exitcode=99")


# A network whose login hangs.
SLOW_LOGIN = """
static void login(struct gw_request *req, struct gw_session *session) {
	(void)req;
	gw_log_info(gw_session_log(session), "logging in for ever");
}
"""
# And one whose logout does, too.
SLOW_LOGOUT = """
static void logout(struct gw_request *req, struct gw_session *session) {
	(void)req;
	gw_log_info(gw_session_log(session), "logging out for ever");
}
"""


def test_the_end_during_logins(prosody, unanswered, gangway, connect, tmp_path):
    # rows: A17 Q15
    module = modules.build(tmp_path, "slow", login=SLOW_LOGIN)
    daemon = gangway(prosody, {JID: {"module": module}})
    romeo = connect("romeo@localhost/orchard", prosody)
    romeo.register(JID, {"username": "romeo", "password": "secret"})
    romeo.wait_for_presence(JID, show="dnd")
    daemon.wait_for_log("logging in for ever")
    assert daemon.stop() == 0
    romeo.wait_for_presence(JID, type="unavailable")


def test_a_second_signal_ends_at_once(prosody, unanswered, gangway, connect, tmp_path):
    # rows: A17
    module = modules.build(tmp_path, "slow", logout=SLOW_LOGOUT)
    daemon = gangway(prosody, {JID: {"module": module}})
    romeo = connect("romeo@localhost/orchard", prosody)
    register(romeo)
    daemon.signal(signal.SIGTERM)
    daemon.wait_for_log("logging out for ever")
    assert daemon.is_running
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert "stopping at once" in daemon.log()


def talking(fake_server, gangway):
    """A gateway whose user has got an echo; returns it and its link."""
    daemon = gangway(fake_server, {"echo.localhost": {"module": "echo"}}, wait_for=[])
    link = fake_server.accept().shake_hands()
    link.answer_barrier()
    link.send("<iq type='set' id='r1' from='romeo@localhost/orchard' to='echo.localhost'>"
              "<query xmlns='jabber:iq:register'><username>romeo</username></query></iq>")
    link.wait_for("<iq [^>]*type='result'[^>]*id='r1'|<iq [^>]*id='r1'[^>]*type='result'")
    link.send(to_echo("One"))
    link.wait_for("<body>One</body>")
    return daemon, link


def to_echo(text):
    return ("<message type='chat' id='%s' from='romeo@localhost/orchard' to='echo@echo.localhost'><body>%s</body></message>"
            % (text, text))


def test_what_the_server_wrote_before_it_knew_of_the_end_is_taken_up_by_the_next_life(fake_server, gangway):
    # rows: A17
    daemon, link = talking(fake_server, gangway)
    daemon.signal(signal.SIGTERM)
    link.wait_for("</stream:stream>")
    link.send(to_echo("Two"))
    link.send(to_echo("Three") + "</stream:stream>")
    assert daemon.wait_exit() == 0
    daemon.spawn()
    link = fake_server.accept().shake_hands()
    link.answer_barrier()
    link.wait_for("<body>Two</body>.*<body>Three</body>")
    # They have come: a client that was not sure, or the archive, does not make them come once more.
    link.send(to_echo("Two") + to_echo("Four"))
    assert b"<body>Two</body>" not in link.wait_for("(.*)<body>Four</body>").group(1)
    assert not warnings(daemon)
    link.close()


GRANT = ("<message from='localhost' to='echo.localhost'><privilege xmlns='urn:xmpp:privilege:2'>"
         "<perm access='iq'><namespace ns='urn:xmpp:mam:2' type='set'/></perm></privilege></message>")
FORWARDED = "<privilege xmlns='urn:xmpp:privilege:2'><forwarded xmlns='urn:xmpp:forward:0'>%s</forwarded></privilege>"


def granting(fake_server):
    link = fake_server.accept().shake_hands()
    link.send(GRANT)
    link.answer_barrier()
    return link, link.wait_for(r"<iq [^>]*\bid='([^']*)'[^>]*><time").group(1).decode()


def stamp(seconds=0):
    """So long from now."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def tell_time(link, id):
    link.send("<iq type='result' id='%s' from='localhost' to='echo.localhost'><time xmlns='urn:xmpp:time'><tzo>Z</tzo>"
              "<utc>%s</utc></time></iq>" % (id, stamp()))


def answer_archive(link, texts):
    """To the question for romeo's archive: it has these, said just now."""
    question, inner, query = (one.decode() for one in link.wait_for(
        r"<iq (?=[^>]*\bid='([^']*)')[^>]*to='romeo@localhost'[^>]*><privileged_iq [^>]*><iq [^>]*\bid='([^']*)'[^>]*>"
        r"<query [^>]*queryid='([^']*)'").groups())
    for number, text in enumerate(texts):
        link.send("<message from='romeo@localhost' to='echo.localhost'>%s</message>" % FORWARDED % (
            "<message xmlns='jabber:client'><result xmlns='urn:xmpp:mam:2' queryid='%s' id='a%d'>"
            "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='%s'/>%s</forwarded></result>"
            "</message>" % (query, number, stamp(), to_echo(text).replace("<message", "<message xmlns='jabber:client'"))))
    link.send("<iq type='result' id='%s' from='romeo@localhost' to='echo.localhost'>%s</iq>" % (question, FORWARDED % (
        "<iq xmlns='jabber:client' type='result' id='%s' from='romeo@localhost' to='romeo@localhost'>"
        "<fin xmlns='urn:xmpp:mam:2' complete='true'/></iq>" % inner)))


def test_what_is_taken_up_waits_for_what_was_lost_before(fake_server, gangway):
    """The second life stops before it has looked for what the first one had lost. rows: A12 A17"""
    daemon = gangway(fake_server, {"echo.localhost": {"module": "echo"}}, wait_for=[])
    link, time = granting(fake_server)
    tell_time(link, time)
    link.send("<iq type='set' id='r1' from='romeo@localhost/orchard' to='echo.localhost'>"
              "<query xmlns='jabber:iq:register'><username>romeo</username></query></iq>" + to_echo("One"))
    link.wait_for("<body>One</body>")
    daemon.kill()
    daemon.spawn()
    link, time = granting(fake_server)
    daemon.signal(signal.SIGTERM)
    link.wait_for("</stream:stream>")
    link.send(to_echo("Three") + "</stream:stream>")
    assert daemon.wait_exit() == 0
    daemon.spawn()
    link, time = granting(fake_server)
    tell_time(link, time)
    answer_archive(link, ("One", "Two", "Three"))
    assert b"<body>Three</body>" not in link.wait_for("(.*)<body>Two</body>").group(1)
    link.wait_for("<body>Three</body>")
    link.close()


def test_what_came_too_late_for_an_answer_is_answered_by_the_next_life(fake_server, gangway):
    # rows: A17 V1
    daemon, link = talking(fake_server, gangway)
    daemon.signal(signal.SIGTERM)
    link.wait_for("</stream:stream>")
    chat = "<message type='chat' id='%s' from='%s@localhost/orchard' to='echo@echo.localhost'>%s</message>"
    link.send(chat % ("x1", "romeo", "<retract xmlns='urn:xmpp:message-retract:1' id='One'/>")
              + chat % ("x2", "romeo", "<reactions xmlns='urn:xmpp:reactions:0' id='One'><reaction>+</reaction></reactions>")
              + chat % ("x3", "mercutio", "<body>Who am I?</body>") + "</stream:stream>")
    assert daemon.wait_exit() == 0
    daemon.spawn()
    link = fake_server.accept().shake_hands()
    link.answer_barrier()
    for id, condition in (("x1", "feature-not-implemented"), ("x2", "feature-not-implemented"),
                          ("x3", "registration-required")):
        link.wait_for("<message [^>]*id='%s'[^>]*><error [^>]*><%s" % (id, condition))
    link.close()


def test_a_server_that_does_not_end_the_stream_is_not_waited_for_for_long(fake_server, gangway):
    # rows: A17
    daemon, link = talking(fake_server, gangway)
    daemon.signal(signal.SIGTERM)
    link.wait_for("</stream:stream>")
    assert daemon.wait_exit() == 0
    assert "did not end the stream" in daemon.log()


def test_what_the_server_wrote_behind_a_handshake_that_the_end_overtakes_is_taken_up_by_the_next_life(fake_server, gangway):
    # rows: A17
    daemon, link = talking(fake_server, gangway)
    link.send("</stream:stream>")
    link.close()
    link = fake_server.accept()
    link.open_stream()
    daemon.signal(signal.SIGTERM)
    link.wait_for("</stream:stream>")
    link.send("<handshake/>" + to_echo("Two") + "</stream:stream>")
    assert daemon.wait_exit() == 0
    daemon.spawn()
    link = fake_server.accept().shake_hands()
    link.answer_barrier()
    link.wait_for("<body>Two</body>")
    link.close()


def alive_ms(daemon):
    """Since when the next life will say that it was away; 0: it was not."""
    database = sqlite3.connect(daemon.data_dir + "/echo.localhost/gangway.sqlite")
    number = database.execute("SELECT value FROM settings WHERE name = 'alive_ms'").fetchone()[0]
    database.close()
    return number


def test_a_server_that_may_have_written_behind_a_handshake_and_does_not_end_the_stream(fake_server, gangway):
    # rows: A17
    daemon, link = talking(fake_server, gangway)
    daemon.signal(signal.SIGTERM)
    link.wait_for("</stream:stream>")
    link.send("</stream:stream>")
    assert daemon.wait_exit() == 0
    assert alive_ms(daemon) == 0
    daemon.spawn()
    fake_server.accept().open_stream()
    assert daemon.stop() == 0
    assert "did not end the stream" in daemon.log()
    assert alive_ms(daemon) > 0


def test_the_end_while_there_is_no_server(fake_server, gangway):
    # rows: A17
    daemon = gangway(fake_server, DEMO, wait_for=[])
    fake_server.accept().close()
    daemon.wait_for_log("trying again")
    assert daemon.stop() == 0


def test_no_server_at_all(fake_server, gangway):
    # rows: A3
    fake_server.close()
    daemon = gangway(fake_server, DEMO, wait_for=[])
    line = daemon.wait_for_log(r"^.*trying again.*$").group(0)
    assert fake_server.address in line and "refused" in line
    process.poll(lambda: daemon.is_running, "it goes on")


def test_each_reason_is_told_once(own_prosody, gangway):
    """The machine starts: nobody listens yet, and then the secret is wrong."""
    # rows: A1 A3
    own_prosody.stop()
    daemon = gangway(own_prosody, {JID: {"module": "demo", "secret": "not the right one"}}, wait_for=[])
    daemon.wait_for_log(r"(?s)refused.*refused")
    own_prosody.start()
    daemon.wait_for_log(r"(?s)warning[^\n]*not-authorized.*debug[^\n]*not-authorized")
    assert [re.search("refused|not-authorized", line).group(0) for line in warnings(daemon)] == ["refused", "not-authorized"]


def test_as_many_connections_as_the_system_allows(fake_server, gangway):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    try:
        daemon = gangway(fake_server, DEMO, wait_for=[])
        fake_server.accept().shake_hands()
        assert resource.prlimit(daemon.child.pid, resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
