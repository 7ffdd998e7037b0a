# SPDX-License-Identifier: MPL-2.0
"""What docs/user-guide.md tells users, done as it says."""

import os
import re

from client import IqError
from demo import JID, register
from gangway import ROOT

# What the demo network has besides the gateway's own commands, and what is said in the guide's text.
NOT_IN_THE_TABLE = {"help", "link"}


def guide():
    with open(os.path.join(ROOT, "docs", "user-guide.md"), encoding="utf-8") as file:
        return file.read()


def words_of(romeo):
    """The words that `help` lists at the moment."""
    romeo.message("help", to=JID)
    text = romeo.wait_for(lambda s: s.body and s.body.startswith("This is the gateway to"), "help").body
    return {line.split(" ")[0] for line in text.splitlines()[1:]}


def test_the_guide_names_every_command_and_no_other(prosody, gangway, connect):
    # rows: Y5
    table = set(re.findall(r"^\| `([a-z-]+)` \|", guide(), re.M))
    daemon = gangway(prosody, {JID: {"module": "demo"}})
    romeo = connect("romeo@localhost/orchard", prosody)
    seen = words_of(romeo)
    register(romeo)
    seen |= words_of(romeo)
    assert seen | {"re-login"} == table | (NOT_IN_THE_TABLE & seen)
    for word in sorted(table):
        romeo.message("help " + word, to=JID)
        answer = romeo.wait_for(lambda s: s.body and s.body.startswith(word), "help for " + word)
        assert len(answer.body.splitlines()) > 1 or "--" in answer.body or "." in answer.body
    daemon.stop()


def test_the_ways_to_register_and_to_leave(xmpp_server, gangway, connect):
    # rows: Y5 Y6
    gangway(xmpp_server, {JID: {"module": "demo"}})
    romeo = connect("romeo@localhost/orchard", xmpp_server)
    assert "jabber:iq:register" in romeo.commands(JID), "the menu"
    command = romeo.command(JID, "jabber:iq:register")
    command.next({"username": "romeo", "password": "x"})
    while command.status == "executing":
        command.complete({})
    romeo.wait_for_presence(JID, show="chat")
    romeo.message("status", to=JID)
    romeo.wait_for(lambda s: s.body and "logged in" in s.body.lower(), "the status")
    romeo.message("Art thou there?", to="echo@" + JID)
    romeo.message("Art thou there?", from_="echo@" + JID)
    romeo.message("contacts", to=JID)
    romeo.wait_for(lambda s: s.body and "echo@" + JID in s.body, "the people")
    sent = romeo.message("Secret", to="echo@" + JID, payload="<encrypted xmlns='eu.siacs.conversations.axolotl'/>")
    assert "encrypt" in romeo.wait_for_error("echo@" + JID, sent).error_text
    romeo.unregister(JID)
    try:
        romeo.unregister(JID)
        raise AssertionError("somebody who is not registered cannot leave")
    except IqError as error:
        assert error.condition == "registration-required"
