# SPDX-License-Identifier: MPL-2.0
"""Files of the gateway's: by the servers' own upload services, and by one that fails in every way that there is."""

import http.server
import threading
import types
import urllib.request

import modules
import process
import pytest
from component import EchoComponent
from demo import JID, register
from servers import UPLOAD_MAX_BYTES

SERVICE = "echo.localhost"
QR = "gangway-demo:romeo@localhost"

# Sends a letter to who logs in; `%d` is its size.
LETTER = """
#include <string.h>

static char letter[%d];

static void login(struct gw_request *req, struct gw_session *session) {
	memset(letter, 'x', sizeof(letter));
	struct gw_attachment file = { .bytes = letter, .size = sizeof(letter), .name = "a letter.txt" };
	struct gw_message message = { .text = "A letter for you", .attachments = &file, .attachment_count = 1 };
	gw_actor_send(gw_gateway_actor(gw_session_gateway(session), gw_session_jid(session)->bare), &message);
	gw_request_ok(req);
}
"""


@pytest.fixture
def web():
    """A web server that answers each PUT with `status`, and keeps what came."""
    web = types.SimpleNamespace(status=201, puts=[])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            web.puts.append((dict(self.headers), body))
            self.send_response(web.status)
            if web.status == 302:
                self.send_header("Location", "http://127.0.0.1:9/")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.url = "http://127.0.0.1:%d/put" % server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield web
    server.shutdown()
    server.server_close()


class UploadService(EchoComponent):
    """Gives a slot to whoever asks, at this address."""

    def __init__(self, server, put_url):
        self.put_url = put_url
        super().__init__(SERVICE, server)

    def _received(self, stanza):
        stanza = super()._received(stanza)
        if self.stanzas and self.stanzas[-1].has("upload:request"):
            self._xmpp.send_raw(
                "<iq type='result' id='%s' from='%s' to='%s'><slot xmlns='urn:xmpp:http:upload:0'>"
                "<put url='%s'><header name='Authorization'>Basic b3BlbiBzZXNhbWU=</header>"
                "<header name='X-Other'>1</header></put><get url='https://files.example/1.png'/></slot></iq>" % (
                    self.stanzas[-1].id, SERVICE, self.stanzas[-1].from_, self.put_url))
            return None
        return stanza


def ask_for_qr(gangway, server, connect, **options):
    """Romeo begins to register with a QR code; returns his client."""
    gangway(server, {JID: dict({"module": "demo", "registration": "qr"}, **options)})
    romeo = connect("romeo@localhost/orchard", server)
    romeo.iq("<query xmlns='jabber:iq:register'><username>romeo</username><password>x</password></query>", to=JID,
             type="set", check=False)
    romeo.message(QR, from_=JID)
    return romeo


def test_the_service_that_is_configured_gets_the_picture_as_it_says(prosody, gangway, connect, web):
    # rows: B10 P10 U15 U19
    with UploadService(prosody, web.url):
        romeo = ask_for_qr(gangway, prosody, connect, upload_service=SERVICE)
        message = romeo.wait_for(lambda s: s.has("oob:x"), "the picture")
        assert message.text("oob:x/oob:url") == message.body == "https://files.example/1.png"
        (headers, body), = web.puts
        assert body.startswith(b"\x89PNG") and headers["Content-Type"] == "image/png"
        assert headers["Authorization"] == "Basic b3BlbiBzZXNhbWU=" and "X-Other" not in headers


@pytest.mark.parametrize("fault", ["status 500", "status 403", "a redirection", "nobody there"])
def test_when_the_upload_fails_the_picture_comes_in_the_message(prosody, gangway, connect, web, fault):
    # rows: B10 U19
    web.status = {"status 500": 500, "status 403": 403}.get(fault, 302)
    put_url = "http://127.0.0.1:9/put" if fault == "nobody there" else web.url
    with UploadService(prosody, put_url):
        romeo = ask_for_qr(gangway, prosody, connect, upload_service=SERVICE)
        picture = romeo.wait_for(lambda s: s.xml.find("{urn:xmpp:bob}data") is not None, "the picture")
        cid = picture.xml.find("{urn:xmpp:bob}data").get("cid")
        answer = romeo.iq("<data xmlns='urn:xmpp:bob' cid='%s'/>" % cid, to=JID)
        assert answer.xml.find("{urn:xmpp:bob}data").text == picture.xml.find("{urn:xmpp:bob}data").text
        assert not romeo.find(lambda s: s.has("oob:x"))


def test_where_there_is_no_service(plain_prosody, gangway, connect):
    # rows: B10 U19
    romeo = ask_for_qr(gangway, plain_prosody, connect)
    romeo.wait_for(lambda s: s.xml.find("{urn:xmpp:bob}data") is not None, "the picture")


def test_a_letter_goes_through_the_servers_service(xmpp_server, gangway, connect, tmp_path):
    # rows: U20 Y3
    module = modules.build(tmp_path, "letter", login=LETTER % 1000)
    gangway(xmpp_server, {JID: {"module": module, "upload-requester": "bot@" + JID}})
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    register(romeo)
    romeo.message("A letter for you", from_=JID)
    link = romeo.wait_for(lambda s: s.has("oob:x"), "the letter")
    assert link.body == link.text("oob:x/oob:url")
    with urllib.request.urlopen(link.body, timeout=process.PATIENCE) as answer:
        assert answer.read() == b"x" * 1000


def test_a_letter_that_is_too_large_is_told_of(xmpp_server, gangway, connect, tmp_path):
    # rows: U20
    module = modules.build(tmp_path, "letter", login=LETTER % (UPLOAD_MAX_BYTES + 1))
    gangway(xmpp_server, {JID: {"module": module}})
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    register(romeo)
    romeo.message("A letter for you", from_=JID)
    told = romeo.wait_for(lambda s: s.body and "could not be sent" in s.body, "why there is no letter")
    assert "a letter.txt" in told.body and "larger" in told.body
