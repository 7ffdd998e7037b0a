# SPDX-License-Identifier: MPL-2.0
"""What the gateway shows of itself, as other people's software reads it: picture, profile, capabilities, version."""

import asyncio
import hashlib
import http.server
import os
import struct
import threading
import time
import zlib

import modules
import process
import pytest
from demo import JID, register
from plugin_client import PluginClient

TINY = "echo.localhost"
GENERIC = ("xep_0004", "xep_0012", "xep_0030", "xep_0054", "xep_0092", "xep_0115", "xep_0153", "xep_0199")


def png(width, height, level=0):
    """A grey picture."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([level]) * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


PICTURE = png(48, 32, 128)
HASH = hashlib.sha1(PICTURE).hexdigest()


@pytest.fixture
def web():
    """web(bytes): a web server that has this picture; its URL."""
    servers = []

    def start(content, status=200):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                try:
                    self.wfile.write(content)
                except OSError:
                    pass # who does not want all of it may leave

            def log_message(self, *arguments):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return "http://127.0.0.1:%d/picture.png" % server.server_address[1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def tiny(gangway, tmp_path):
    """tiny(server, picture): a gateway whose module has this component_avatar."""
    def start(server, picture):
        module = modules.build(tmp_path, "tiny", members=".component_avatar = { %s }," % picture)
        return gangway(server, {TINY: {"module": module}})
    return start


def c_bytes(content):
    return '(const unsigned char[]){ %s }' % ", ".join(str(one) for one in content)


def items(client, jid, node, *ids):
    return client.iq("<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='%s'>%s</items></pubsub>" % (
        node, "".join("<item id='%s'/>" % one for one in ids)), to=jid, check=False)


def assert_has_picture(client, jid=TINY):
    """By XEP-0084: what the metadata say is true of the data."""
    metadata = items(client, jid, "urn:xmpp:avatar:metadata")
    info = metadata.xml.find(".//{urn:xmpp:avatar:metadata}info")
    assert info is not None, metadata
    assert info.attrib == {"id": HASH, "type": "image/png", "bytes": str(len(PICTURE)), "width": "48", "height": "32"}
    with PluginClient("juliet@localhost/garden", client.server, "xep_0084", "xep_0054") as juliet:
        data = juliet.call(lambda: juliet.xmpp["xep_0084"].retrieve_avatar(jid, HASH))
        assert data["pubsub"]["items"]["item"]["avatar_data"]["value"] == PICTURE
        vcard = juliet.call(lambda: juliet.xmpp["xep_0054"].get_vcard(jid))["vcard_temp"]
        assert vcard["PHOTO"]["BINVAL"] == PICTURE and vcard["PHOTO"]["TYPE"] == "image/png"
        assert vcard["FN"] == "Tiny"


async def until(ask):
    while True:
        found = await ask()
        if found is not None:
            return found
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("source", ["path", "relative", "bytes", "url"])
def test_a_picture_from_anywhere(prosody, tiny, connect, web, tmp_path, source):
    # rows: A7 U3
    path = tmp_path / "picture.png"
    path.write_bytes(PICTURE)
    picture = {
        "path": '.path = "%s"' % path,
        "relative": '.path = "../../../picture.png"',
        "bytes": ".bytes = %s, .size = %d" % (c_bytes(PICTURE), len(PICTURE)),
        "url": '.url = "%s"' % web(PICTURE),
    }[source]
    daemon = tiny(prosody, picture)
    client = connect("juliet@localhost/balcony", prosody)
    if source == "url":
        process.poll(lambda: items(client, TINY, "urn:xmpp:avatar:metadata").type == "result", "the picture")
    assert_has_picture(client)
    assert "picture" not in "\n".join(line for line in daemon.logs().splitlines() if "warning" in line.lower())


def test_the_picture_on_the_other_server(ejabberd, tiny, connect):
    # rows: A7
    tiny(ejabberd, ".bytes = %s, .size = %d" % (c_bytes(PICTURE), len(PICTURE)))
    assert_has_picture(connect("juliet@localhost/balcony", ejabberd))


@pytest.mark.parametrize("fault", ["missing", "no picture", "too large", "not found", "nobody there"])
def test_without_its_picture_the_gateway_is_as_good(prosody, tiny, connect, web, tmp_path, fault):
    # rows: A7 V24
    text = tmp_path / "text.png"
    text.write_text("no picture")
    daemon = tiny(prosody, {
        "missing": '.path = "/nonexistent.png"',
        "no picture": '.path = "%s"' % text,
        "too large": '.url = "%s"' % web(png(16, 16) + bytes(4 * 1024 * 1024)),
        "not found": '.url = "%s"' % web(PICTURE, status=404),
        "nobody there": '.url = "http://127.0.0.1:9/picture.png"',
    }[fault])
    daemon.wait_for_log("the gateway's picture")
    juliet = connect("juliet@localhost/balcony", prosody)
    answer = items(juliet, TINY, "urn:xmpp:avatar:metadata")
    assert answer.error_condition == "item-not-found", answer
    assert not juliet.iq("<vCard xmlns='vcard-temp'/>", to=TINY).has("vcard:vCard/vcard:PHOTO")
    register(juliet, jid=TINY)


def test_clients_that_wish_are_told_of_it(prosody, tiny, connect):
    # rows: A6 A7 A8 F8
    tiny(prosody, ".bytes = %s, .size = %d" % (c_bytes(PICTURE), len(PICTURE)))
    register(connect("romeo@localhost/orchard", prosody), jid=TINY)
    with PluginClient("romeo@localhost/garden", prosody, "xep_0115", "xep_0084", "xep_0172", "xep_0153",
                      online=False) as romeo:
        romeo.collect("avatar_metadata_publish")
        romeo.collect("user_nick_publish")
        romeo.collect("vcard_avatar_update")
        romeo.call(romeo.xmpp.send_presence)
        told = romeo.wait_for_event(lambda one: one.name == "message" and "avatar:metadata" in str(one), "the picture")
        assert HASH in str(told)
        romeo.wait_for_event(lambda one: one.name == "message" and "Tiny" in str(one), "the name")
        romeo.wait_for_event(lambda one: one.name == "presence" and HASH in str(one), "the hash")


def test_what_other_software_makes_of_the_gateway(xmpp_server, gangway, connect):
    # rows: A19 R1 R9 U1 U2 U21
    gangway(xmpp_server, {JID: {"module": "demo"}})
    started = time.monotonic()
    orchard = connect("romeo@localhost/orchard", xmpp_server)
    register(orchard)
    orchard.presence(to=JID, type="subscribe")
    process.poll(lambda: orchard.roster()[JID]["subscription"] in ("to", "both"), "the gateway lets itself be seen")
    with PluginClient("romeo@localhost/garden", xmpp_server, *GENERIC, online=False) as romeo:
        caps = romeo.xmpp["xep_0115"]
        romeo.collect("entity_caps")
        romeo.call(romeo.xmpp.send_presence)
        presence = romeo.wait_for_event(lambda one: one["from"].bare == JID, "capabilities of the gateway")
        ver = presence["caps"]["ver"]
        # slixmpp keeps only what makes the hash.
        known = romeo.call(lambda: until(lambda: caps.get_caps(verstring=ver)))
        assert any(one[0] == "gateway" for one in known["identities"]), known
        assert "jabber:iq:register" in known["features"]

        version = romeo.call(lambda: romeo.xmpp["xep_0092"].get_version(JID))["software_version"]
        assert version["name"].startswith("Gangway") and version["version"]
        last = romeo.call(lambda: romeo.xmpp["xep_0012"].get_last_activity(JID))["last_activity"]
        assert 0 <= last["seconds"] <= time.monotonic() - started + 60
        assert romeo.call(lambda: romeo.xmpp["xep_0199"].send_ping(JID))["type"] == "result"
        info = romeo.call(lambda: romeo.xmpp["xep_0030"].get_info(JID))["disco_info"]
        software = info["form"]["values"]
        assert "urn:xmpp:dataforms:softwareinfo" in software["FORM_TYPE"]
        assert software["software"].startswith("Gangway") and software["software_version"] == version["version"]


def test_contacts_capabilities_make_their_hash(prosody, gangway, connect):
    # rows: R4 R9
    gangway(prosody, {JID: {"module": "demo"}})
    orchard = connect("romeo@localhost/orchard", prosody)
    register(orchard)
    orchard.wait_for_presence("echo@" + JID)
    with PluginClient("romeo@localhost/garden", prosody, *GENERIC, online=False) as romeo:
        caps = romeo.xmpp["xep_0115"]
        romeo.collect("entity_caps")
        romeo.call(romeo.xmpp.send_presence)
        presence = romeo.wait_for_event(lambda one: one["from"].bare == "echo@" + JID, "capabilities of a contact")
        known = romeo.call(lambda: until(lambda: caps.get_caps(verstring=presence["caps"]["ver"])))
        assert "urn:xmpp:receipts" in known["features"]


def test_credentials_are_nowhere_to_be_read(prosody, gangway, connect):
    # rows: N15
    daemon = gangway(prosody, {JID: {"module": "demo"}})
    register(connect("romeo@localhost/orchard", prosody), password="thisbe-and-pyramus")
    daemon.stop()
    names = []
    for directory, _, files in os.walk(daemon.data_dir):
        assert os.stat(directory).st_mode & 0o077 == 0, directory
        for name in files:
            path = os.path.join(directory, name)
            names.append(name)
            assert os.stat(path).st_mode & 0o177 == 0, path
            with open(path, "rb") as file:
                assert b"thisbe" not in file.read(), path
    assert "gangway.sqlite" in names and "gangway.key" in names
    assert "thisbe" not in daemon.logs()
