# SPDX-License-Identifier: MPL-2.0
"""An ordinary day with a gateway: finding people, writing to them, seeing them come and go, and small troubles."""

import re

import pytest

import modules
from client import IqError
from demo import DEMO, JID, register, resident, wait_connected

ECHO = "echo@" + JID


def says(user, text, from_=JID):
    return user.wait_for(lambda s: s.kind == "message" and s.is_from(from_) and s.type != "error" and s.body and
                         text in s.body, "“%s” from %s" % (text, from_))


@pytest.fixture
def town(gangway, connect):
    """town(server): romeo and juliet, both on the demo network."""
    def make(server, **options):
        daemon = gangway(server, {JID: dict(DEMO[JID], **options)})
        romeo, juliet = connect("romeo@localhost/orchard", server), connect("juliet@localhost/balcony", server)
        register(romeo)
        register(juliet)
        return romeo, juliet, daemon
    return make


# --- Finding people ---

def test_finding_people(xmpp_server, town):
    # rows: B20 C22 D1 D2 D3
    romeo, juliet, _ = town(xmpp_server)
    form = romeo.iq("<query xmlns='jabber:iq:search'/>", to=JID).form
    assert form.title == "Find people on the demo network" and form["name"].required
    rows = romeo.search(JID, {"name": "jul"}).rows
    assert rows == [{"jid": "juliet@" + JID, "name": "juliet"}]
    romeo.message("find jul", to=JID)
    assert "xmpp:juliet@" + JID in says(romeo, "juliet").body
    romeo.message("find", to=JID)
    says(romeo, "Name, or a part of it")
    romeo.message("juliet", to=JID)
    says(romeo, "xmpp:juliet@" + JID)
    romeo.message("find nobody-like-this", to=JID)
    says(romeo, "o")
    asked = romeo.iq("<query xmlns='jabber:iq:gateway'/>", to=JID)
    assert asked.text("gateway:query/gateway:desc") or asked.text("gateway:query/gateway:prompt")
    answer = romeo.iq("<query xmlns='jabber:iq:gateway'><prompt>juliet</prompt></query>", to=JID, type="set")
    assert answer.text("gateway:query/gateway:jid") == "juliet@" + JID
    with pytest.raises(IqError) as error:
        romeo.iq("<query xmlns='jabber:iq:gateway'><prompt>nobody-like-this</prompt></query>", to=JID, type="set")
    assert error.value.condition == "item-not-found"
    # What was found can be written to.
    romeo.message("Found you", to=rows[0]["jid"])
    juliet.message("Found you", from_=resident("romeo"))


def test_strangers_find_nobody(prosody, town, connect):
    # rows: D1 V2 A22
    town(prosody)
    stranger = connect("watcher@localhost/tower", prosody)
    for payload, type in (("<query xmlns='jabber:iq:search'/>", "get"),
                          ("<query xmlns='jabber:iq:gateway'><prompt>juliet</prompt></query>", "set")):
        with pytest.raises(IqError) as error:
            stranger.iq(payload, to=JID, type=type)
        assert error.value.condition == "registration-required" and "register" in error.value.text
    for jid in ("juliet@" + JID, "nobody@" + JID):
        id = stranger.message("Who is there?", to=jid)
        error = stranger.wait_for_error(jid, id)
        assert error.error_condition == "registration-required" and "register" in error.error_text
        with pytest.raises(IqError) as error:
            stranger.disco_info(jid)
        assert error.value.condition == "registration-required"


def test_neighbours_may_not_register(prosody, town, connect):
    # rows: B12 V3 W-42
    town(prosody)
    mercutio = connect("mercutio@elsewhere.localhost/street", prosody)
    for attempt in (lambda: mercutio.registration(JID),
                    lambda: mercutio.register(JID, {"username": "mercutio", "password": "x"}),
                    lambda: mercutio.command(JID, "jabber:iq:register")):
        with pytest.raises(IqError) as error:
            attempt()
        assert error.value.condition == "not-allowed" and error.value.text
    mercutio.message("register", to=JID)
    says(mercutio, "not among those")


# --- Commands ---

def test_commands_in_the_chat(prosody, town):
    # rows: C8 C9 C12 C20 C24 C28 C30
    romeo, juliet, _ = town(prosody)
    romeo.message("help", to=JID)
    text = says(romeo, "status").body
    for keyword in ("contacts", "find", "preferences", "status", "unregister"):
        assert re.search(r"\b%s\b" % keyword, text), text
    assert not re.search(r"^(register|re-login|delete_user)\b", text, re.M)
    romeo.message("help preferences", to=JID)
    says(romeo, "preferences")
    romeo.message("status", to=JID)
    says(romeo, "Connected as romeo")
    romeo.message("contacts", to=JID)
    text = says(romeo, "xmpp:echo@" + JID).body
    assert "xmpp:clock@" + JID in text
    romeo.message("preferences", to=JID)
    says(romeo, "Show my presence on the network")
    romeo.message("no", to=JID)
    says(romeo, "keep what I write for")
    romeo.message("A day", to=JID)
    romeo.fence(JID)
    romeo.message("unregister", to=JID)
    says(romeo, "yes or no")
    romeo.message("no", to=JID)
    says(romeo, "nothing was done")
    romeo.message("unregister", to=JID)
    says(romeo, "yes or no")
    romeo.message("yes", to=JID)
    romeo.wait_for_presence(JID, type="unavailable")
    assert JID not in romeo.roster() and ECHO not in romeo.roster()
    juliet.message("I am still here", to=ECHO)
    juliet.message("I am still here", from_=resident("echo"))


def test_commands_in_the_menu(xmpp_server, town):
    # rows: C3 C4 C5 C6 C24 C28 C30
    romeo, _, _ = town(xmpp_server)
    names = romeo.commands(JID)
    nodes = {node.split(":")[-1].split("/")[-1]: node for node in names}
    assert {"contacts", "preferences", "status", "unregister"} <= set(nodes), names
    assert not {"register", "delete_user", "list_users", "loglevel"} & set(nodes), names
    status = romeo.command(JID, nodes["status"])
    assert status.status == "completed"
    preferences = romeo.command(JID, nodes["preferences"])
    assert preferences.form["sync_presence"].value in ("1", "true")
    assert preferences.complete({"sync_presence": False}).status == "completed"
    preferences = romeo.command(JID, nodes["preferences"])
    assert preferences.form["sync_presence"].value in ("0", "false")
    assert preferences.cancel().status == "canceled"
    assert "re-login" not in nodes
    leaving = romeo.command(JID, nodes["unregister"])
    assert leaving.complete({"confirm": False}).status == "completed"
    romeo.message("Not gone", to=ECHO)
    romeo.message("Not gone", from_=resident("echo"))
    romeo.command(JID, nodes["unregister"]).complete({"confirm": True})
    romeo.wait_for_presence(JID, type="unavailable")
    assert "jabber:iq:register" in romeo.commands(JID)


# A network that refuses the first login.
REFUSING_LOGIN = """
static void login(struct gw_request *req, struct gw_session *session) {
	static int attempts;
	(void)session;
	if (++attempts == 1) {
		gw_request_fail_login(req, GW_LOSS_CREDENTIALS, "The password has expired.");
	} else {
		gw_request_ok(req);
	}
}
"""


@pytest.mark.parametrize("way", ["chat", "menu"])
def test_logging_in_again(prosody, gangway, connect, tmp_path, way):
    # rows: C29 Q3 W-18
    daemon = gangway(prosody, {JID: {"module": modules.build(tmp_path, "refusing", login=REFUSING_LOGIN)}})
    romeo = connect("romeo@localhost/orchard", prosody)
    romeo.register(JID, {"username": "romeo", "password": "x"})
    refused = romeo.wait_for(lambda s: s.kind == "presence" and s.show == "dnd" and "expired" in (s.status or ""),
                             "the status that tells of the refusal")
    assert "re-login" in refused.status and "credentials" in refused.status
    says(romeo, "The password has expired.")
    if way == "chat":
        romeo.message("help", to=JID)
        assert re.search(r"^re-login\b", says(romeo, "This is the gateway").body, re.M)
        romeo.message("re-login", to=JID)
    else:
        node, = [node for node in romeo.commands(JID) if node.endswith("re-login")]
        assert romeo.command(JID, node).status == "completed"
    wait_connected(romeo)
    assert not [node for node in romeo.commands(JID) if node.endswith("re-login")]
    assert len(re.findall("romeo@localhost: logged in", daemon.log())) == 1


def test_admins_have_more_commands(prosody, town):
    # rows: B15 C31 C32 C33 C34 B19
    romeo, juliet, daemon = town(prosody, admins="romeo@localhost")
    says(romeo, "juliet@localhost has registered")
    juliet.message("list_users", to=JID)
    refused = juliet.wait_for_error(JID)
    assert refused.error_condition in ("forbidden", "not-authorized")
    romeo.message("list_users", to=JID)
    text = says(romeo, "juliet@localhost").body
    assert "romeo@localhost" in text
    romeo.message("info", to=JID)
    says(romeo, "Gangway")
    romeo.message("delete_user", to=JID)
    says(romeo, "?")
    romeo.message("juliet@localhost", to=JID)
    says(romeo, "yes or no")
    romeo.message("yes", to=JID)
    juliet.wait_for_presence(JID, type="unavailable")
    romeo.message("Are you there?", to="juliet@" + JID)
    assert "not connected" in romeo.wait_for_error("juliet@" + JID).error_text
    romeo.message("Still there?", to=ECHO)
    romeo.message("Still there?", from_=resident("echo"))


# --- Presence ---

def make_friends(romeo, juliet):
    """Who writes to somebody appears in that one's contact list."""
    romeo.message("Hello Juliet", to="juliet@" + JID)
    juliet.message("Hello Juliet", from_=resident("romeo"))
    juliet.message("Hello Romeo", to="romeo@" + JID)
    romeo.message("Hello Romeo", from_=resident("juliet"))


def test_presence_goes_both_ways(prosody, town):
    # rows: Q12 F1 C28
    romeo, juliet, _ = town(prosody)
    make_friends(romeo, juliet)
    romeo.presence(show="away", status="On the wall")
    juliet.wait_for_presence(resident("romeo"), show="away", status="On the wall")
    juliet.presence(show="dnd", status="Asleep")
    romeo.wait_for_presence(resident("juliet"), show="dnd", status="Asleep")
    romeo.presence()
    juliet.wait_for_presence(resident("romeo"), show=None, status=None)
    romeo.message("preferences", to=JID)
    says(romeo, "Show my presence")
    romeo.message("no", to=JID)
    says(romeo, "keep what I write for")
    romeo.message("ok", to=JID)
    romeo.fence(JID)
    juliet.forget()
    romeo.presence(show="xa", status="A secret")
    romeo.fence(JID)
    juliet.fence(JID)
    assert not juliet.find(lambda s: s.kind == "presence" and s.status == "A secret")
    # And a resident who takes a walk.
    romeo.message("go away", to=ECHO)
    romeo.wait_for_presence(resident("echo"), show="away", status="Gone for a walk")
    romeo.message("come back", to=ECHO)
    romeo.wait_for_presence(resident("echo"), show=None)


def test_somebody_without_a_client_is_still_on_the_network(prosody, town, connect):
    # rows: Q12 Q13
    romeo, juliet, _ = town(prosody)
    make_friends(romeo, juliet)
    romeo.presence(type="unavailable")
    juliet.wait_for_presence(resident("romeo"), show="xa")
    juliet.message("For when you are back", to="romeo@" + JID)
    juliet.fence(JID)
    back = connect("romeo@localhost/street", prosody)
    back.message("For when you are back", from_=resident("juliet"))
    juliet.wait_for_presence(resident("romeo"), show=None)


def test_two_clients_of_one_user(prosody, town, connect):
    # rows: Q12 A23
    romeo, juliet, _ = town(prosody)
    make_friends(romeo, juliet)
    phone = connect("romeo@localhost/phone", prosody, presence=False)
    phone.presence(show="dnd", status="On the phone", payload="<priority>5</priority>")
    juliet.wait_for_presence(resident("romeo"), show=None)
    phone.wait_for_presence(resident("echo"))
    for client in (romeo, phone):
        client.iq("<enable xmlns='urn:xmpp:carbons:2'/>", type="set")
    juliet.message("To all of you", to="romeo@" + JID)
    for client in (romeo, phone):
        client.wait_for(lambda s: "To all of you" in s.string and s.kind == "message", "the message")
    phone.message("From the phone", to="juliet@" + JID)
    juliet.message("From the phone", from_=resident("romeo"))
    # The server tells the other client what this one wrote.
    romeo.wait_for(lambda s: s.has("carbons:sent") and "From the phone" in s.string, "a carbon")
    phone.close()
    juliet.message("Where did you go?", to="romeo@" + JID)
    romeo.message("Where did you go?", from_=resident("juliet"))


# --- Messages ---

def test_read_marks_and_receipts(xmpp_server, town):
    # rows: G11 H3 H6
    romeo, juliet, _ = town(xmpp_server)
    sent = romeo.message("Read this", to="juliet@" + JID, payload="<request xmlns='urn:xmpp:receipts'/>"
                         "<markable xmlns='urn:xmpp:chat-markers:0'/>")
    romeo.wait_for(lambda s: s.has("receipts:received") and s.find("receipts:received").get("id") == sent, "a receipt")
    arrived = juliet.message("Read this", from_=resident("romeo"))
    juliet.message(to=resident("romeo"), payload="<displayed xmlns='urn:xmpp:chat-markers:0' id='%s'/>" % arrived.id)
    mark = romeo.wait_for(lambda s: s.has("markers:displayed"), "a read mark")
    assert mark.is_from(resident("juliet")) and mark.find("markers:displayed").get("id") == sent


def test_messages_are_changed_and_taken_back(xmpp_server, town):
    # rows: H2 H3 H8 H9 P27 R4
    romeo, juliet, _ = town(xmpp_server)
    features = romeo.disco_info("juliet@%s/gangway" % JID)[1]
    assert {"urn:xmpp:message-correct:0", "urn:xmpp:message-retract:1"} <= features
    replace = "<replace xmlns='urn:xmpp:message-correct:0' id='%s'/>"
    sent = romeo.message("What light through yonder airlock breaks?", to="juliet@" + JID)
    first = juliet.message("What light through yonder airlock breaks?", from_=resident("romeo"))
    edit = romeo.message("What light through yonder window breaks?", to="juliet@" + JID,
                         payload=replace % sent + "<request xmlns='urn:xmpp:receipts'/>")
    second = juliet.message("What light through yonder window breaks?", from_=resident("romeo"))
    assert second.find("correct:replace").get("id") == first.id
    romeo.wait_for(lambda s: s.has("receipts:received") and s.find("receipts:received").get("id") == edit, "a receipt")
    # Once more: the original is what is named.
    romeo.message("But soft!", to="juliet@" + JID, payload=replace % sent)
    assert juliet.message("But soft!", from_=resident("romeo")).find("correct:replace").get("id") == first.id
    romeo.message(to="juliet@" + JID, payload="<retract xmlns='urn:xmpp:message-retract:1' id='%s'/>" % sent)
    back = juliet.wait_for(lambda s: s.has("retract:retract"), "a retraction")
    assert back.is_from(resident("romeo")) and back.find("retract:retract").get("id") == first.id
    # Not hers, and not by Romeo: nothing is taken back.
    answer = juliet.message("Wherefore art thou Romeo?", to=resident("romeo"))
    theirs = romeo.message("Wherefore art thou Romeo?", from_=resident("juliet"))
    id = romeo.message(to="juliet@" + JID, payload="<retract xmlns='urn:xmpp:message-retract:1' id='%s'/>" % theirs.id)
    assert romeo.wait_for_error("juliet@" + JID, id).error_condition == "item-not-found"
    # A client that knows no retractions leaves nothing of the text.
    juliet.message("", to=resident("romeo"), payload=replace % answer)
    back = romeo.wait_for(lambda s: s.has("retract:retract"), "a retraction")
    assert back.is_from(resident("juliet")) and back.find("retract:retract").get("id") == theirs.id


def test_messages_that_cannot_arrive(xmpp_server, town):
    # rows: H1 H2 V4 V8
    romeo, juliet, daemon = town(xmpp_server)
    make_friends(romeo, juliet)
    id = romeo.message("Is anybody called so?", to="nobody@" + JID)
    unknown = romeo.wait_for_error("nobody@" + JID, id)
    assert unknown.error_condition == "item-not-found" and "nobody@" in unknown.error_text
    juliet.unregister(JID)
    juliet.wait_for_presence(JID, type="unavailable")
    id = romeo.message("Where are you?", to="juliet@" + JID)
    gone = romeo.wait_for_error("juliet@" + JID, id)
    assert gone.error_condition == "recipient-unavailable" and "not connected" in gone.error_text
    id = juliet.message("May I?", to=resident("romeo"))
    stranger = juliet.wait_for_error("romeo@" + JID, id)
    assert stranger.error_condition == "registration-required" and "register" in stranger.error_text


def test_what_residents_do(prosody, town):
    # rows: G5 G8 G9 G10 G12 G13
    romeo, _, _ = town(prosody)
    romeo.message("help", to=ECHO)
    assert "drop my connection" in says(romeo, "I obey", ECHO).body
    romeo.message("type", to=ECHO)
    romeo.wait_for(lambda s: s.is_from(ECHO) and s.has("states:composing"), "typing")
    romeo.message("edit", to=ECHO)
    first = says(romeo, "I wil change this.", ECHO)
    second = says(romeo, "I will change this. Now I have.", ECHO)
    assert second.find("correct:replace").get("id") == first.id
    romeo.message("take back", to=ECHO)
    said = says(romeo, "I did not say this.", ECHO)
    back = romeo.wait_for(lambda s: s.has("retract:retract"), "a retraction")
    assert back.find("retract:retract").get("id") == said.id
    liked = romeo.message("like", to=ECHO)
    reaction = romeo.wait_for(lambda s: s.has("reactions:reactions"), "a reaction")
    assert reaction.find("reactions:reactions").get("id") == liked
    assert reaction.text("reactions:reactions/reactions:reaction") == "\U0001f44d"
    read = romeo.message("read", to=ECHO)
    mark = romeo.wait_for(lambda s: s.has("markers:displayed"), "a read mark")
    assert mark.find("markers:displayed").get("id") == read
    asked = romeo.message("What time is it?", to="clock@" + JID)
    answer = says(romeo, "It is", "clock@" + JID)
    assert answer.find("reply:reply").get("id") == asked
    romeo.message("cat", to="gallery@" + JID)
    says(romeo, "o.o", "gallery@" + JID)


def test_a_dropped_connection_comes_back_by_itself(xmpp_server, town):
    # rows: Q3 Q4 Q7 W-2
    romeo, juliet, daemon = town(xmpp_server)
    romeo.forget()
    romeo.message("drop my connection", to=ECHO)
    lost = romeo.wait_for_presence(JID, show="away")
    assert "Not connected" in lost.status and "keeps trying" in lost.status
    # While it is away, nothing is swallowed.
    id = romeo.message("Can you hear me?", to=ECHO)
    error = romeo.wait_for(lambda s: s.kind == "message" and (s.id == id and s.type == "error" or s.body == "Can you hear me?"),
                           "an answer")
    if error.type == "error":
        assert error.error_condition == "recipient-unavailable" and "Not connected" in error.error_text
    back = romeo.wait_for_presence(JID, show="chat")
    assert back.status == "Connected as romeo"
    romeo.wait_for_presence(resident("echo"))
    romeo.message("And now?", to=ECHO)
    romeo.message("And now?", from_=resident("echo"))
    shown = romeo.find(lambda s: s.kind == "presence" and s.from_ == JID and s.type is None)
    assert len([s for s in shown if s.show == "away"]) == 1
    # Nobody was bothered with messages about it, and nobody else was concerned.
    assert not romeo.find(lambda s: s.is_from(JID) and s.body and "Not connected" in s.body)
    assert len(re.findall("juliet@localhost: logged in", daemon.log())) == 1
