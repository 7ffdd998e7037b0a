# SPDX-License-Identifier: MPL-2.0
"""What stories on the demo network have in common."""

JID = "demo.localhost"
DEMO = {JID: {"module": "demo"}}


def register(user, name=None, password="secret", jid=JID):
    """Registers by the old plain fields, and returns when the user is connected to the network."""
    user.register(jid, {"username": name or user.jid.local, "password": password}, as_form=False)
    wait_connected(user, jid)


def wait_connected(user, jid=JID):
    user.wait_for_presence(jid, show="chat")


def resident(name, jid=JID):
    """The full address of a contact."""
    return "%s@%s/gangway" % (name, jid)
