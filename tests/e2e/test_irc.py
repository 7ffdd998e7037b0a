# SPDX-License-Identifier: MPL-2.0
"""Romeo on Prosody talks to people on real IRC servers, through the irc module.

rows: B2 B5 B6 B13 B15 B16 E2 E4 G1 H2 H3 Q1 Q2 Q3 Q15 V4 V8
"""

import base64
import contextlib
import threading

import pytest

import process
from certificates import Authority
from client import IqError
from irc_script import ScriptedIrc
from irc_servers import PASSWORD, Ngircd
from proxy import StallingProxy

IRC = "irc.localhost"
JULIET = "juliet%localhost@" + IRC
RECEIPT = "<request xmlns='urn:xmpp:receipts'/>"


def section(authority=None, **options):
    """The component's section: servers of the tests are private, and their authority is our own."""
    usual = {"module": "irc", "allow-private-servers": "true", "flood-burst": "100", "flood-interval-ms": "10"}
    if authority:
        usual["ca-file"] = authority.ca_file
    return {IRC: dict(usual, **{key.replace("_", "-"): value for key, value in options.items()})}


def fields(server, nick="romeo", **more):
    """What a user fills in to be on a server of the tests, over TLS, with its certificate checked."""
    return dict({"server": "localhost", "port": str(server.tls_port), "tls": True, "verify": True, "nick": nick}, **more)


def script_fields(server, **more):
    return dict({"server": "127.0.0.1", "port": str(server.port), "tls": False, "nick": "romeo"}, **more)


def status(romeo, start):
    """The gateway's presence whose status begins like that."""
    return romeo.wait_for(lambda s: s.kind == "presence" and s.is_from(IRC) and (s.status or "").startswith(start),
                          "the status %r" % start).status


@contextlib.contextmanager
def logged_in(gangway, prosody, romeo, script, **options):
    """A server that follows the script, and Romeo on it."""
    with ScriptedIrc(script) as server:
        gangway(prosody, section(**options))
        romeo.register(IRC, script_fields(server))
        status(romeo, "Connected to")
        yield server


def register(romeo, server, **more):
    romeo.register(IRC, fields(server, **more))
    return status(romeo, "Connected to")


@pytest.fixture
def romeo(prosody, connect):
    return connect("romeo@localhost/orchard", prosody)


@pytest.fixture
def online(gangway, prosody, authority, romeo, irc_connect):
    """online(server): Romeo is registered and logged in, Juliet is on IRC; returns her."""
    def start(server, nick="juliet", **options):
        gangway(prosody, section(authority, **options))
        register(romeo, server)
        return irc_connect(server, nick, tls=True)
    return start


# --- Talking ---


def test_messages_go_both_ways(online, romeo, irc_server):
    juliet = online(irc_server)
    romeo.message("But soft, what light?", to=JULIET, id="m1", payload=RECEIPT)
    juliet.message("romeo", text="But soft, what light?")
    receipt = romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt")
    assert receipt.is_from(JULIET) and receipt.find("receipts:received").get("id") == "m1"
    assert JULIET in romeo.roster()

    juliet.say("romeo", "Ay me!")
    romeo.message("Ay me!", from_=JULIET)
    romeo.wait_for_presence(JULIET)
    juliet.notice("romeo", "Take note")
    romeo.message("Take note", from_=JULIET)
    romeo.message("/notice Noted\n/notice is a word at the beginning only", to=JULIET)
    juliet.wait_for(r"^:romeo!\S+ NOTICE juliet :?Noted\r?$")
    juliet.wait_for(r"^:romeo!\S+ NOTICE juliet :?/notice is a word")


def test_actions_are_actions(online, romeo, irc_server):
    juliet = online(irc_server)
    romeo.message("/me climbs the wall\nand listens", to=JULIET)
    juliet.message("romeo", text="\1ACTION climbs the wall\1")
    juliet.message("romeo", text="and listens")
    juliet.say("romeo", "\1ACTION sighs\1")
    romeo.message("/me sighs", from_=JULIET)


def test_formatting_and_encodings_become_text(online, romeo, ngircd):
    juliet = online(ngircd)
    juliet.say("romeo", "\x02bold\x02 \x0304,01red\x03 \x1ditalic\x0f plain")
    romeo.message("bold red italic plain", from_=JULIET)
    juliet.send_bytes(b"PRIVMSG romeo :caf\xe9 \x80\r\n")
    romeo.message("café €", from_=JULIET)


def test_questions_of_machines(online, romeo, ngircd):
    juliet = online(ngircd)
    juliet.say("romeo", "\1DCC SEND secrets.txt 2130706433 1 1\1")
    offer = romeo.message(from_=JULIET).body
    assert "secrets.txt" in offer
    juliet.say("romeo", "\1VERSION\1")
    juliet.wait_for(r"NOTICE juliet :\x01VERSION Gangway [^\x01]+\x01")
    juliet.say("romeo", "\1PING 42\1")  # too soon: one answer in three seconds
    juliet.say("romeo", "done")
    romeo.message("done", from_=JULIET)
    romeo.message("hear me", to=JULIET)
    juliet.message("romeo", text="hear me")
    assert len(juliet.find("^:romeo!.* NOTICE")) == 1
    assert not romeo.find(lambda s: s.kind == "message" and s.is_from(JULIET) and s.body not in (None, "done", offer))


LONG = [
    "word " * 400,
    "x" * 2000,
    "ä" * 700 + "€" * 700,
    "👨‍👩‍👧‍👦" * 60,
    "e\u0301" * 500,
    "one\n\n  two, indented\n\nthree " + "four " * 300,
]


@pytest.mark.parametrize("text", LONG, ids=["words", "ascii", "umlauts", "families", "combining", "lines"])
def test_long_text_is_cut_and_nothing_is_lost(online, romeo, irc_server, text):
    juliet = online(irc_server)
    romeo.message(text, to=JULIET)
    romeo.message("(the end)", to=JULIET)
    pieces = []
    while True:
        piece = juliet.message("romeo")
        if piece == "(the end)":
            break
        pieces.append(piece)
    for line in juliet.find("^:romeo!.* PRIVMSG"):
        assert len(line.encode()) + 2 <= 512
    assert "\ufffd" not in "".join(pieces)
    # Only the spaces and line breaks at the cuts are gone.
    assert "".join("".join(pieces).split()) == "".join(text.split())
    if text == LONG[0]:
        assert all(set(piece.split()) == {"word"} for piece in pieces)
    if text == LONG[3]:
        assert all(len(piece) % len("👨‍👩‍👧‍👦") == 0 for piece in pieces)
    if text == LONG[4]:
        assert all(piece.startswith("e") and piece.endswith("\u0301") for piece in pieces)


def test_too_much_text_is_refused_as_a_whole(online, romeo, ngircd):
    juliet = online(ngircd)
    romeo.message("\n".join("line %d" % i for i in range(200)), to=JULIET, id="long")
    error = romeo.wait_for_error(JULIET, id="long")
    assert error.error_condition == "policy-violation" and "30" in error.error_text
    romeo.message("short", to=JULIET)
    juliet.message("romeo", text="short")
    assert not juliet.find("line 0")


def test_lines_leave_at_the_pace_that_servers_like(online, romeo, ngircd):
    juliet = online(ngircd, flood_burst="2", flood_interval_ms="100")
    romeo.message("\n".join("line %d" % i for i in range(6)), to=JULIET, payload=RECEIPT)
    for i in range(6):
        juliet.message("romeo", text="line %d" % i)
    romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt")


# --- Nothing gets out that is not meant to ---


def test_nothing_becomes_another_command(online, romeo, irc_server):
    juliet = online(irc_server)
    romeo.send("<message to='%s' type='chat' id='i1'><body>one&#13;&#10;QUIT :two&#13;PRIVMSG juliet :three&#10;"
               "NICK four</body></message>" % JULIET)
    for text in ("one", "QUIT :two", "PRIVMSG juliet :three", "NICK four"):
        juliet.message("romeo", text=text)
    romeo.message("still here", to=JULIET)
    juliet.message("romeo", text="still here")


@pytest.mark.parametrize("local", [
    "juliet\\20romeo%localhost",  # a space
    "juliet,romeo%localhost",
    "#verona%localhost",
    "juliet%elsewhere.example",
    "juliet",
    "%localhost",
    "juliet!x%localhost",
    "*.localhost%localhost",
    "**status%localhost",
])
def test_addresses_that_nobody_can_have(online, romeo, ngircd, local):
    juliet = online(ngircd)
    romeo.message("hello", to="%s@%s" % (local, IRC), id="x")
    assert romeo.wait_for_error(id="x").error_condition == "item-not-found"
    assert not juliet.find("PRIVMSG")


@pytest.mark.parametrize("more", [
    {"nick": "romeo\r\nQUIT"}, {"nick": "ro meo"}, {"nick": ""}, {"nick": "#romeo"},
    {"server": ""}, {"server": "local host"}, {"server": "localhost\r\nQUIT"},
    {"server_password": "x\r\nQUIT"}, {"account": "romeo"}, {"port": "0"}, {"port": "many"},
], ids=str)
def test_forms_that_make_no_sense_are_refused(gangway, prosody, authority, romeo, ngircd, more):
    gangway(prosody, section(authority))
    with pytest.raises(IqError) as error:
        romeo.register(IRC, dict(fields(ngircd), **more))
    assert error.value.condition in ("not-acceptable", "bad-request")
    assert error.value.text


# --- Getting in ---


def test_the_form_says_what_it_wants(gangway, prosody, authority, romeo):
    gangway(prosody, section(authority))
    form = romeo.registration(IRC).form
    assert [var for var in form.fields if var != "FORM_TYPE"] == [
        "server", "port", "tls", "verify", "nick", "account", "password", "server_password", "real_name"]
    assert form["tls"].type == "boolean" and form["tls"].value in ("true", "1")
    assert form["password"].type == form["server_password"].type == "text-private"
    assert form["nick"].required and not form["server"].required


def test_a_wrong_password_is_told_by_the_form(gangway, prosody, authority, romeo, tmp_path):
    with Ngircd(tmp_path / "ngircd", authority, password=True) as server:
        gangway(prosody, section(authority))
        for more in ({}, {"server_password": "wrong"}):
            with pytest.raises(IqError) as error:
                romeo.register(IRC, fields(server, **more))
            assert error.value.condition == "not-authorized"
            assert "says:" in error.value.text
        register(romeo, server, server_password=PASSWORD)
    assert not romeo.find(lambda s: s.kind == "message" and PASSWORD in (s.body or ""))


def test_a_nickname_in_use_is_told_by_the_form(gangway, prosody, authority, romeo, irc_server, irc_connect):
    irc_connect(irc_server, "Romeo")
    gangway(prosody, section(authority))
    with pytest.raises(IqError) as error:
        romeo.register(IRC, fields(irc_server))
    assert error.value.condition == "conflict" and "romeo" in error.value.text
    register(romeo, irc_server, nick="romeo2")


def test_an_untrusted_certificate_is_refused(gangway, prosody, authority, romeo, tmp_path):
    other = Authority(tmp_path / "authority")
    with Ngircd(tmp_path / "ngircd", other) as server:
        gangway(prosody, section(authority))
        with pytest.raises(IqError) as error:
            romeo.register(IRC, fields(server))
        assert error.value.condition == "not-acceptable" and "not be safe" in error.value.text
        register(romeo, server, verify=False)


def test_a_certificate_for_another_name_is_refused(gangway, prosody, authority, romeo, tmp_path):
    with Ngircd(tmp_path / "ngircd", authority, certificate=authority.issue("irc.example.org")) as server:
        gangway(prosody, section(authority))
        with pytest.raises(IqError) as error:
            romeo.register(IRC, fields(server))
        assert error.value.condition == "not-acceptable"


def test_no_server_there(gangway, prosody, authority, romeo):
    gangway(prosody, section(authority))
    with pytest.raises(IqError) as error:
        romeo.register(IRC, {"server": "localhost", "port": str(process.free_port()), "nick": "romeo"})
    assert error.value.condition == "remote-server-not-found" and "localhost" in error.value.text


def test_private_servers_are_for_the_admin_to_allow(gangway, prosody, authority, romeo, ngircd):
    gangway(prosody, section(authority, allow_private_servers="false"))
    with pytest.raises(IqError) as error:
        romeo.register(IRC, fields(ngircd))
    assert error.value.condition == "remote-server-not-found"


def test_one_server_for_all(gangway, prosody, authority, romeo, ngircd, irc_connect):
    gangway(prosody, section(authority, allow_private_servers="false", irc_server="localhost", irc_port=ngircd.tls_port))
    romeo.register(IRC, {"nick": "romeo"})
    status(romeo, "Connected to")
    juliet = irc_connect(ngircd, "juliet")
    romeo.message("But soft", to="juliet@" + IRC)
    juliet.message("romeo", text="But soft")
    juliet.say("romeo", "Ay me")
    romeo.message("Ay me", from_="juliet@" + IRC)


def test_changing_the_registration_while_connected(online, romeo, ngircd):
    """The nickname is in use, but by the user."""
    juliet = online(ngircd)
    romeo.forget()
    register(romeo, ngircd, real_name="Romeo Montague")
    romeo.message("me again", to=JULIET)
    juliet.message("romeo", text="me again")
    juliet.send("WHOIS romeo")
    juliet.wait_for(r" 311 juliet romeo .*:Romeo Montague$")


def test_leaving_for_good(online, romeo, ngircd):
    juliet = online(ngircd)
    romeo.unregister(IRC)
    process.poll(lambda: not is_there(juliet, "romeo"), "romeo has left IRC")


def is_there(irc, nick):
    irc.send("WHOIS " + nick)
    return irc.wait_for(r" (311|401) \S+ %s " % nick).group(1) == "311"


def test_an_account_with_sasl(gangway, prosody, authority, romeo, inspircd, services, irc_connect):
    gangway(prosody, section(authority))
    with pytest.raises(IqError) as error:
        romeo.register(IRC, fields(inspircd, password="capulet"))
    assert error.value.condition == "not-authorized" and "says:" in error.value.text
    register(romeo, inspircd, nick="romeo2", account="romeo", password="montague")
    juliet = irc_connect(inspircd, "juliet")
    juliet.send("WHOIS romeo2")
    juliet.wait_for(r" 330 juliet romeo2 romeo ")


def test_an_account_where_there_is_no_sasl(gangway, prosody, authority, romeo, ngircd):
    gangway(prosody, section(authority))
    with pytest.raises(IqError) as error:
        romeo.register(IRC, fields(ngircd, password="montague"))
    assert error.value.condition == "not-acceptable" and "SASL" in error.value.text


# --- What servers answer ---


def test_nobody_by_that_name(online, romeo, irc_server):
    juliet = online(irc_server)
    romeo.message("hello?", to="nobody%localhost@" + IRC, id="lost", payload=RECEIPT)
    error = romeo.wait_for_error("nobody%localhost@" + IRC, id="lost")
    assert error.error_condition == "item-not-found" and "localhost says: No such nick" in error.error_text
    romeo.message("hello!", to=JULIET, id="found", payload=RECEIPT)
    juliet.message("romeo", text="hello!")
    receipt = romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt")
    assert receipt.find("receipts:received").get("id") == "found"
    assert "nobody%localhost@" + IRC not in romeo.roster()


def test_away(online, romeo, irc_server):
    juliet = online(irc_server)
    juliet.send("AWAY :With the nurse")
    juliet.wait_for(" 306 ")
    romeo.message("Art thou there?", to=JULIET)
    romeo.wait_for_presence(JULIET, show="away", status="With the nurse")
    juliet.say("romeo", "Now I am")
    romeo.wait_for_presence(JULIET, show=None)


def registers_and_serves(heard=lambda connection, line: None, isupport="NETWORK=Script"):
    def script(connection):
        connection.expect("USER")
        connection.say(":script.test 001 romeo :Welcome", ":script.test 005 romeo %s :are supported" % isupport,
                       ":script.test 376 romeo :End of MOTD")
        connection.serve(lambda line: heard(connection, line))
    return script


SCRIPT_JULIET = "juliet%127.0.0.1@" + IRC


def test_too_many_people_at_once(gangway, prosody, romeo):
    def heard(connection, line):
        if line.startswith("PRIVMSG"):
            connection.say(":script.test 707 romeo juliet :Targets changing too fast, message dropped")

    with logged_in(gangway, prosody, romeo, registers_and_serves(heard)):
        romeo.message("hello", to=SCRIPT_JULIET, id="m1", payload=RECEIPT)
        error = romeo.wait_for_error(SCRIPT_JULIET, id="m1")
        assert error.error_condition == "resource-constraint" and "Targets changing too fast" in error.error_text
        romeo.unregister(IRC)


def test_somebody_to_whom_too_much_is_written(gangway, prosody, romeo):
    """solanum tells it by a notice of the server's. Of people, the same words are their own."""
    words = "*** Message to Juliet throttled due to flooding"

    def heard(connection, line):
        if line.startswith("PRIVMSG juliet"):
            connection.say(":script.test NOTICE romeo :" + words)
        elif line.startswith("PRIVMSG nurse"):
            connection.say(":puck!p@h NOTICE romeo :" + words.replace("Juliet", "nurse"))

    with logged_in(gangway, prosody, romeo, registers_and_serves(heard)):
        romeo.message("hello", to=SCRIPT_JULIET, id="m1", payload=RECEIPT)
        error = romeo.wait_for_error(SCRIPT_JULIET, id="m1")
        assert error.error_condition == "resource-constraint" and words in error.error_text
        romeo.message("hello", to=SCRIPT_JULIET.replace("juliet", "nurse"), id="m2", payload=RECEIPT)
        romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt")
        romeo.message(words.replace("Juliet", "nurse"), from_=SCRIPT_JULIET.replace("juliet", "puck"))
        romeo.unregister(IRC)


def test_what_has_failed_is_not_said_any_further(gangway, prosody, romeo):
    """Its sender will send it again, as a whole."""
    def heard(connection, line):
        if line == "PRIVMSG juliet :line 0":
            connection.say(":script.test 439 romeo juliet :Message target change too fast")

    with logged_in(gangway, prosody, romeo, registers_and_serves(heard), flood_burst="1", flood_interval_ms="300") as server:
        romeo.message("\n".join("line %d" % i for i in range(12)), to=SCRIPT_JULIET, id="m1", payload=RECEIPT)
        assert "too fast" in romeo.wait_for_error(SCRIPT_JULIET, id="m1").error_text
        romeo.message("again", to=SCRIPT_JULIET, id="m2", payload=RECEIPT)
        romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt")
        said = [line for line in server.connections[-1].lines if line.startswith("PRIVMSG")]
        assert "PRIVMSG juliet :line 11" not in said and said[-1] == "PRIVMSG juliet again"
        romeo.unregister(IRC)


def test_standard_replies(gangway, prosody, romeo):
    """Some name the target, also late."""
    def heard(connection, line):
        if line.startswith("NOTICE juliet"):
            connection.say(":script.test FAIL NOTICE INVALID_UTF8 :Message rejected")

    with logged_in(gangway, prosody, romeo, registers_and_serves(heard)) as server:
        romeo.message("/notice hello", to=SCRIPT_JULIET, id="m1", payload=RECEIPT)
        assert "Message rejected" in romeo.wait_for_error(SCRIPT_JULIET, id="m1").error_text
        romeo.message("hello", to=SCRIPT_JULIET, id="m2", payload=RECEIPT)
        romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt")
        server.connections[-1].say(":script.test FAIL PRIVMSG CANNOT_SEND juliet :Not today")
        told = romeo.wait_for(lambda s: s.is_from(IRC) and "did not arrive" in (s.body or ""), "the bad news")
        assert "Not today" in told.body
        romeo.unregister(IRC)


def test_what_another_server_says_about_a_message(gangway, prosody, romeo):
    """It answers after the one that we asked for a sign of life."""
    with logged_in(gangway, prosody, romeo, registers_and_serves()) as server:
        romeo.message("hello\nthere", to=SCRIPT_JULIET, id="m1", payload=RECEIPT)
        romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt")
        server.connections[-1].say(*[":other.test 716 romeo juliet :is in +g mode"] * 2)
        told = romeo.wait_for(lambda s: s.is_from(IRC) and "did not arrive" in (s.body or ""), "the bad news")
        assert "juliet" in told.body and "127.0.0.1 says: is in +g mode" in told.body and "> hello…" in told.body
        romeo.fence(IRC)
        assert len(romeo.find(lambda s: s.is_from(IRC) and "did not arrive" in (s.body or ""))) == 1
        romeo.unregister(IRC)


def test_what_the_server_of_somebody_who_left_says(gangway, prosody, romeo):
    """solanum, ircu and many others: it has their number only, which says nothing, and quotes the line instead."""
    with logged_in(gangway, prosody, romeo, registers_and_serves()) as server:
        romeo.message("But soft, what light through yonder window breaks?", to=SCRIPT_JULIET, id="m1", payload=RECEIPT)
        romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt")
        server.connections[-1].say(":other.test 401 romeo * :Target left IRC. Failed to deliver: [But soft, what light]")
        told = romeo.wait_for(lambda s: s.is_from(IRC) and "did not arrive" in (s.body or ""), "the bad news")
        assert "juliet" in told.body and "Target left IRC" in told.body and "> But soft, what light thr" in told.body
        romeo.message("Are you still there?", to=SCRIPT_JULIET, id="m2", payload=RECEIPT)
        romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt")
        server.connections[-1].say(":other.test 401 romeo 42XAAAAAB :No such nick")  # InspIRCd does not even quote
        told = romeo.wait_for(lambda s: s.is_from(IRC) and "did not arrive" in (s.body or ""), "the bad news")
        assert "juliet" in told.body and "No such nick" in told.body and "> Are you still there?" in told.body
        romeo.unregister(IRC)


def test_a_server_that_reads_slowly(gangway, prosody, romeo):
    """It has few lines to read at a time; what takes too long is said to the end all the same."""
    may_read = threading.Event()
    seen = []

    def script(connection):
        connection.let_in()
        while True:
            line = connection.hear()
            if line is None or line.startswith("QUIT"):
                return
            seen.append(line)
            if line.startswith("PING "):
                if any(one.startswith("PRIVMSG") for one in seen):
                    assert may_read.wait(process.PATIENCE)
                connection.say(":script.test PONG script.test " + line[5:])

    with ScriptedIrc(script) as server:
        gangway(prosody, section(), {"request-timeout": "1s"})
        romeo.register(IRC, script_fields(server))
        status(romeo, "Connected to")
        romeo.message("\n".join("line %d" % i for i in range(12)), to=SCRIPT_JULIET, id="m1", payload=RECEIPT)
        assert "may have arrived" in romeo.wait_for_error(SCRIPT_JULIET, id="m1").error_text
        assert [line for line in seen if line.startswith("PRIVMSG")] == ["PRIVMSG juliet :line %d" % i for i in range(5)]
        may_read.set()
        assert romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt").is_from(SCRIPT_JULIET)
        assert [line for line in seen if line.startswith("PRIVMSG")] == ["PRIVMSG juliet :line %d" % i for i in range(12)]
        romeo.unregister(IRC)


def test_nobody_hears_what_was_meant_for_somebody_else(gangway, prosody, romeo):
    """Whoever takes the nickname of somebody who has another one now is a stranger."""
    with logged_in(gangway, prosody, romeo, registers_and_serves()) as server:
        irc = server.connections[-1]
        irc.say(":juliet!j@h PRIVMSG romeo :Ay me", ":juliet!j@h NICK :Nurse", ":paris!p@h NICK :juliet")
        romeo.message("Ay me", from_=SCRIPT_JULIET)
        romeo.fence(IRC)
        romeo.message("my secret", to=SCRIPT_JULIET, id="m1")
        error = romeo.wait_for_error(SCRIPT_JULIET, id="m1")
        assert error.error_condition == "item-not-found" and "Nurse" in error.error_text
        romeo.message("to you", to="nurse%127.0.0.1@" + IRC, payload=RECEIPT)
        romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt")

        irc.say(":juliet!p@h NICK :paris", ":Nurse!j@h NICK :juliet")
        irc.say(":juliet!j@h PRIVMSG romeo :It is me")
        romeo.message("It is me", from_=SCRIPT_JULIET)
        romeo.message("my love", to=SCRIPT_JULIET, payload=RECEIPT)
        romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt")
        said = [line for line in irc.lines if line.startswith("PRIVMSG")]
        assert said == ["PRIVMSG nurse :to you", "PRIVMSG juliet :my love"]
        romeo.unregister(IRC)


def test_letters_beyond_ascii_in_names(gangway, prosody, romeo):
    """The address has none of its capitals, and for this network they make another name."""
    with logged_in(gangway, prosody, romeo, registers_and_serves(isupport="CASEMAPPING=ascii")) as server:
        server.connections[-1].say(":Éva!e@h PRIVMSG romeo :Szia")
        romeo.message("Szia", from_="éva%127.0.0.1@" + IRC)
        romeo.message("Hi", to="éva%127.0.0.1@" + IRC, payload=RECEIPT)
        romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt")
        assert "PRIVMSG Éva Hi" in server.connections[-1].lines
        romeo.unregister(IRC)


# --- Bouncers ---


def test_what_the_user_says_elsewhere(gangway, prosody, romeo):
    with logged_in(gangway, prosody, romeo, registers_and_serves()) as server:
        romeo.iq("<enable xmlns='urn:xmpp:carbons:2'/>", type="set")
        server.connections[-1].say(":romeo!r@h PRIVMSG juliet :From my phone", ":romeo!r@h PRIVMSG juliet :\1VERSION\1",
                                   ":juliet!j@h PRIVMSG romeo :Art thou there?")
        own = romeo.wait_for(lambda s: s.has("carbons:sent") and "From my phone" in s.string, "their own words")
        assert SCRIPT_JULIET in own.string
        romeo.message("Art thou there?", from_=SCRIPT_JULIET)
        romeo.fence(IRC)
        assert not romeo.find(lambda s: s.is_from("romeo%127.0.0.1@" + IRC))
        assert not [line for line in server.connections[-1].lines if line.startswith("NOTICE")]
        romeo.unregister(IRC)


@pytest.mark.parametrize("bouncer", ["znc.in/batch", "soju.im/bouncer-networks"])
def test_what_is_played_back_again(gangway, prosody, romeo, bouncer):
    """ZNC does, with each connection, when its buffers are not cleared; of one time as much as was said."""
    lines = ["@time=2026-01-01T12:00:00.000Z :juliet!j@h PRIVMSG romeo :" + text for text in ("}", "else {", "}")]

    def script(connection):
        connection.expect("USER")
        connection.say(":irc.znc.in CAP * LS :server-time " + bouncer)
        connection.expect("CAP REQ")
        connection.say(":irc.znc.in CAP * ACK :server-time")
        connection.welcome()
        number = len(server.connections)
        if number == 2:
            connection.say(*lines)
        elif number == 3:
            connection.say(*lines, "@time=2026-01-01T12:00:01.000Z :juliet!j@h PRIVMSG romeo :}")
        connection.serve()

    with ScriptedIrc(script) as server:
        daemon = gangway(prosody, section())
        romeo.register(IRC, script_fields(server, server_password="romeo:secret"))
        for text in ("}", "else {", "}"):
            romeo.message(text, from_=SCRIPT_JULIET)
        daemon.restart()
        romeo.message("}", from_=SCRIPT_JULIET)
        romeo.fence(IRC)
        assert len(romeo.find(lambda s: s.kind == "message" and s.is_from(SCRIPT_JULIET))) == 4
        romeo.unregister(IRC)


@pytest.mark.parametrize("again", [False, True], ids=["once", "again"])
def test_what_is_played_back_to_the_connection_that_tries_the_credentials(gangway, prosody, romeo, again):
    """ZNC forgets it then, or plays it again."""
    line = "@time=2026-01-01T12:00:00.000Z :juliet!j@h PRIVMSG romeo :Art thou there?"

    def script(connection):
        connection.expect("USER")
        connection.say(":irc.znc.in CAP * LS :server-time znc.in/batch")
        connection.expect("CAP REQ")
        connection.say(":irc.znc.in CAP * ACK :server-time")
        connection.welcome()
        if len(server.connections) == 1 or again:
            connection.say(line, line)
        connection.serve()

    with ScriptedIrc(script) as server:
        gangway(prosody, section())
        romeo.register(IRC, script_fields(server, server_password="romeo:secret"))
        status(romeo, "Connected to")
        romeo.message("Art thou there?", from_=SCRIPT_JULIET)
        romeo.message("Art thou there?", from_=SCRIPT_JULIET)
        romeo.fence(IRC)
        assert len(romeo.find(lambda s: s.kind == "message" and s.is_from(SCRIPT_JULIET))) == 2
        romeo.unregister(IRC)


@pytest.mark.parametrize("answer", [
    ":soju.test 400 * PRIVMSG :Disconnected from upstream network",
    ":soju.test 421 romeo PRIVMSG :Disconnected from upstream network",
    ":*status!znc@znc.in PRIVMSG romeo :Your message to [juliet] got lost, you are not connected to IRC!",
    ":*status!znc@znc.in PRIVMSG romeo :Your message to juliet got lost, you are not connected to IRC!",
])
def test_a_bouncer_that_is_not_on_irc(gangway, prosody, romeo, answer):
    """It answers PINGs all the same: that it says what was lost is all there is."""
    def heard(connection, line):
        if line.startswith("PRIVMSG juliet"):
            connection.say(answer)

    with logged_in(gangway, prosody, romeo, registers_and_serves(heard)):
        romeo.message("hello", to=SCRIPT_JULIET, id="m1", payload=RECEIPT)
        error = romeo.wait_for_error(SCRIPT_JULIET, id="m1")
        assert answer.split(" :", 1)[1] in error.error_text
        romeo.fence(IRC)
        assert not romeo.find(lambda s: s.has("receipts:received"))
        romeo.unregister(IRC)


def test_what_the_bouncer_says_of_no_message_is_shown(gangway, prosody, romeo):
    with logged_in(gangway, prosody, romeo, registers_and_serves()) as server:
        words = "Your message to nurse got lost, you are not connected to IRC!"
        server.connections[-1].say(":*status!znc@znc.in PRIVMSG romeo :" + words)
        romeo.message(words, from_="*status%127.0.0.1@" + IRC)
        romeo.unregister(IRC)


def test_what_the_user_said_under_the_nickname_of_before(gangway, prosody, romeo):
    """soju plays it back with the name they had then."""
    with logged_in(gangway, prosody, romeo, registers_and_serves()) as server:
        romeo.iq("<enable xmlns='urn:xmpp:carbons:2'/>", type="set")
        server.connections[-1].say(":romeo!r@h NICK romeo_", ":romeo!r@h PRIVMSG juliet :From my phone")
        own = romeo.wait_for(lambda s: s.has("carbons:sent") and "From my phone" in s.string, "their own words")
        assert SCRIPT_JULIET in own.string
        romeo.unregister(IRC)


def test_a_bouncer_itself(gangway, prosody, romeo):
    with logged_in(gangway, prosody, romeo, registers_and_serves()) as server:
        server.connections[-1].say(":*status!znc@znc.in PRIVMSG romeo :Disconnected from IRC. Reconnecting...")
        romeo.message("Disconnected from IRC. Reconnecting...", from_="*status%127.0.0.1@" + IRC)
        romeo.message("connect", to="*status%127.0.0.1@" + IRC, payload=RECEIPT)
        romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt")
        assert "PRIVMSG *status connect" in server.connections[-1].lines
        romeo.unregister(IRC)


# --- Names, and more ---


def test_offers_are_told(gangway, prosody, romeo):
    with logged_in(gangway, prosody, romeo, registers_and_serves()) as server:
        server.connections[-1].say(':juliet!j@h PRIVMSG romeo :\1DCC SEND "my letter.txt" 2130706433 5000 100\1')
        assert "my letter.txt" in romeo.message(from_=SCRIPT_JULIET).body
        romeo.unregister(IRC)


def test_what_is_said_during_the_greeting(gangway, prosody, romeo):
    def script(connection):
        connection.expect("USER")
        connection.say(":script.test 001 romeo :Welcome", ":juliet!j@h PRIVMSG romeo :early",
                       ":script.test 005 romeo NETWORK=Script :are supported",
                       ":script.test 376 romeo :End of MOTD", ":juliet!j@h PRIVMSG romeo :later")
        connection.serve()

    with ScriptedIrc(script) as server:
        gangway(prosody, section())
        romeo.register(IRC, script_fields(server))
        romeo.message("early", from_=SCRIPT_JULIET)
        romeo.message("later", from_=SCRIPT_JULIET)
        romeo.unregister(IRC)


def test_names_that_only_irc_people_have(online, romeo, irc_server):
    weird = "[Ju]l\\i{e}t^|`_-"
    address = "[ju]l\\i{e}t^|`_-%localhost@" + IRC
    juliet = online(irc_server, nick=weird)
    juliet.say("romeo", "Ay me")
    romeo.message("Ay me", from_=address)
    romeo.message("She speaks", to=address)
    juliet.message("romeo", target=weird, text="She speaks")


def test_two_spellings_of_one_name(online, romeo, irc_server):
    """InspIRCd takes [ for a capital {: whoever was written to as one is not somebody else as the other."""
    juliet = online(irc_server, nick="Ju[iet")
    mapping = next(line for line in juliet.lines if "CASEMAPPING=" in line).split("CASEMAPPING=")[1].split(" ")[0]
    romeo.message("hello", to="ju[iet%localhost@" + IRC)
    juliet.message("romeo", text="hello")
    if mapping != "ascii":
        juliet.send("NICK Ju{iet")
        juliet.wait_for("NICK :?Ju{iet")
    juliet.say("romeo", "it is me")
    romeo.message("it is me", from_="ju[iet%localhost@" + IRC)


# --- Losing it, and coming back ---


def test_the_server_restarts(gangway, prosody, authority, romeo, irc_connect, tmp_path):
    with Ngircd(tmp_path / "ngircd", authority) as server:
        gangway(prosody, section(authority))
        register(romeo, server)
        server.stop()
        assert "Not connected" in status(romeo, "Not connected")
        romeo.forget()
        server.start()
        first = irc_connect(server, "juliet", tls=True)
        status(romeo, "Connected to")
        romeo.message("I am back", to=JULIET)
        first.message("romeo", text="I am back")


def test_what_is_written_while_the_server_is_away_waits_for_it(gangway, prosody, authority, romeo, irc_connect, tmp_path):
    with Ngircd(tmp_path / "ngircd", authority) as server:
        daemon = gangway(prosody, section(authority))
        register(romeo, server)
        server.stop()
        status(romeo, "Not connected")
        romeo.message("One", to=JULIET)
        romeo.message("Two", to=JULIET)
        romeo.fence(IRC)
        # The gateway, too, so that Juliet is there before it.
        daemon.stop()
        server.start()
        juliet = irc_connect(server, "juliet", tls=True)
        daemon.start()
        juliet.message("romeo", text="One")
        juliet.message("romeo", text="Two")


def test_the_nickname_is_gone_after_a_restart(gangway, prosody, authority, romeo, irc_connect, tmp_path):
    with Ngircd(tmp_path / "ngircd", authority) as server:
        daemon = gangway(prosody, section(authority))
        register(romeo, server)
        daemon.stop()
        irc_connect(server, "romeo")
        romeo.forget()
        daemon.start()
        assert "romeo_" in status(romeo, "Connected to")


def test_a_restart_of_the_gateway_logs_in_again(gangway, prosody, authority, romeo, ngircd, irc_connect):
    juliet = irc_connect(ngircd, "juliet")
    daemon = gangway(prosody, section(authority))
    register(romeo, ngircd)
    daemon.stop()
    process.poll(lambda: not is_there(juliet, "romeo"), "romeo has left IRC")
    romeo.forget()
    daemon.start()
    status(romeo, "Connected to")
    juliet.say("romeo", "Welcome back")
    romeo.message("Welcome back", from_=JULIET)


# --- Servers by script ---


def sasl(connection, verdict):
    connection.expect("CAP LS 302")
    connection.say(":script.test CAP * LS * :multi-prefix", ":script.test CAP * LS :sasl=EXTERNAL,PLAIN server-time")
    connection.expect("CAP REQ sasl")
    connection.say(":script.test CAP * ACK :server-time", ":script.test CAP * ACK :sasl")
    connection.expect("AUTHENTICATE PLAIN")
    connection.say("AUTHENTICATE +")
    response = []
    while True:
        response.append(connection.expect("AUTHENTICATE ")[len("AUTHENTICATE "):])
        if len(response[-1]) < 400:
            break
    connection.response = "".join(piece for piece in response if piece != "+")
    connection.say(*verdict)


def test_sasl(gangway, prosody, romeo):
    password = "p\u00e4ssword " * 25

    def script(connection):
        sasl(connection, [":script.test 900 * * acc :You are now logged in as acc", ":script.test 903 * :Success"])
        connection.expect("CAP END")
        connection.welcome()
        connection.serve()

    with ScriptedIrc(script) as server:
        gangway(prosody, section())
        romeo.register(IRC, script_fields(server, account="acc", password=password))
        assert status(romeo, "Connected to") == "Connected to Script as romeo"
        for connection in server.connections:
            assert base64.b64decode(connection.response).decode() == "acc\0acc\0" + password
            assert max(len(line) for line in connection.lines if line.startswith("AUTHENTICATE")) <= 13 + 400
        assert len(server.connections) == 2  # trying, and being there
        romeo.unregister(IRC)


def test_sasl_refused(gangway, prosody, romeo):
    def script(connection):
        sasl(connection, [":script.test 904 * :Wrong, Romeo"])
        assert connection.hear() in ("QUIT", None)

    with ScriptedIrc(script) as server:
        gangway(prosody, section())
        with pytest.raises(IqError) as error:
            romeo.register(IRC, script_fields(server, password="wrong"))
        assert error.value.condition == "not-authorized" and "127.0.0.1 says: Wrong, Romeo" in error.value.text


@pytest.mark.parametrize("change", ["server", "port"])
def test_passwords_stay_with_their_server(gangway, prosody, romeo, change):
    def script(connection):
        connection.let_in()
        connection.serve()

    with ScriptedIrc(script) as first, ScriptedIrc(script) as second:
        gangway(prosody, section())
        romeo.register(IRC, script_fields(first, server_password="secret of the first"))
        status(romeo, "Connected to")
        server = first if change == "server" else second
        host = "localhost" if change == "server" else "127.0.0.1"
        romeo.register(IRC, dict(script_fields(server), server=host, server_password=""))
        seen = 2 if server is first else 0
        process.poll(lambda: len(server.connections) == seen + 2, "romeo tries, and is there")
        process.poll(lambda: "USER" in "".join(server.connections[-1].lines), "romeo is there")
        for connection in server.connections[seen:]:
            assert not any("secret" in line for line in connection.lines), connection.lines
        romeo.unregister(IRC)


def test_a_server_that_delays_messages_says_when_they_were_sent(gangway, prosody, romeo):
    def script(connection):
        connection.let_in()
        connection.say("@time=2011-10-19T16:40:51.620Z;msgid=m\\:1 :juliet!j@h PRIVMSG romeo :long ago",
                       ":juliet!j@h PRIVMSG #verona :not for the user alone",
                       ":script.test NOTICE romeo :server notices are not messages",
                       ":juliet!j@h PRIVMSG romeo :now")
        connection.serve()

    with ScriptedIrc(script) as server:
        gangway(prosody, section())
        romeo.register(IRC, script_fields(server))
        juliet = "juliet%127.0.0.1@" + IRC
        message = romeo.message("long ago", from_=juliet)
        assert message.find("delay:delay").get("stamp").startswith("2011-10-19T16:40:51")
        assert not romeo.message("now", from_=juliet).has("delay:delay")
        assert not romeo.find(lambda s: s.kind == "message" and "not" in (s.body or "") and s.body != "now"
                              and not s.is_from(IRC))
        romeo.unregister(IRC)


def test_a_server_that_makes_up_people(gangway, prosody, romeo):
    # And ends the connection again and again: whoever has written once stays in memory.
    def script(connection):
        connection.let_in()
        number = len(server.connections)
        connection.say(*[":p%dx%d!a@b PRIVMSG romeo :hello" % (number, i) for i in range(600)])
        if number < 3:
            connection.say("ERROR :Closing link")
        else:
            connection.serve()

    with ScriptedIrc(script) as server:
        gangway(prosody, section())
        romeo.register(IRC, script_fields(server))
        romeo.message("hello", from_="p2x599%127.0.0.1@" + IRC)
        romeo.wait_for(lambda s: s.is_from(IRC) and (s.body or "").startswith("More than a thousand people"), "the end of it")
        assert romeo.find(lambda s: s.is_from("p3x399%127.0.0.1@" + IRC))
        assert not romeo.find(lambda s: s.is_from("p3x400%127.0.0.1@" + IRC))
        romeo.unregister(IRC)


def closes_at_once(connection):
    pass


def closes_after_hello(connection):
    connection.expect("USER")


def closes_in_capabilities(connection):
    connection.expect("CAP LS 302")
    connection.say(":script.test CAP * LS * :server-time")


def closes_before_the_welcome(connection):
    connection.expect("USER")
    connection.say(":script.test CAP * LS :message-tags")
    connection.expect("CAP REQ")
    connection.say(":script.test CAP * NAK :message-tags")
    connection.expect("CAP END")


def talks_garbage(connection):
    connection.write(bytes(range(256)) * 64 + b"\r\n:\r\n@\r\n\0\0\0\n: : :\r\n@;;;=;\\ :x 999\r\n")


def never_ends_a_line(connection):
    connection.write(b"NOTICE * :" + b"x" * 4_000_000)


def floods(connection):
    connection.write(b":script.test 433\r\n" + b"NOTICE * :x\r\n" * 20000)


def is_http(connection):
    connection.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("script", [closes_at_once, closes_after_hello, closes_in_capabilities,
                                    closes_before_the_welcome, talks_garbage, never_ends_a_line, floods, is_http],
                         ids=lambda script: script.__name__)
def test_servers_that_do_not_let_in(gangway, prosody, romeo, script):
    with ScriptedIrc(script) as server:
        gangway(prosody, section())
        with pytest.raises(IqError) as error:
            romeo.register(IRC, script_fields(server))
        assert error.value.condition in ("remote-server-timeout", "conflict") and error.value.text
    romeo.iq("<ping xmlns='urn:xmpp:ping'/>", to=IRC)


def test_a_server_that_misbehaves_later(gangway, prosody, romeo):
    """Whatever it says, the user hears what makes sense of it and the gateway stays."""
    def script(connection):
        connection.let_in()
        connection.write(b":x" * 100000 + b"\r\n" + bytes(range(1, 256)) + b"\n")
        connection.write(b":juliet PRIVMSG\r\n:juliet!j@h PRIVMSG romeo\r\n:juliet!j@h PRIVMSG romeo :\r\n"
                         b":juliet!j@h PRIVMSG romeo :\1\r\n:juliet!j@h PRIVMSG romeo :\1ACTION\r\n"
                         b":!@ PRIVMSG romeo :x\r\n:" + b"n" * 5000 + b"!j@h PRIVMSG romeo :x\r\n"
                         b":script.test 005\r\n:script.test 401\r\n:script.test 301 romeo\r\n:script.test 999 x y z\r\n"
                         b":script.test 005 romeo LINELEN=-1 LINELEN=1 CHANTYPES CASEMAPPING= NICKLEN=0 :x\r\n"
                         b":romeo!u@" + b"h" * 8000 + b" MODE romeo :+i\r\n:script.test 396 romeo " + b"h" * 8000 + b"\r\n"
                         b":juliet!j@h PRIVMSG romeo :\xff\xfe\xef\xbf\xbe <b>&amp;</b> ]]>\r\n")
        connection.serve()

    with ScriptedIrc(script) as server:
        gangway(prosody, section())
        romeo.register(IRC, script_fields(server))
        message = romeo.message(from_="juliet%127.0.0.1@" + IRC)
        assert message.body.endswith(" <b>&amp;</b> ]]>")
        romeo.message("short words " * 20, to="juliet%127.0.0.1@" + IRC, payload=RECEIPT)
        romeo.wait_for(lambda s: s.has("receipts:received"), "a receipt")
        romeo.unregister(IRC)
        pieces = [line for connection in server.connections for line in connection.lines if "PRIVMSG" in line]
        assert pieces and all(line.startswith("PRIVMSG juliet :short words") for line in pieces)


@pytest.mark.parametrize("words,kind", [("Closing Link: (K-Lined)", "hours"), ("Trying to reconnect too fast.", "trying")])
def test_a_server_that_throws_out(gangway, prosody, romeo, words, kind):
    def script(connection):
        connection.let_in()
        if len(server.connections) == 1:
            connection.serve()
        else:
            connection.say("ERROR :" + words)

    with ScriptedIrc(script) as server:
        gangway(prosody, section())
        romeo.register(IRC, script_fields(server))
        text = status(romeo, "Not connected")
        assert words in text and kind in text
        romeo.fence(IRC)
        assert len(server.connections) == 2
        romeo.unregister(IRC)


def test_services_take_the_nickname_away(gangway, prosody, romeo):
    """And give it back: the status is true all the time."""
    changes = [":romeo!r@h NICK :Guest123", ":Guest123!r@h NICK :romeo"]

    def script(connection):
        connection.let_in()
        connection.serve(lambda line: line.startswith("PRIVMSG nickserv") and connection.say(changes.pop(0)))

    with ScriptedIrc(script) as server:
        gangway(prosody, section())
        romeo.register(IRC, script_fields(server))
        status(romeo, "Connected to Script as romeo")
        romeo.message("later", to="nickserv%127.0.0.1@" + IRC)
        assert "the network has given you this name" in status(romeo, "Connected to Script as Guest123")
        romeo.forget()
        romeo.message("IDENTIFY montague", to="nickserv%127.0.0.1@" + IRC)
        assert status(romeo, "Connected to") == "Connected to Script as romeo"
        romeo.unregister(IRC)


def test_a_message_that_may_not_have_arrived(gangway, prosody, romeo):
    """The connection breaks between the message and the server's answer to the PING behind it."""
    def script(connection):
        connection.let_in()
        while True:
            line = connection.hear()
            if line is None or line.startswith("PRIVMSG"):
                return
            if line.startswith("QUIT"):
                connection.say("ERROR :bye")
                return
            if line.startswith("PING"):
                connection.say(":script.test PONG script.test " + line[5:])

    with logged_in(gangway, prosody, romeo, script):
        juliet = "juliet%127.0.0.1@" + IRC
        romeo.message("hello?", to=juliet, id="lost", payload=RECEIPT)
        error = romeo.wait_for_error(juliet, id="lost")
        assert error.error_condition == "recipient-unavailable" and "may not have arrived" in error.error_text
        romeo.unregister(IRC)


def test_what_was_read_when_no_room_was_left_is_not_lost(gangway, prosody, romeo):
    """The link to the XMPP server carries nothing, until IRC has to wait in the middle of all that is said there."""
    count = 4000
    may_speak = threading.Event()

    def script(connection):
        connection.let_in()
        if may_speak.wait(process.PATIENCE):
            connection.say(*(":juliet!j@h PRIVMSG romeo :%06d %s" % (number, "x" * 60) for number in range(count)))
        connection.serve()

    def trying(connection):
        connection.let_in()
        connection.serve()

    scripts = [trying, script]
    with ScriptedIrc(lambda connection: scripts.pop(0)(connection)) as server, StallingProxy(prosody.component_port) as proxy:
        daemon = gangway(prosody, section(), {"server": "127.0.0.1:%d" % proxy.port, "journal-size": 1})
        romeo.register(IRC, script_fields(server))
        status(romeo, "Connected to")
        proxy.stall()
        may_speak.set()
        daemon.wait_for_log("the network has to wait")
        proxy.cut()
        romeo.wait_for(lambda s: s.kind == "message" and (s.body or "").startswith("%06d" % (count - 1)), "the last one")
        bodies = [s.body[:6] for s in romeo.stanzas if s.kind == "message" and (s.body or "").endswith("xxx")]
        assert list(dict.fromkeys(bodies)) == ["%06d" % number for number in range(count)]
        romeo.unregister(IRC)


def test_a_flood_to_one_user_holds_up_nobody_else(gangway, prosody, romeo, connect):
    """The link to the XMPP server carries nothing, and what comes to one of two users would fill all that there is room for."""
    count = 3500
    may_speak, may_ask, is_answered = threading.Event(), threading.Event(), threading.Event()

    def trying(connection):
        connection.let_in()
        connection.serve()

    def pouring(connection):
        connection.let_in()
        if may_speak.wait(process.PATIENCE):
            connection.say(*(":nurse!n@h PRIVMSG romeo :%06d %s" % (number, "x" * 300) for number in range(count)))
        connection.serve()

    def asking(connection):
        connection.let_in("juliet")
        if may_ask.wait(process.PATIENCE):
            connection.say("PING :still here?")
            connection.expect("PONG")
            is_answered.set()
        connection.serve()

    juliet = connect("juliet@localhost/balcony", prosody)
    scripts = [trying, pouring, trying, asking]
    with ScriptedIrc(lambda connection: scripts.pop(0)(connection)) as server, StallingProxy(prosody.component_port) as proxy:
        daemon = gangway(prosody, section(), {"server": "127.0.0.1:%d" % proxy.port, "journal-size": 2})
        romeo.register(IRC, script_fields(server))
        status(romeo, "Connected to")
        juliet.register(IRC, script_fields(server, nick="juliet"))
        status(juliet, "Connected to")
        proxy.stall()
        may_speak.set()
        daemon.wait_for_log("too much of theirs waits for the XMPP server")
        may_ask.set()
        assert is_answered.wait(process.PATIENCE)
        assert "the network has to wait: too much waits" not in daemon.logs()
        proxy.cut()
        romeo.wait_for(lambda s: s.kind == "message" and (s.body or "").startswith("%06d" % (count - 1)), "the last one")
        bodies = [s.body[:6] for s in romeo.stanzas if s.kind == "message" and (s.body or "").endswith("xxx")]
        assert list(dict.fromkeys(bodies)) == ["%06d" % number for number in range(count)]
        romeo.unregister(IRC)
        juliet.unregister(IRC)
