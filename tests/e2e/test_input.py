# SPDX-License-Identifier: MPL-2.0
"""What clients can send that no client should: it is refused with a sentence, and nobody else notices."""

# rows: A16 W-3

import re

import pytest

from client import Client, IqError
from demo import DEMO, JID, register, resident
from servers import Prosody
from stanza import form_xml

ECHO = "echo@" + JID


@pytest.fixture(scope="module")
def roomy_prosody(tmp_path_factory):
    """Lets clients send more than a gateway wants to take."""
    with Prosody(tmp_path_factory.mktemp("roomy-prosody"), stanza_max_bytes=8 * 1024 * 1024) as server:
        yield server


class Pair:
    """romeo, who sends strange things, and juliet, whose chat goes on."""

    def __init__(self, server, daemon, connect):
        self.server = server
        self.daemon = daemon
        self.romeo = connect("romeo@localhost/orchard", server)
        self.juliet = connect("juliet@localhost/balcony", server)
        register(self.romeo)
        register(self.juliet)
        self.count = 0

    def check(self):
        """Both are served as ever, on the same stream as ever."""
        for user in (self.juliet, self.romeo):
            self.count += 1
            user.message("Still here %d" % self.count, to=ECHO)
            user.message("Still here %d" % self.count, from_=ECHO)
        assert self.daemon.log().count("connected to the XMPP server") == 1, self.daemon.logs()


@pytest.fixture
def pair(prosody, gangway, connect):
    return Pair(prosody, gangway(prosody, DEMO), connect)


@pytest.fixture
def roomy_pair(roomy_prosody, gangway, connect):
    return Pair(roomy_prosody, gangway(roomy_prosody, DEMO), connect)


# --- Size ---

def test_a_body_beyond_all_measure(roomy_pair):
    for size in (1500000, 7000000):
        id = roomy_pair.romeo.message("x" * size, to=ECHO)
        error = roomy_pair.romeo.wait_for_error(ECHO, id)
        assert error.error_condition == "policy-violation" and "too big" in error.error_text
    roomy_pair.check()


def test_an_iq_and_a_presence_beyond_all_measure(roomy_pair):
    with pytest.raises(IqError) as error:
        roomy_pair.romeo.iq("<query xmlns='jabber:iq:register'><misc>%s</misc></query>" % ("x" * 1200000), to=JID,
                            type="set")
    assert error.value.condition == "policy-violation"
    roomy_pair.romeo.presence(to=JID, status="x" * 1200000)
    roomy_pair.check()


def test_a_long_text_comes_back_whole(pair):
    text = "But soft, what light through yonder window breaks? " * 3000
    pair.romeo.message(text, to=ECHO)
    pair.romeo.message(text, from_=ECHO)
    pair.check()


def test_an_answer_that_the_server_would_not_take(pair):
    """`>` is four times as long once it is escaped, and a stanza of that size would cost everybody the stream."""
    pair.romeo.send("<message type='chat' to='%s' id='greater'><body>%s</body></message>" % (ECHO, ">" * 200000))
    answer = pair.romeo.wait_for(lambda s: s.is_from(resident("echo")) and s.has("client:body"), "the answer")
    text, remark = answer.text("client:body").rsplit("\n", 1)
    assert 50000 < len(text) < 200000 and not text.strip(">")
    assert remark == "[The rest was too long to be shown here.]"
    pair.check()


def flush(user):
    """The servers' parsers hold a long tag back until more comes (expat's reparse deferral)."""
    for i in range(3):
        user.send(" " * 150000)


def test_namespaces_that_multiply(xmpp_server, gangway, connect):
    """A few bytes for each element here; the server makes 40 MB of them, which must not cost everybody the stream."""
    pair = Pair(xmpp_server, gangway(xmpp_server, DEMO), connect)
    query = "<query xmlns='jabber:iq:register' xmlns:a='urn:%s' xmlns:b='urn:%s'><misc/>%s</query>" % (
        "a" * 20000, "b" * 20000, "<a:x/><b:y/>" * 1000)
    for user in (pair.romeo, connect("watcher@localhost/x", xmpp_server)):
        user.send("<iq type='set' id='long' to='%s'>%s</iq>" % (JID, query))
        flush(user)
        assert user.wait_for_error(JID, "long").error_condition == "policy-violation"
    pair.check()


@pytest.mark.parametrize("payload", [
    "<x>" * 500 + "</x>" * 500,
    "<x>" * 5000 + "</x>" * 5000,
    "<x %s/>" % " ".join("a%d='1'" % i for i in range(2000)),
    "<x>" + "<y/>" * 25000 + "</x>",
    "<x %s/>" % " ".join("xmlns:n%d='urn:%d' n%d:a='1'" % (i, i, i) for i in range(1000)),
], ids=["deep", "very-deep", "attributes", "children", "prefixes"])
def test_strange_shapes(roomy_pair, payload):
    pair = roomy_pair
    # Prosody itself stumbles when it has to store some of these.
    pair.romeo.send("<message to='%s' type='chat' id='shape'><body>hi</body><no-store xmlns='urn:xmpp:hints'/>%s</message>"
                    % (ECHO, payload))
    flush(pair.romeo)
    pair.romeo.wait_for(lambda s: s.id == "shape" or s.body == "hi", "an answer to the message")
    pair.romeo.send("<iq to='%s' type='get' id='shape'><query xmlns='jabber:iq:register'>%s</query></iq>" % (JID, payload))
    flush(pair.romeo)
    pair.romeo.wait_for(lambda s: s.kind == "iq" and s.id == "shape", "an answer to the iq")
    pair.romeo.send("<presence to='%s'>%s</presence>" % (JID, payload))
    flush(pair.romeo)
    pair.check()


# --- Addresses and ids ---

IDS = ["x" * 500, "ﷺ" * 166, "quotes ' \" and <angles> & more", "\U0001f339\U0001f5e1", "with\nline\tbreaks", " ", "%s%n%d"]


def test_strange_ids(xmpp_server, gangway, connect):
    pair = Pair(xmpp_server, gangway(xmpp_server, DEMO), connect)
    for id in IDS:
        check_id(pair.romeo, id)
    pair.check()


def check_id(romeo, id):
    def is_it(seen):
        # An attribute's line breaks are spaces by the time anybody reads them.
        return seen is not None and re.sub(r"\s", " ", seen) == re.sub(r"\s", " ", id)

    body = "Strangely named %r" % id
    romeo.message(body, to=ECHO, id=id, payload="<request xmlns='urn:xmpp:receipts'/>")
    romeo.message(body, from_=ECHO)
    romeo.wait_for(lambda s: s.has("receipts:received") and is_it(s.find("receipts:received").get("id")), "a receipt")
    romeo.message("To nobody", to="nobody@" + JID, id=id)
    romeo.wait_for(lambda s: s.kind == "message" and s.type == "error" and is_it(s.id), "an error")


LOCALS = ["x" * 1023, "a", "münchen", "ﬀ", "\U0001f339", "o\\27brien\\20jr", "\\22\\26\\27\\2f\\3a\\3c\\3e\\40\\5c",
          "ECHO", "echo\\40demo.localhost", "ーラ" * 100, "ß", "xn--mnchen-3ya"]


def test_addresses_at_the_limits(pair):
    for local in LOCALS:
        check_address(pair.romeo, "%s@%s" % (local, JID), "Is anybody called %s?" % local)
    pair.check()


def check_address(romeo, jid, body):
    """Whether there is such a contact or not: there is an answer. From whom: servers write addresses as they prepare them."""
    id = romeo.message(body, to=jid)
    romeo.wait_for(lambda s: s.kind == "message" and (s.id == id and s.type == "error" or s.body == body and s.type == "chat"),
                   "an answer of any kind to " + jid)
    for payload in ("<query xmlns='http://jabber.org/protocol/disco#info'/>", "<vCard xmlns='vcard-temp'/>",
                    "<ping xmlns='urn:xmpp:ping'/>"):
        id = romeo.new_id()
        romeo.send("<iq type='get' id='%s' to='%s'>%s</iq>" % (id, jid, payload))
        romeo.wait_for(lambda s: s.kind == "iq" and s.id == id, "an answer to %s by %s" % (payload, jid))
    romeo.presence(to=jid, type="subscribe")
    romeo.presence(to=jid, type="unsubscribe")


def test_long_and_strange_resources(pair):
    for resource in ("r" * 1023, "\U0001f339 of the world", "a/b@c", "  spaced  "):
        with Client("romeo@localhost/" + resource, pair.server) as other:
            other.presence(to=JID)
            other.message("help", to=JID)
            other.message(from_=JID)
            assert other.disco_info(JID)
    pair.check()


# --- Characters ---

CHARACTERS = ["\x01", "\x0b", "\x1f", "\x7f", "\x85", "\ufffe", "\uffff", "\ufdd0", "\U0010ffff", "\u202e\u2066\u200b",
              "&#x1;", "&#0;", "&#xD800;", "&#xFFFF;"]


def test_strange_characters(pair):
    """Servers close the client's stream for most of them; what comes through is carried, or repaired, never fatal."""
    for number, text in enumerate(CHARACTERS):
        with Client("romeo@localhost/strange%d" % number, pair.server) as strange:
            strange.send("<message to='%s' type='chat' id='c%s'><body>before%safter</body></message>" % (ECHO, text, text))
    pair.check()


# --- Shape and type ---

def test_iqs_that_are_none(pair):
    romeo = pair.romeo
    for attributes, content in (("type='get' id='a'", ""), ("type='set' id='b'", ""),
                                ("type='get' id='c'", "<ping xmlns='urn:xmpp:ping'/><ping xmlns='urn:xmpp:ping'/>"),
                                ("type='get' id='d'", "<ping xmlns='urn:nobody:knows'/>"),
                                ("type='set' id='e'", "<query xmlns='jabber:iq:register'/>"),
                                ("type='get' id='f'", "just text"),
                                ("type='get' id=''", "<ping xmlns='urn:xmpp:ping'/>")):
        romeo.send("<iq to='%s' %s>%s</iq>" % (JID, attributes, content))
    for id in "abcdef":
        # Prosody answers some of them itself.
        answer = romeo.wait_for(lambda s: s.kind == "iq" and s.id == id, "an answer to %s" % id)
        assert answer.type in ("error", "result")
    for odd in ("<iq to='%s' type='result' id='nobody-asked'/>", "<iq to='%s' type='error' id='nor-this'/>",
                "<iq to='%s' type='error' id='e2'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
                "</error></iq>"):
        romeo.send(odd % JID)
        romeo.send(odd % ECHO)
    pair.check()


def test_messages_of_strange_types(pair):
    romeo = pair.romeo
    id = romeo.message("To a room?", to=ECHO, type="groupchat")
    assert romeo.wait_for_error(ECHO, id).error_condition == "not-acceptable"
    romeo.message("Read all about it", to=ECHO, type="headline")
    romeo.message("Unheard of", to=ECHO, type="telegram")
    romeo.message("An error", to=ECHO, type="error")
    romeo.message("help", to=JID, type="error")
    romeo.message("help", to=JID, type="groupchat")
    romeo.message("help", to=JID, type="headline")
    romeo.send("<message to='%s' type='chat'/>" % ECHO)
    romeo.send("<message to='%s' type='chat'><body/></message>" % ECHO)
    romeo.send("<message to='%s' type='chat'><body>first</body><body>second</body></message>" % ECHO)
    romeo.send("<message to='%s' type='chat'><body xmlns='urn:other'>none</body></message>" % ECHO)
    pair.check()
    assert not romeo.find(lambda s: s.body in ("An error", "Read all about it") and s.is_from(ECHO) and s.type != "error")
    assert not romeo.find(lambda s: s.is_from(JID) and s.body and "unregister" in s.body and s.type == "chat")


def test_encrypted_messages(pair):
    romeo = pair.romeo
    id = romeo.message("I sent you an OMEMO encrypted message", to=ECHO, payload=(
        "<encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'><key rid='2'>AAAA</key><iv>AAAA</iv></header>"
        "<payload>AAAA</payload></encrypted><encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl' "
        "name='OMEMO'/>"))
    error = romeo.wait_for_error(ECHO, id)
    assert error.error_condition == "not-acceptable" and "OMEMO" in error.error_text
    romeo.send("<message to='%s' type='chat' id='omemo2'><encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/>"
               "<payload>AAAA</payload></encrypted></message>" % ECHO)
    romeo.wait_for_error(ECHO, "omemo2")
    romeo.message("-----BEGIN PGP MESSAGE-----", to=JID, payload="<x xmlns='jabber:x:encrypted'>AAAA</x>")
    romeo.wait_for(lambda s: s.is_from(JID) and s.body and "switch encryption off" in s.body, "a word about encryption")
    pair.check()


def test_presences_of_strange_types(pair):
    romeo = pair.romeo
    for type in ("nonsense", "error", "probe", "invisible", "subscribed", "unsubscribed"):
        for to in (JID, ECHO, "nobody@" + JID, ECHO + "/odd"):
            romeo.presence(to=to, type=type)
    romeo.presence(to=JID, show="dancing", status="odd")
    romeo.send("<presence to='%s'><priority>very high</priority><show/><status/><c xmlns='http://jabber.org/protocol/caps'/>"
               "<x xmlns='vcard-temp:x:update'/></presence>" % JID)
    romeo.send("<presence to='%s'><priority>-99999999999999999999</priority><c xmlns='http://jabber.org/protocol/caps' "
               "hash='sha-1' node='%s' ver=''/></presence>" % (JID, "n" * 5000))
    pair.check()


# --- Forms ---

def refusal(user, payload, to=JID):
    with pytest.raises(IqError) as error:
        user.iq("<query xmlns='jabber:iq:register'>%s</query>" % payload, to=to, type="set")
    return error.value


def test_registration_forms_that_are_wrong(prosody, gangway, connect):
    # rows: B7 B13 C14
    daemon = gangway(prosody, DEMO)
    juliet = connect("juliet@localhost/balcony", prosody)
    register(juliet)
    romeo = connect("romeo@localhost/orchard", prosody)
    missing = refusal(romeo, form_xml({"password": "secret"}))
    assert missing.condition == "not-acceptable" and "name" in missing.text.lower()
    empty = refusal(romeo, form_xml({"username": "  ", "password": "secret"}))
    assert empty.condition == "not-acceptable"
    several = refusal(romeo, form_xml({"username": ["romeo", "juliet"], "password": "secret"}))
    assert several.condition == "not-acceptable"
    repeated = refusal(romeo, form_xml({"username": "romeo"}).replace(
        "</x>", "<field var='username'><value>juliet</value></field></x>"))
    assert repeated.condition == "not-acceptable" and "more than once" in repeated.text
    long = refusal(romeo, form_xml({"username": "r" * 5000, "password": "secret"}))
    assert long.condition == "not-acceptable"
    longer = refusal(romeo, form_xml({"username": "r" * 150000, "password": "secret"}))
    assert longer.condition in ("not-acceptable", "policy-violation")
    control = refusal(romeo, form_xml({"username": "ro\u202emeo", "password": "secret"}))
    assert control.condition == "not-acceptable"
    for text in (missing.text, empty.text, several.text, repeated.text, long.text, longer.text, control.text):
        assert text and len(text) < 400
    for odd in ("<x xmlns='jabber:x:data'/>", "<x xmlns='jabber:x:data' type='result'/>",
                "<x xmlns='jabber:x:data' type='submit'/>", "<x xmlns='jabber:x:data' type='submit'><field/></x>",
                "<x xmlns='jabber:x:data' type='submit'><field var='username'/></x>",
                "<x xmlns='jabber:x:data' type='submit'><field var='username'><value>romeo</value></field></x>"
                "<remove/>", "<username>romeo</username><username>juliet</username>"):
        refusal(romeo, odd)
    romeo.message("Am I in?", to=ECHO)
    assert romeo.wait_for_error(ECHO).error_condition == "registration-required"
    # Unknown fields are nobody's business.
    fields = dict({"unknown%d" % i: "x" for i in range(200)}, username="romeo", password="secret")
    romeo.register(JID, fields)
    romeo.message("Am I in now?", to=ECHO)
    romeo.message("Am I in now?", from_=ECHO)
    assert re.findall("registered$", daemon.log(), re.M)
    juliet.message("Still here", to=ECHO)
    juliet.message("Still here", from_=ECHO)


def test_cancelled_forms(pair):
    """XEP-0004 section 3.1: a form of the type cancel."""
    answer = pair.romeo.iq("<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='cancel'/></query>", to=JID,
                           type="set", check=False)
    assert answer.type in ("error", "result")
    pair.check()


def test_commands_that_are_wrong(pair):
    # rows: C5 C7
    def command(attributes, payload="", user=pair.romeo):
        return user.iq("<command xmlns='http://jabber.org/protocol/commands' %s>%s</command>" % (attributes, payload),
                       to=JID, type="set", check=False)

    nodes = list(pair.romeo.commands(JID))
    assert nodes
    assert command("").error_condition == "bad-request" or command("").type == "error"
    assert command("node='no such command'").error_condition == "item-not-found"
    assert command("node='%s' sessionid='made-up' action='next'" % nodes[0]).type == "error"
    assert command("node='%s' action='dance'" % nodes[0]).error_condition == "bad-request"
    for node in nodes:
        try:
            started = pair.romeo.command(JID, node)
        except IqError as error:
            assert error.text
            continue
        if started.session and started.status == "executing":
            wrong = command("node='%s' sessionid='%s' action='next'" % (node, started.session),
                            "<x xmlns='jabber:x:data' type='submit'><field var='confirm'><value>maybe</value></field>"
                            "<field var='sync_presence'><value>perhaps</value></field></x>")
            assert wrong.type == "error" or wrong.find("commands:command").get("status") != "completed", wrong
            # Somebody else's session is nobody's.
            stolen = command("node='%s' sessionid='%s' action='next'" % (node, started.session), user=pair.juliet)
            assert stolen.type == "error"
            command("node='%s' sessionid='%s' action='cancel'" % (node, started.session))
    pair.check()


def test_text_commands_that_are_wrong(pair):
    # rows: C10 W-31
    romeo = pair.romeo
    for text in ("dance", "help dance", "find " + "x" * 10000, "%s%s%n", "\n\n\n", "   ", "HELP", "register",
                 "unregister please\nno"):
        romeo.message(text, to=JID)
    romeo.message("abort", to=JID)
    pair.check()
    assert romeo.find(lambda s: s.is_from(JID) and s.body and "do not know “dance”" in s.body)
