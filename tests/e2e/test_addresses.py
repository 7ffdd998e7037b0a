# SPDX-License-Identifier: MPL-2.0
"""People whose names are no addresses (XEP-0106), on real servers and as other people's software escapes them."""

import json

import modules
import pytest
import slixmpp
from demo import JID, register

NAMES = [
    "space cadet", 'call me "ishmael"', "at&t guy", "d'artagnan", "/.fanboy", "::foo::", "<foo>", "user@host/home",
    "c:\\cool stuff", "c:\\5commas", "\\20", "+39 045 8077774", "#verona", "naïve", "ромео", "nick[]{}|`^", "a" * 300,
]

# Not every server knows the characters of these, so their addresses are made up.
STRANGE = ["💜", "   ", "b" * 2000]

# Everybody greets who logs in, and says back what name a message was sent to.
CROWD = """
static const char *const names[] = { %s };

static void login(struct gw_request *req, struct gw_session *session) {
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct gw_contact *contact = gw_session_contact(session, names[i]);
		gw_contact_set_presence(contact, GW_SHOW_AVAILABLE, NULL);
		gw_actor_send(gw_contact_actor(contact), &(struct gw_message){ .text = names[i] });
	}
	gw_request_ok(req);
}

static void on_message(struct gw_request *req, struct gw_chat *chat, const struct gw_message *message) {
	(void)message;
	gw_request_ok(req);
	gw_actor_send(gw_chat_actor(chat), &(struct gw_message){ .text = gw_contact_id(gw_chat_contact(chat)) });
}
"""


@pytest.fixture
def crowd(gangway, tmp_path):
    names = ", ".join(json.dumps(name, ensure_ascii=False) for name in NAMES + STRANGE)
    module = modules.build(tmp_path, "crowd", login=CROWD % names, members=".on_message = on_message,")
    return lambda server: gangway(server, {JID: {"module": module}})


def test_every_name_has_an_address_that_leads_back(xmpp_server, crowd, connect):
    # rows: A18 E22
    daemon = crowd(xmpp_server)
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    register(romeo, jid=JID)
    addresses = {}
    for name in NAMES + STRANGE:
        addresses[name] = romeo.message(name).from_.split("/")[0]
        assert name in STRANGE or slixmpp.JID(addresses[name]).unescape().local == name, addresses[name]
    assert len(set(addresses.values())) == len(NAMES + STRANGE)
    daemon.stop()
    romeo.forget()
    daemon.start()
    romeo.wait_for_presence(JID, show="chat")
    for name in NAMES + STRANGE:
        romeo.message(name, from_=addresses[name])
    romeo.forget()
    for name in NAMES + STRANGE:
        romeo.message("Who art thou?", to=addresses[name])
        assert romeo.message(from_=addresses[name]).body == name
