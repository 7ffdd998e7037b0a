# SPDX-License-Identifier: MPL-2.0
"""An XMPP client for plain test functions: slixmpp in a thread, with calls that wait.

    with Client("romeo@localhost/orchard", server) as romeo:
        romeo.send("<message to='echo@demo.localhost' type='chat'><body>hi</body></message>")
        assert romeo.message(from_="echo@demo.localhost").body == "hi"

What arrives is collected. `wait_for` takes the first stanza that fits and was not taken before, so that no test meets
an old answer again; when nothing fits in time the error shows everything that arrived. The client answers nothing on
its own: it accepts no subscription and sends no receipt unless the test does.
"""

import asyncio
import itertools
import logging
import threading
import time
from xml.sax.saxutils import escape, quoteattr

import slixmpp

import process
from stanza import Stanza, form_xml

logging.getLogger("slixmpp").setLevel(logging.CRITICAL)


class _Loop:
    """The one event loop of all clients, in a thread of its own."""

    _loop = None

    @classmethod
    def get(cls):
        if cls._loop is None:
            cls._loop = asyncio.new_event_loop()
            threading.Thread(target=cls._run, daemon=True).start()
        return cls._loop

    @classmethod
    def _run(cls):
        asyncio.set_event_loop(cls._loop)
        cls._loop.run_forever()

    @classmethod
    def call(cls, function, *arguments):
        """Runs a function in the loop's thread and returns what it returns."""
        async def run():
            return function(*arguments)
        return asyncio.run_coroutine_threadsafe(run(), cls.get()).result(process.PATIENCE)


class IqError(AssertionError):
    """The answer was an error; `condition` and `text` say which."""

    def __init__(self, stanza):
        super().__init__(stanza.error_text or stanza.error_condition, stanza.string)
        self.stanza = stanza
        self.condition = stanza.error_condition
        self.type = stanza.error_type
        self.text = stanza.error_text


class Client:
    """A connected client. Passwords are the local parts, as servers.py makes them."""

    def __init__(self, jid, server, password=None, presence=True, port=None):
        self.jid = slixmpp.JID(jid)
        self.bare = self.jid.bare
        self.server = server
        self.stanzas = []
        self._taken = set()
        self._news = threading.Condition()
        self._ids = itertools.count(1)
        self._state = "connecting"
        self._password = self.jid.local if password is None else password
        self._port = port or server.c2s_port
        self._xmpp = _Loop.call(self._connect)
        with self._news:
            if not self._news.wait_for(lambda: self._state != "connecting", process.PATIENCE):
                self._state = "timeout"
        if self._state != "online":
            self.drop()
            raise RuntimeError("%s could not log in: %s" % (jid, self._state))
        self.jid = _Loop.call(lambda: self._xmpp.boundjid)
        if presence:
            self.presence()

    def _connect(self):
        xmpp = slixmpp.ClientXMPP(self.jid, self._password, plugin_config={
            "feature_mechanisms": {"unencrypted_plain": True, "unencrypted_scram": True}})
        xmpp.auto_authorize = None
        xmpp.auto_subscribe = None
        xmpp.add_event_handler("session_start", lambda event: self._set_state("online"))
        xmpp.add_event_handler("failed_all_auth", lambda event: self._set_state("wrong password"))
        xmpp.add_event_handler("connection_failed", lambda event: self._set_state("no connection: %s" % event))
        xmpp.add_event_handler("disconnected", lambda event: self._set_state("disconnected"))
        xmpp.add_filter("in", self._received)
        xmpp.connect(("127.0.0.1", self._port), disable_starttls=True)
        return xmpp

    def _set_state(self, state):
        with self._news:
            # A refused password is followed by a lost connection; the first reason is the one to tell.
            if self._state in ("connecting", "online"):
                self._state = state
            self._news.notify_all()

    def _received(self, stanza):
        if isinstance(stanza, (slixmpp.Message, slixmpp.Presence, slixmpp.Iq)):
            with self._news:
                self.stanzas.append(Stanza(stanza.xml))
                self._news.notify_all()
            # slixmpp would refuse requests that it does not know; ours are answered by the test.
            if isinstance(stanza, slixmpp.Iq) and stanza["type"] in ("get", "set"):
                return None
        return stanza

    # Sending.

    def send(self, xml):
        """A stanza as text."""
        _Loop.call(self._xmpp.send_raw, xml)

    def new_id(self):
        return "%s-%d" % (self.jid.resource, next(self._ids))

    def message(self, body=None, to=None, type="chat", id=None, payload="", from_=None):
        """With `to`: sends a message and returns its id. Without: waits for one; body and from_ are exact."""
        if to is None:
            return self.wait_for(lambda s: s.kind == "message" and s.type != "error"
                                 and (s.body == body if body is not None else s.body is not None)
                                 and s.is_from(from_), "a message from %s: %r" % (from_, body))
        id = id or self.new_id()
        body_xml = "" if body is None else "<body>%s</body>" % escape(body)
        self.send("<message to=%s type=%s id=%s>%s%s</message>" % (
            quoteattr(to), quoteattr(type), quoteattr(id), body_xml, payload))
        return id

    def presence(self, to=None, type=None, show=None, status=None, payload=""):
        attributes = "".join(" %s=%s" % (name, quoteattr(value)) for name, value in (("to", to), ("type", type))
                             if value)
        children = "".join("<%s>%s</%s>" % (name, escape(value), name)
                           for name, value in (("show", show), ("status", status)) if value)
        self.send("<presence%s>%s%s</presence>" % (attributes, children, payload))

    def iq(self, payload, to=None, type="get", check=True):
        """Sends a request and returns the answer. check: an error is raised as IqError."""
        id = self.new_id()
        address = " to=%s" % quoteattr(to) if to else ""
        self.send("<iq type='%s' id='%s'%s>%s</iq>" % (type, id, address, payload))
        answer = self.wait_for(lambda s: s.kind == "iq" and s.id == id and s.type in ("result", "error")
                               and (to is None or s.is_from(to)), "the answer to iq %s" % id)
        if check and answer.type == "error":
            raise IqError(answer)
        return answer

    def answer(self, request, payload="", type="result"):
        """Answers a request that arrived."""
        self.send("<iq type='%s' id=%s to=%s>%s</iq>" % (
            type, quoteattr(request.id), quoteattr(request.from_), payload))

    # Waiting.

    def find(self, predicate):
        """Everything so far that fits, taken or not."""
        with self._news:
            return [stanza for stanza in self.stanzas if predicate(stanza)]

    def forget(self):
        """What came until now is not waited for any more."""
        with self._news:
            self._taken.update(range(len(self.stanzas)))

    def wait_for(self, predicate, what="a stanza", patience=None):
        end = time.monotonic() + (patience or process.PATIENCE)
        with self._news:
            while True:
                for index, stanza in enumerate(self.stanzas):
                    if index not in self._taken and predicate(stanza):
                        self._taken.add(index)
                        return stanza
                left = end - time.monotonic()
                if left <= 0 or self._state != "online":
                    raise AssertionError(self._complaint(what))
                self._news.wait(left)

    def _complaint(self, what):
        shown = ["%s %s" % ("-" if index in self._taken else " ", stanza.string)
                 for index, stanza in enumerate(self.stanzas)]
        return "%s (%s) never received %s. All that it received (-: seen before):\n%s" % (
            self.jid, self._state, what, "\n".join(shown) or "nothing")

    def wait_for_presence(self, from_, type=None, **attributes):
        """type None: available. Other attributes (show, status) are compared when given."""
        return self.wait_for(
            lambda s: s.kind == "presence" and s.is_from(from_) and s.type == type
            and all(getattr(s, name) == value for name, value in attributes.items()),
            "%s presence from %s %s" % (type or "available", from_, attributes or ""))

    def wait_for_error(self, from_=None, id=None):
        return self.wait_for(lambda s: s.type == "error" and s.is_from(from_) and (id is None or s.id == id),
                             "an error from %s" % from_)

    def fence(self, to):
        """Returns when `to` has answered a question: all that it sent before has arrived then.

        For showing that something did not happen: fence, then look with `find`.
        """
        self.iq("<ping xmlns='urn:xmpp:ping'/>", to=to, check=False)

    def wait_online(self, jid):
        """Asks until an entity, such as a component that is starting, answers disco#info."""
        def ask():
            answer = self.iq("<query xmlns='http://jabber.org/protocol/disco#info'/>", to=jid, check=False)
            return answer.type == "result" and answer
        return process.poll(ask, "%s answers" % jid)

    # What clients do.

    def disco_info(self, jid, node=None):
        """(identities as (category, type, name), features), both sets."""
        answer = self.iq("<query xmlns='http://jabber.org/protocol/disco#info'%s/>" % _node(node), to=jid)
        identities = {(e.get("category"), e.get("type"), e.get("name"))
                      for e in answer.findall("disco:query/disco:identity")}
        return identities, {e.get("var") for e in answer.findall("disco:query/disco:feature")}

    def disco_items(self, jid, node=None):
        """A list of (jid, node, name)."""
        answer = self.iq("<query xmlns='http://jabber.org/protocol/disco#items'%s/>" % _node(node), to=jid)
        return [(e.get("jid"), e.get("node"), e.get("name")) for e in answer.findall("items:query/items:item")]

    def roster(self):
        """{jid: {"subscription", "ask", "name", "groups"}} as the server has it now."""
        answer = self.iq("<query xmlns='jabber:iq:roster'/>")
        return {e.get("jid"): {"subscription": e.get("subscription"), "ask": e.get("ask"), "name": e.get("name"),
                               "groups": {g.text for g in e.findall("{jabber:iq:roster}group")}}
                for e in answer.findall("roster:query/roster:item")}

    def registration(self, jid):
        """XEP-0077: what the service asks for. A Stanza; `.form` is the data form, `.find("register:...")` the rest."""
        return self.iq("<query xmlns='jabber:iq:register'/>", to=jid)

    def register(self, jid, fields, as_form=True):
        """Answers with a data form, or with the old plain elements."""
        if as_form:
            payload = form_xml(dict({"FORM_TYPE": "jabber:iq:register"}, **fields))
        else:
            payload = "".join("<%s>%s</%s>" % (name, escape(value), name) for name, value in fields.items())
        return self.iq("<query xmlns='jabber:iq:register'>%s</query>" % payload, to=jid, type="set")

    def unregister(self, jid):
        return self.iq("<query xmlns='jabber:iq:register'><remove/></query>", to=jid, type="set")

    def search(self, jid, fields):
        """XEP-0055 with a data form: the Form with its result's rows."""
        payload = form_xml(dict({"FORM_TYPE": "jabber:iq:search"}, **fields))
        return self.iq("<query xmlns='jabber:iq:search'>%s</query>" % payload, to=jid, type="set").form

    def commands(self, jid):
        """{node: name} of the ad-hoc commands that this user is shown."""
        return {node: name for _, node, name in self.disco_items(jid, "http://jabber.org/protocol/commands")}

    def command(self, jid, node):
        """Starts an ad-hoc command and returns it at its first step."""
        return Command(self, jid, node)

    def clean(self, presence=True):
        """Leaves no contact in the roster, and no message that waited for the account to come online."""
        for jid in self.roster():
            self.iq("<query xmlns='jabber:iq:roster'><item jid=%s subscription='remove'/></query>" % quoteattr(jid),
                    type="set")
        if presence:
            self.presence()
        self.fence(self.bare.split("@")[1])
        with self._news:
            self.stanzas.clear()
            self._taken.clear()

    # The end.

    def close(self):
        """Says goodbye and leaves."""
        if self._state != "online":
            self.drop()
            return

        async def leave():
            self._xmpp.disconnect(wait=2.0)
            try:
                await asyncio.wait_for(self._xmpp.disconnected, 5)
            except asyncio.TimeoutError:
                pass
            self._abort()
        asyncio.run_coroutine_threadsafe(leave(), _Loop.get()).result(process.PATIENCE)

    def drop(self):
        """Loses the connection without a word."""
        _Loop.call(self._abort)

    def _abort(self):
        self._xmpp.abort()
        # slixmpp forgets this task of its own.
        if self._xmpp._run_out_filters is not None:
            self._xmpp._run_out_filters.cancel()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()


def _node(node):
    return " node=%s" % quoteattr(node) if node else ""


class Command:
    """XEP-0050, one dialogue. After each step: status, form, note, actions."""

    def __init__(self, client, jid, node):
        self._client = client
        self._jid = jid
        self._node = node
        self.session = None
        self._step("execute", None)

    def _step(self, action, fields):
        session = " sessionid=%s" % quoteattr(self.session) if self.session else ""
        payload = "" if fields is None else form_xml(fields)
        self.answer = self._client.iq(
            "<command xmlns='http://jabber.org/protocol/commands' node=%s action='%s'%s>%s</command>" % (
                quoteattr(self._node), action, session, payload), to=self._jid, type="set")
        command = self.answer.find("commands:command")
        self.session = command.get("sessionid")
        self.status = command.get("status")
        actions = self.answer.find("commands:command/commands:actions")
        self.actions = set() if actions is None else {e.tag.split("}")[1] for e in actions}
        self.default_action = None if actions is None else actions.get("execute")
        self.notes = [(e.get("type"), e.text) for e in self.answer.findall("commands:command/commands:note")]
        self.note = self.notes[0][1] if self.notes else None
        self.form = self.answer.form
        return self

    def next(self, fields=None):
        return self._step("next", fields)

    def execute(self, fields=None):
        return self._step("execute", fields)

    def complete(self, fields=None):
        return self._step("complete", fields)

    def previous(self):
        return self._step("prev", None)

    def cancel(self):
        return self._step("cancel", None)
