# SPDX-License-Identifier: MPL-2.0
"""The users, the people on IRC, and what they say to each other at a steady pace."""

import asyncio
import random
import time

from irc import IrcPerson
from ledger import DEMO, IRC, TOKEN, Chat, Told, number_in, token
from world import HOST
from xmpp import CLIENT, XmppClient

PAIRS = (("romeo", "juliet"), ("tybalt", "nurse"))
USERS = tuple(name for pair in PAIRS for name in pair)
PEOPLE = ("mercutio", "benvolio")

RECEIVED = "{urn:xmpp:receipts}received"
DELAY = "{urn:xmpp:delay}delay"
REPLACE = "{urn:xmpp:message-correct:0}replace"
RETRACT = "{urn:xmpp:message-retract:1}retract"

# Four of five messages go from or to IRC, but not more in a second: ngircd takes no more of its clients for long.
IRC_SHARE, IRC_RATE = 0.8, 40

# So many of all messages of users edit the last one of their chat, or take it back.
EDITS, RETRACTIONS = 0.1, 0.03
WORDS = "but soft what light through yonder window breaks it is the east and she".split()


class User:
    """An XMPP account with one client, registered on the demo network and on IRC."""

    def __init__(self, name, server, ledger):
        self.name = name
        self.ledger = ledger
        self.client = XmppClient(name, HOST, server.c2s_port, self.handle)
        self.connected = {}  # component -> is the user connected to its network, as the gateway's presence says

    def handle(self, stanza):
        if stanza.tag == CLIENT + "presence":
            self._handle_presence(stanza)
        else:
            self.note(stanza, "live")

    def _handle_presence(self, stanza):
        if stanza.get("from") in (DEMO, IRC):
            is_chatty = stanza.findtext(CLIENT + "show") == "chat"
            self.connected[stanza.get("from")] = stanza.get("type") is None and is_chatty

    def note(self, stanza, source):
        """A message that came, or that the archive has."""
        id = stanza.get("id")
        if stanza.get("type") == "error":
            self._note_error(stanza, source)
            return
        if stanza.get("from") in (DEMO, IRC):
            self._note_words_of_gateway(stanza.findtext(CLIENT + "body") or "", source)
            return
        received = stanza.find(RECEIVED)
        if received is not None:
            number = number_in(received.get("id"))
            if number is not None and not (source == "archive" and self.ledger.receipts.get(number)):
                        self.ledger.receipts[number].append((time.monotonic(), source))
        number = number_in(stanza.findtext(CLIENT + "body"))
        is_delayed = stanza.find(DELAY) is not None
        replace, retract = stanza.find(REPLACE), stanza.find(RETRACT)
        if (stanza.get("from") or self.client.bare).split("/")[0] == self.client.bare:
            self.ledger.archived.add(number)
        elif retract is not None:
            self.ledger.was_retracted(self.name, retract.get("id"), source, id, is_delayed)
        elif number is not None:
            self.ledger.arrived(number, source, id, is_delayed, None if replace is None else replace.get("id"))

    def _note_words_of_gateway(self, words, source):
        """What came back while the client was gone is told in a message."""
        for number in map(int, TOKEN.findall(words)):
            if number in self.ledger.messages:
                self.ledger.errors[number].append(Told(time.monotonic(), source, "told"))

    def _note_error(self, stanza, source):
        number = number_in(stanza.get("id"))
        message = self.ledger.messages.get(number)
        if message is None or message.chat.sender != self.name:
            return
        error = stanza.find(CLIENT + "error")
        condition, text = "", ""
        for child in error if error is not None else ():
            name = child.tag.rpartition("}")[2]
            if name == "text":
                text = child.text or ""
            else:
                condition = condition or name
        self.ledger.errors[number].append(Told(time.monotonic(), source, condition, text))

    async def watch_absence(self):
        """Notes when no client of the user's was online."""
        is_online = True
        while True:
            if self.client.is_online != is_online:
                is_online = self.client.is_online
                absences = self.ledger.absences[self.name]
                if is_online:
                    absences[-1][1] = time.monotonic()
                else:
                    absences.append([time.monotonic(), None])
            await asyncio.sleep(0.05)

    async def register(self):
        answers = [
            (DEMO, "<username>%s</username><password>secret</password>" % self.name),
            (IRC, "<x xmlns='jabber:x:data' type='submit'>"
                  "<field var='FORM_TYPE'><value>jabber:iq:register</value></field>"
                  "<field var='nick'><value>%s</value></field></x>" % self.name),
        ]
        for jid, fields in answers:
            answer = await self.client.iq("<query xmlns='jabber:iq:register'>%s</query>" % fields, to=jid, type="set")
            if answer.get("type") != "result":
                raise RuntimeError("%s cannot register with %s: %s" % (self.name, jid, "".join(answer.itertext())))

    def is_connected(self):
        return self.client.is_online and self.connected.get(DEMO) and self.connected.get(IRC)


class Traffic:
    def __init__(self, seed, prosody, ngircd, ledger):
        self.chance = random.Random("%s traffic" % seed)
        self.ledger = ledger
        self.users = {name: User(name, prosody, ledger) for name in USERS}
        self.people = {nick: IrcPerson(nick, ngircd.port, self._heard_by(nick), self._settled) for nick in PEOPLE}
        self.nicks = {name: name for name in USERS}  # what users are called on IRC at the moment
        self.demo_chats = [Chat("demo", *pair) for pair in PAIRS] + [Chat("demo", *reversed(pair)) for pair in PAIRS]
        self.irc_chats = [Chat("out", user, nick) for user in USERS for nick in PEOPLE]
        self.irc_chats += [Chat("in", nick, user) for user in USERS for nick in PEOPLE]
        self._last = {}  # chat -> the last message that can be changed
        self._tasks = []

    def _heard_by(self, nick):
        def heard(speaker, text):
            number = number_in(text)
            message = self.ledger.messages.get(number)
            if message and message.chat.kind == "out":
                self.nicks[message.chat.sender] = speaker
                self.ledger.arrived(number, "irc")
        return heard

    def _settled(self, number, is_refused):
        self.ledger.accepted.add(number)
        if is_refused:
            user = self.ledger.messages[number].chat.receiver
            self.ledger.errors[number].append(Told(time.monotonic(), "irc", "401"))
            # Perhaps the gateway had to take another name.
            self.nicks[user] = user if len(self.nicks[user]) > len(user) + 1 else self.nicks[user] + "_"

    async def start(self):
        for one in list(self.users.values()) + list(self.people.values()):
            runner = one.client if isinstance(one, User) else one
            self._tasks.append(asyncio.ensure_future(runner.run()))
        for user in self.users.values():
            await asyncio.wait_for(user.client.online(), 30)
            self._tasks.append(asyncio.ensure_future(user.watch_absence()))

    async def register(self):
        for user in self.users.values():
            await self._answers(user)
            await user.register()
        await self.wait_connected(30)

    async def _answers(self, user):
        """The gateway's components are there."""
        for jid in (DEMO, IRC):
            for _ in range(100):
                answer = await user.client.iq("<query xmlns='http://jabber.org/protocol/disco#info'/>", to=jid)
                if answer.get("type") == "result":
                    break
                await asyncio.sleep(0.1)

    async def wait_connected(self, patience, relogin=False):
        """Whether all users are connected to both networks in time. relogin: those who wait for long try at once."""
        begin = asked_at = time.monotonic()
        while time.monotonic() - begin < patience:
            missing = [user for user in self.users.values() if not user.is_connected()]
            if not missing and all(person.is_online for person in self.people.values()):
                return True
            if relogin and time.monotonic() - asked_at > 8:
                asked_at = time.monotonic()
                for user in missing:
                    for jid in (DEMO, IRC):
                        if not user.connected.get(jid):
                            user.client.send("<message to='%s' type='chat'><body>re-login</body></message>" % jid)
            await asyncio.sleep(0.1)
        return False

    def missing(self):
        return [(user.name, user.connected) for user in self.users.values() if not user.is_connected()]

    async def talk(self, count, seconds):
        """So many messages, evenly over the time. Who is offline does not speak; somebody else does then."""
        begin = time.monotonic()
        irc_share = min(IRC_SHARE, IRC_RATE * seconds / count)
        said = 0
        while said < count:
            due = min(count, int((time.monotonic() - begin) / seconds * count) + 1)
            # After a hold-up it is not all said in one breath.
            for _ in range(min(due - said, 20)):
                said += self._say_one(irc_share)
            await asyncio.sleep(0.01)

    def _say_one(self, irc_share):
        chat = self.chance.choice(self.irc_chats if self.chance.random() < irc_share else self.demo_chats)
        speaker = self.people[chat.sender] if chat.kind == "in" else self.users[chat.sender].client
        if not speaker.is_online:
            return 0
        change, target = self._change(chat)
        message = self.ledger.say(chat, change, target)
        if not change:
            self._last[chat] = message.number
        text = "%s %d %s" % (token(message.number), message.index,
                             " ".join(self.chance.choices(WORDS, k=self.chance.randint(1, 12))))
        if chat.kind == "in":
            speaker.say(self.nicks[chat.receiver], text, message.number)
        else:
            to = "%s@%s" % (chat.receiver, DEMO if chat.kind == "demo" else IRC)
            speaker.send("<message to='%s' type='chat' id='%s'><body>%s</body>%s"
                         "<request xmlns='urn:xmpp:receipts'/></message>" % (
                             to, token(message.number), text, self._reference(message)))
        return 1

    def _change(self, chat):
        """Of the last message, as clients do: XEP-0308, XEP-0424. On IRC nothing can be taken back."""
        dice = self.chance.random()
        if chat.kind == "in" or chat not in self._last or dice >= EDITS + RETRACTIONS:
            return None, None
        if dice < EDITS:
            return "edit", self._last[chat]
        return ("retraction", self._last.pop(chat)) if chat.kind == "demo" else (None, None)

    def _reference(self, message):
        if message.change == "edit":
            return "<replace id='%s' xmlns='urn:xmpp:message-correct:0'/>" % token(message.target)
        if message.change == "retraction":
            return ("<retract id='%s' xmlns='urn:xmpp:message-retract:1'/>"
                    "<fallback for='urn:xmpp:message-retract:1' xmlns='urn:xmpp:fallback:0'/>" % token(message.target))
        return ""

    async def wait_quiet(self, silence, patience):
        """Until nobody has heard anything new for so long, and no link has carried a message: not from archives either."""
        end = time.monotonic() + patience
        counted, since = None, time.monotonic()
        while time.monotonic() < end:
            count = self.ledger.seen + len(self.ledger.receipts) + len(self.ledger.errors)
            if count != counted:
                counted, since = count, time.monotonic()
            if time.monotonic() - since >= silence:
                return True
            await asyncio.sleep(0.5)
        return False

    async def read_archives(self):
        """What each user's server keeps for them, which is what a client that was away catches up by."""
        for user in self.users.values():
            stanzas = []
            await user.client.archive(lambda stanza, stamp, stanzas=stanzas: stanzas.append(stanza))
            for stanza in stanzas:
                user.note(stanza, "archive")

    def close(self):
        for task in self._tasks:
            task.cancel()
