# SPDX-License-Identifier: MPL-2.0
"""Registering with a second step, commands in menus and in the chat, search, and leaving: as clients live it."""

import pytest

from client import IqError

DEMO = "demo.localhost"
LIST = "gangway:command:contacts/contacts"


@pytest.fixture
def demo(gangway):
    """demo(server, registration): the demo network, to be registered with by form, code or qr."""
    return lambda server, registration="form": gangway(
        server, {DEMO: {"module": "demo", "registration": registration}})


def says(user, text):
    """Waits for the gateway to write something with this text in it."""
    return user.wait_for(lambda s: s.kind == "message" and s.is_from(DEMO) and s.body and text in s.body,
                         "“%s”" % text)


def is_registered(user):
    return user.registration(DEMO).has("register:query/register:registered")


def test_a_code_is_asked_for_in_the_chat(xmpp_server, demo, connect):
    # rows: B1 B7 B9 B15 G20
    demo(xmpp_server, "code")
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    with pytest.raises(IqError) as error:
        romeo.register(DEMO, {"username": "romeo", "password": "x"})
    assert error.value.condition == "not-acceptable" and "Almost there" in error.value.text
    says(romeo, "What is it?")
    romeo.message("654321", to=DEMO)
    says(romeo, "This code is wrong")
    assert not is_registered(romeo)
    romeo.message("123456", to=DEMO)
    says(romeo, "right code")
    romeo.wait_for_presence(DEMO, show="chat")
    assert is_registered(romeo)


def test_a_code_by_command(prosody, demo, connect):
    # rows: B8 B9 C3 C5 C21
    demo(prosody, "code")
    romeo = connect("romeo@localhost/orchard", prosody)
    assert "jabber:iq:register" in romeo.commands(DEMO) and LIST not in romeo.commands(DEMO)
    command = romeo.command(DEMO, "jabber:iq:register")
    assert command.status == "executing" and "next" in command.actions
    command.next({"username": "romeo", "password": "x"})
    assert "code" in command.form and "prev" in command.actions
    command.previous()
    assert command.form["username"].value == "romeo" and not command.form["password"].value
    command.next({"username": "romeo", "password": "x"})
    command.next({"code": "1"})
    assert command.status == "executing" and "code" in command.form
    command.next({"code": "123456"})
    while command.status == "executing":
        command.complete({})
    assert "registered" in command.note
    romeo.wait_for_presence(DEMO, show="chat")


def test_a_qr_code_by_command(prosody, demo, connect):
    # rows: B8 B10
    demo(prosody, "qr")
    romeo = connect("romeo@localhost/orchard", prosody)
    juliet = connect("juliet@localhost/balcony", prosody)
    command = romeo.command(DEMO, "jabber:iq:register")
    command.next({"username": "romeo", "password": "x"})
    assert command.form["qr_text"].value == "gangway-demo:romeo@localhost"
    assert command.form["qr_img_url"].value.startswith("http")
    says(romeo, "gangway-demo:romeo@localhost")
    juliet.message("link gangway-demo:romeo@localhost", to=DEMO)
    says(juliet, "Linked")
    command.next({})
    while command.status == "executing":
        command.complete({})
    assert "registered" in command.note
    romeo.wait_for_presence(DEMO, show="chat")


def test_everything_in_the_chat(xmpp_server, demo, connect):
    # rows: C8 C9 C10 C12 C13 C15 C16 C20 C24 C30
    demo(xmpp_server)
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    romeo.message("help", to=DEMO)
    assert "register --" in says(romeo, "This is the gateway to").body
    romeo.message("register", to=DEMO)
    says(romeo, "Your name on the demo network? (or “abort”)")
    romeo.message("Not a name!", to=DEMO)
    says(romeo, "?")
    romeo.message("-", to=DEMO)
    says(romeo, "A name is made of")
    romeo.message("register", to=DEMO)
    says(romeo, "Your name on the demo network? (or “abort”)")
    romeo.message("romeo", to=DEMO)
    says(romeo, "Password")
    romeo.message("-", to=DEMO)
    romeo.wait_for_presence(DEMO, show="chat")
    romeo.message("abort", to=DEMO)
    sent = romeo.message("contacts", to=DEMO, payload="<request xmlns='urn:xmpp:receipts'/>")
    assert "xmpp:echo@demo.localhost" in says(romeo, "Your contacts").body
    romeo.wait_for(lambda s: s.kind == "message" and "urn:xmpp:receipts" in s.string and sent in s.string, "a receipt")
    odd = romeo.message("contracts", to=DEMO)
    says(romeo, "Did you mean “contacts”?")
    assert romeo.wait_for_error(DEMO, odd).error_condition == "item-not-found"
    romeo.message("unregister", to=DEMO)
    says(romeo, "yes or no?")
    romeo.message("yes", to=DEMO)
    says(romeo, "You are not registered any more")
    assert not is_registered(romeo)


def test_search(prosody, demo, connect):
    # rows: D1 D2 D3 D4 B20
    demo(prosody)
    romeo = connect("romeo@localhost/orchard", prosody)
    juliet = connect("juliet@localhost/balcony", prosody)
    for user, name in ((romeo, "romeo"), (juliet, "juliet")):
        user.register(DEMO, {"username": name, "password": "x"})
        user.wait_for_presence(DEMO, show="chat")
    assert "jabber:iq:search" in romeo.iq("<query xmlns='http://jabber.org/protocol/disco#info'/>", to=DEMO).string
    var, = [v for v in romeo.iq("<query xmlns='jabber:iq:search'/>", to=DEMO).form.fields if v != "FORM_TYPE"]
    found = romeo.search(DEMO, {var: "juliet"})
    assert [row["jid"] for row in found.rows] == ["juliet@demo.localhost"]
    with pytest.raises(IqError) as error:
        romeo.search(DEMO, {var: "mercutio"})
    assert error.value.condition == "item-not-found"
    answer = romeo.iq("<query xmlns='jabber:iq:gateway'><prompt>juliet</prompt></query>", to=DEMO, type="set")
    assert answer.xml.findtext(".//{jabber:iq:gateway}jid") == "juliet@demo.localhost"
    romeo.message("find juliet", to=DEMO)
    says(romeo, "xmpp:juliet@demo.localhost")


def test_leaving_by_the_contact_list(xmpp_server, demo, connect):
    # rows: A21 B17
    demo(xmpp_server)
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    romeo.register(DEMO, {"username": "romeo", "password": "x"}, as_form=False)
    romeo.wait_for_presence(DEMO, show="chat")
    romeo.presence(to=DEMO, type="subscribe")
    romeo.wait_for_presence(DEMO, show="chat")
    romeo.presence(to=DEMO, type="unsubscribe")
    says(romeo, "Goodbye")
    romeo.wait_for_presence(DEMO, type="unavailable")
    assert not is_registered(romeo)
