# SPDX-License-Identifier: MPL-2.0
"""Stanzas and data forms as the tests look at them."""

import copy
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

# Prefixes for paths: stanza.find("register:query/register:registered").
NAMESPACES = {
    "": "jabber:client",
    "client": "jabber:client",
    "data": "jabber:x:data",
    "disco": "http://jabber.org/protocol/disco#info",
    "items": "http://jabber.org/protocol/disco#items",
    "roster": "jabber:iq:roster",
    "register": "jabber:iq:register",
    "search": "jabber:iq:search",
    "gateway": "jabber:iq:gateway",
    "commands": "http://jabber.org/protocol/commands",
    "carbons": "urn:xmpp:carbons:2",
    "forward": "urn:xmpp:forward:0",
    "privilege": "urn:xmpp:privilege:2",
    "privilege1": "urn:xmpp:privilege:1",
    "pubsub": "http://jabber.org/protocol/pubsub",
    "event": "http://jabber.org/protocol/pubsub#event",
    "mam": "urn:xmpp:mam:2",
    "upload": "urn:xmpp:http:upload:0",
    "oob": "jabber:x:oob",
    "receipts": "urn:xmpp:receipts",
    "markers": "urn:xmpp:chat-markers:0",
    "states": "http://jabber.org/protocol/chatstates",
    "reactions": "urn:xmpp:reactions:0",
    "correct": "urn:xmpp:message-correct:0",
    "retract": "urn:xmpp:message-retract:1",
    "reply": "urn:xmpp:reply:0",
    "delay": "urn:xmpp:delay",
    "sid": "urn:xmpp:sid:0",
    "vcard": "vcard-temp",
    "vcard_update": "vcard-temp:x:update",
    "caps": "http://jabber.org/protocol/caps",
    "nick": "http://jabber.org/protocol/nick",
    "version": "jabber:iq:version",
    "last": "jabber:iq:last",
    "errors": "urn:ietf:params:xml:ns:xmpp-stanzas",
    "media": "urn:xmpp:media-element",
    "validate": "http://jabber.org/protocol/xdata-validate",
}


class Stanza:
    """A message, presence or iq that arrived."""

    def __init__(self, xml):
        self.xml = copy.deepcopy(xml)
        for element in self.xml.iter():
            # What a component receives looks as it does to a client.
            element.tag = element.tag.replace("{jabber:component:accept}", "{jabber:client}")
        self.kind = self.xml.tag.split("}")[-1]
        self.from_ = self.xml.get("from")
        self.to = self.xml.get("to")
        self.id = self.xml.get("id")
        self.type = self.xml.get("type")

    def find(self, path):
        """The first element on a path of prefixed names, or None."""
        return self.xml.find(path, NAMESPACES)

    def findall(self, path):
        return self.xml.findall(path, NAMESPACES)

    def text(self, path):
        return self.xml.findtext(path, None, NAMESPACES)

    def has(self, path):
        return self.find(path) is not None

    def is_from(self, jid):
        """A bare JID fits every resource, None everybody."""
        if jid is None or self.from_ == jid:
            return True
        return self.from_ is not None and "/" not in jid and self.from_.split("/")[0] == jid

    @property
    def string(self):
        return ET.tostring(self.xml, encoding="unicode")

    @property
    def body(self):
        return self.text("client:body")

    @property
    def subject(self):
        return self.text("client:subject")

    @property
    def status(self):
        return self.text("client:status")

    @property
    def show(self):
        return self.text("client:show")

    @property
    def form(self):
        """The data form somewhere inside, or None."""
        element = self.xml.find(".//{jabber:x:data}x")
        return None if element is None else Form(element)

    @property
    def error_condition(self):
        for element in self.findall("client:error/*"):
            if element.tag.startswith("{%s}" % NAMESPACES["errors"]) and not element.tag.endswith("}text"):
                return element.tag.split("}")[1]
        return None

    @property
    def error_type(self):
        element = self.find("client:error")
        return None if element is None else element.get("type")

    @property
    def error_text(self):
        return self.text("client:error/errors:text")

    def __repr__(self):
        return self.string


class Field:
    def __init__(self, element):
        self.element = element
        self.var = element.get("var")
        self.type = element.get("type") or "text-single"
        self.label = element.get("label")
        self.required = element.find("data:required", NAMESPACES) is not None
        self.values = [value.text or "" for value in element.findall("data:value", NAMESPACES)]
        self.options = {option.findtext("data:value", "", NAMESPACES): option.get("label")
                        for option in element.findall("data:option", NAMESPACES)}

    @property
    def value(self):
        return self.values[0] if self.values else None


class Form:
    """XEP-0004. `fields` by name in their order; `rows` are the items of a result, as {var: value}."""

    def __init__(self, element):
        self.element = element
        self.type = element.get("type")
        self.title = element.findtext("data:title", None, NAMESPACES)
        self.instructions = "\n".join(e.text or "" for e in element.findall("data:instructions", NAMESPACES))
        fields = [Field(e) for e in element.findall("data:field", NAMESPACES)]
        self.fields = {field.var: field for field in fields if field.var is not None}
        self.fixed = [field.value for field in fields if field.type == "fixed"]
        self.columns = {e.get("var"): e.get("label") for e in element.findall("data:reported/data:field", NAMESPACES)}
        self.rows = [{field.get("var"): field.findtext("data:value", None, NAMESPACES)
                      for field in item.findall("data:field", NAMESPACES)}
                     for item in element.findall("data:item", NAMESPACES)]

    def __getitem__(self, var):
        return self.fields[var]

    def __contains__(self, var):
        return var in self.fields


def form_xml(fields, type="submit"):
    """A data form with the values given: a string, a bool, or a list of strings each."""
    parts = []
    for var, value in fields.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        texts = ["true" if v is True else "false" if v is False else str(v) for v in values]
        parts.append("<field var=%s>%s</field>" % (
            quoteattr(var), "".join("<value>%s</value>" % escape(text) for text in texts)))
    return "<x xmlns='jabber:x:data' type='%s'>%s</x>" % (type, "".join(parts))
