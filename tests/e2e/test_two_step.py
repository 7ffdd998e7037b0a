# SPDX-License-Identifier: MPL-2.0
"""Networks that want a code or a scanned QR code after the form: by the client's registration, by command and by chat.

What the first ways of it look like is in test_commands.py; here are the pictures, and what goes wrong.
"""

import base64
import re
import urllib.request

import pytest

import process
import qr_picture
from client import IqError
from demo import JID, wait_connected

REGISTER = "jabber:iq:register"
QR_TEXT = "gangway-demo:romeo@localhost"


@pytest.fixture
def demo(gangway):
    """demo(server, "code"): the demo network with that kind of registration; `options` are Gangway's."""
    return lambda server, registration, **options: gangway(
        server, {JID: dict({"module": "demo", "registration": registration}, **options)})


def says(user, text):
    return user.wait_for(lambda s: s.kind == "message" and s.is_from(JID) and s.body and text in s.body, "“%s”" % text)


def is_registered(user):
    return user.registration(JID).has("register:query/register:registered")


def begin(user):
    """Sends the form; the refusal that asks for the last step."""
    with pytest.raises(IqError) as error:
        user.register(JID, {"username": user.jid.local, "password": "x"})
    assert error.value.condition == "not-acceptable" and "Almost there" in error.value.text
    return error.value.stanza


def link(user, text=QR_TEXT):
    """Plays the network's app."""
    user.message("link " + text, to=JID)
    says(user, "Linked")


# --- Codes ---

def test_a_code_by_the_clients_registration(xmpp_server, demo, connect):
    # rows: B1 B7 B9
    demo(xmpp_server, "code")
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    asked = begin(romeo)
    assert asked.form["code"].required
    assert "code" in romeo.registration(JID).form
    for code in ("654321", "12345"):
        with pytest.raises(IqError) as error:
            romeo.register(JID, {"code": code})
        assert error.value.condition == "not-authorized" and "wrong" in error.value.text
        assert not is_registered(romeo)
    romeo.register(JID, {"code": "123456"})
    wait_connected(romeo)
    assert is_registered(romeo)
    # The question in the chat is over, too.
    romeo.message("abort", to=JID)
    says(romeo, "nothing to abort")


def test_codes_cannot_be_guessed(prosody, demo, connect):
    # rows: B9
    demo(prosody, "code")
    romeo = connect("romeo@localhost/orchard", prosody)
    begin(romeo)
    texts = []
    for code in range(5):
        with pytest.raises(IqError) as error:
            romeo.register(JID, {"code": str(code)})
        texts.append(error.value.text)
    assert "too many" in texts[-1] and "too many" not in texts[-2]
    with pytest.raises(IqError):
        romeo.register(JID, {"code": "123456"})
    assert not is_registered(romeo)


def test_a_registration_by_code_can_be_given_up(prosody, demo, connect):
    # rows: B9
    demo(prosody, "code")
    romeo = connect("romeo@localhost/orchard", prosody)
    command = romeo.command(JID, REGISTER).next({"username": "romeo", "password": "x"})
    assert command.cancel().status == "canceled"
    assert not is_registered(romeo)
    romeo.message("register", to=JID)
    says(romeo, "Your name on the demo network?")
    romeo.message("romeo", to=JID)
    says(romeo, "Password")
    romeo.message("x", to=JID)
    says(romeo, "Code?")
    romeo.message("000000", to=JID)
    says(romeo, "wrong")
    says(romeo, "Code?")
    romeo.message("abort", to=JID)
    romeo.forget()
    assert not is_registered(romeo)
    # One who begins anew is not held to what was before.
    command = romeo.command(JID, REGISTER).next({"username": "montague", "password": "x"}).next({"code": "123456"})
    while command.status == "executing":
        command.complete({})
    romeo.wait_for_presence(JID, show="chat", status="Connected as montague")


def test_a_registration_that_nobody_finishes_is_forgotten(prosody, demo, connect):
    # rows: P23
    daemon = demo(prosody, "code", partial_registration_timeout="1s")
    romeo = connect("romeo@localhost/orchard", prosody)
    begin(romeo)
    daemon.wait_for_log("romeo@localhost did not finish registering")
    assert "code" not in romeo.registration(JID).form
    with pytest.raises(IqError) as error:
        romeo.register(JID, {"code": "123456"})
    assert error.value.condition in ("not-acceptable", "unexpected-request")
    assert not is_registered(romeo)


def test_a_changed_login_needs_a_code_too(prosody, demo, connect):
    # rows: B6 W-13
    demo(prosody, "code")
    romeo = connect("romeo@localhost/orchard", prosody)
    begin(romeo)
    romeo.register(JID, {"code": "123456"})
    romeo.wait_for_presence(JID, show="chat", status="Connected as romeo")
    with pytest.raises(IqError):
        romeo.register(JID, {"username": "montague", "password": "x"})
    romeo.message("Still the old one", to="echo@" + JID)
    romeo.message("Still the old one", from_="echo@" + JID)
    romeo.register(JID, {"code": "123456"})
    romeo.wait_for_presence(JID, show="chat", status="Connected as montague")


# --- QR codes ---

def check_picture(png, text=QR_TEXT):
    assert 200 < len(png) < 64 * 1024
    squares, size, quiet = qr_picture.read(png)
    assert squares == qr_picture.squares_of(text)
    assert size >= 3 and quiet >= 4


def test_a_qr_code_is_uploaded(xmpp_server, demo, connect):
    # rows: B10 I8
    demo(xmpp_server, "qr")
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    asked = begin(romeo)
    assert says(romeo, QR_TEXT).body == QR_TEXT
    message = romeo.wait_for(lambda s: s.is_from(JID) and s.has("oob:x"), "a picture")
    url = message.text("oob:x/oob:url")
    assert message.body == url
    assert asked.form["qr_text"].value == QR_TEXT and asked.form["qr_img_url"].value == url
    picture = asked.form["qr_img"].element.find(".//{urn:xmpp:media-element}uri")
    assert picture.get("type") == "image/png" and picture.text == url
    with urllib.request.urlopen(url, timeout=process.PATIENCE) as answer:
        assert answer.headers["Content-Type"] == "image/png"
        check_picture(answer.read())


def test_a_qr_code_without_an_upload_service(plain_prosody, demo, connect):
    # rows: B10 O6
    demo(plain_prosody, "qr")
    romeo = connect("romeo@localhost/orchard", plain_prosody)
    asked = begin(romeo)
    says(romeo, QR_TEXT)
    cid = asked.form["qr_img_url"].value
    assert re.fullmatch(r"cid:sha1\+[0-9a-f]{40}@bob\.xmpp\.org", cid), cid
    message = romeo.wait_for(lambda s: s.is_from(JID) and cid in s.string, "a picture")
    carried = message.xml.find("{urn:xmpp:bob}data")
    fetched = romeo.iq("<data xmlns='urn:xmpp:bob' cid='%s'/>" % cid[4:], to=JID).xml.find("{urn:xmpp:bob}data")
    for data in (carried, fetched):
        assert data.get("type") == "image/png" and data.get("cid") == cid[4:]
        check_picture(base64.b64decode(data.text))
    with pytest.raises(IqError) as error:
        romeo.iq("<data xmlns='urn:xmpp:bob' cid='sha1+%s@bob.xmpp.org'/>" % ("0" * 40), to=JID)
    assert error.value.condition == "item-not-found"


def test_a_qr_code_by_the_clients_registration(xmpp_server, demo, connect):
    # rows: B1 B10
    demo(xmpp_server, "qr")
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    juliet = connect("juliet@localhost/balcony", xmpp_server)
    begin(romeo)
    link(juliet)
    wait_connected(romeo)
    assert is_registered(romeo)


def test_a_qr_code_that_is_scanned_while_the_client_waits(prosody, demo, connect):
    # rows: B10
    demo(prosody, "qr")
    romeo = connect("romeo@localhost/orchard", prosody)
    juliet = connect("juliet@localhost/balcony", prosody)
    begin(romeo)
    id = romeo.new_id()
    romeo.send("<iq type='set' id='%s' to='%s'><query xmlns='%s'/></iq>" % (id, JID, REGISTER))
    romeo.fence(JID)
    assert not romeo.find(lambda s: s.kind == "iq" and s.id == id)
    link(juliet)
    assert romeo.wait_for(lambda s: s.kind == "iq" and s.id == id, "the answer").type == "result"
    wait_connected(romeo)


def test_a_qr_code_by_chat(xmpp_server, demo, connect):
    # rows: B10 C13
    demo(xmpp_server, "qr")
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    juliet = connect("juliet@localhost/balcony", xmpp_server)
    romeo.message("register", to=JID)
    says(romeo, "Your name on the demo network?")
    romeo.message("romeo", to=JID)
    says(romeo, "Password")
    romeo.message("x", to=JID)
    says(romeo, QR_TEXT)
    romeo.wait_for(lambda s: s.is_from(JID) and s.has("oob:x"), "a picture")
    says(romeo, "ok")
    link(juliet)
    romeo.message("ok", to=JID)
    wait_connected(romeo)


def test_a_qr_code_that_nobody_scans(prosody, demo, connect):
    # rows: B10 V29 P25
    demo(prosody, "qr", qr_timeout="1s")
    romeo = connect("romeo@localhost/orchard", prosody)
    begin(romeo)
    with pytest.raises(IqError) as error:
        romeo.iq("<query xmlns='%s'/>" % REGISTER, to=JID, type="set")
    assert error.value.condition == "remote-server-timeout" and "not scanned" in error.value.text
    command = romeo.command(JID, REGISTER).next({"username": "romeo", "password": "x"})
    with pytest.raises(IqError) as error:
        command.next({})
    assert error.value.condition == "remote-server-timeout"
    assert not is_registered(romeo)
    romeo.message("link " + QR_TEXT, to=JID)
    says(romeo, "No registration is waiting")


def test_somebody_elses_qr_code_registers_nobody(prosody, demo, connect):
    # rows: B10
    demo(prosody, "qr")
    romeo = connect("romeo@localhost/orchard", prosody)
    begin(romeo)
    for text in ("gangway-demo:juliet@localhost", "gangway-demo:", "gangway-demo:romeo"):
        romeo.message("link " + text, to=JID)
        says(romeo, "No registration is waiting")
    assert not is_registered(romeo)
