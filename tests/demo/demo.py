#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""What script/demo plays: a private XMPP server, a private IRC server, one Gangway process, and a conversation.

Everything lives in a temporary directory and on 127.0.0.1, and ends with this program. The servers and clients are those
of the end-to-end tests.
"""

import argparse
import contextlib
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
logging.getLogger("slixmpp").setLevel(logging.CRITICAL)

import process  # noqa: E402
from certificates import Authority  # noqa: E402
from client import Client, IqError  # noqa: E402
from gangway import Gangway  # noqa: E402
from irc_client import IrcClient  # noqa: E402
from irc_servers import Ngircd  # noqa: E402
from servers import Prosody  # noqa: E402

DEMO, IRC = "demo.localhost", "irc.localhost"
IRC_NICK = "mercutio"
USUAL_C2S_PORT = 5222

started_at = time.monotonic()


class Interrupted(Exception):
    pass


def handle_signal(number, frame):
    raise Interrupted


# --- What is printed ---

def is_coloured():
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def paint(text, code):
    return "\033[%sm%s\033[0m" % (code, text) if is_coloured() else text


def heading(text):
    print("\n" + paint(text, "1"), flush=True)


def said(speaker, listener, text):
    """One line of the conversation, printed when it has arrived."""
    arrow = "%s → %s:" % (speaker, listener)
    print("  %-38s %s" % (arrow, paint(text, "36")), flush=True)


def note(text):
    print("  " + paint(text, "2"), flush=True)


@contextlib.contextmanager
def progress(text):
    """"Starting Prosody ... 0.6 s", the end of the line when it is done."""
    print("  %-50s" % (text + " ..."), end="", flush=True)
    begin = time.monotonic()
    yield
    print(" %.1f s" % (time.monotonic() - begin), flush=True)


# --- What is played ---

def usual_port():
    """The one that clients try by themselves, when nobody has it."""
    return None if process.port_answers(USUAL_C2S_PORT) else USUAL_C2S_PORT


class Stage:
    """The servers, the gateway and the people, in the order in which they come."""

    def __init__(self, directory, stack):
        self.directory = directory
        self.stack = stack
        with progress("Making a certificate for this demo"):
            self.authority = Authority(self.path("authority"))
        with progress("Starting Prosody"):
            self.xmpp = stack.enter_context(Prosody(
                self.path("prosody"), c2s_port=usual_port(), certificate=self.authority.issue("localhost", "127.0.0.1")))
        with progress("Starting ngIRCd"):
            self.irc = stack.enter_context(Ngircd(self.path("ngircd"), self.authority))
        with progress("Starting Gangway with %s and %s" % (DEMO, IRC)):
            self.gangway = stack.enter_context(Gangway(self.path("gangway"), self.xmpp, self.components(),
                                                       options={"log-level": "info"}))

    def path(self, name):
        return os.path.join(self.directory, name)

    def components(self):
        return {
            DEMO: {"module": "demo"},
            IRC: {"module": "irc", "irc-server": self.irc.host, "irc-port": self.irc.tls_port, "irc-tls": "yes",
                  "ca-file": self.authority.ca_file},
        }

    def connect(self, jid):
        return Client(jid, self.xmpp)

    def logs(self):
        return "\n".join(one.logs(4000) for one in (self.xmpp, self.irc, self.gangway))


def register(user, name, jid, fields):
    """By the registration form, as the dialogue of a client does it."""
    form = user.registration(jid).form
    asked = [field.label for field in form.fields.values() if field.type not in ("hidden", "fixed")]
    said(jid, name, "(a form) " + ", ".join(asked))
    shown = ["•" * len(value) if form[var].type == "text-private" else value for var, value in fields.items()]
    user.register(jid, fields)
    said(name, jid, "(fills it in) " + ", ".join(shown))
    welcome = user.message(from_=jid).body
    said(jid, name, welcome.splitlines()[0])
    status = user.wait_for(lambda s: s.kind == "presence" and s.is_from(jid) and s.show == "chat",
                           "the gateway's status after the login").status
    said(jid, name, "(status) %s" % status)


def tell(from_, from_name, address, to, to_name, sender, text):
    """A chat message from one XMPP client to another, through the gateway."""
    from_.message(text, to=address)
    said(from_name, address, text)
    to.message(text, from_=sender)
    said(sender, to_name, text)


def converse(stage):
    heading("Romeo and Juliet have accounts on the XMPP server. They register with %s:" % DEMO)
    with stage.connect("romeo@localhost/demo") as romeo, stage.connect("juliet@localhost/demo") as juliet:
        register(romeo, "Romeo", DEMO, {"username": "romeo", "password": "o-teach-me"})
        register(juliet, "Juliet", DEMO, {"username": "juliet", "password": "swear-not"})

        heading("The residents of the demo network are in Romeo's contact list. He talks to one:")
        for resident in ("echo", "clock", "gallery"):
            romeo.wait_for_presence("%s@%s" % (resident, DEMO))
        names = sorted(item["name"] for jid, item in romeo.roster().items() if jid.endswith("@" + DEMO))
        note("Romeo's contact list: " + ", ".join(names))
        romeo.message("Hello", to="echo@" + DEMO)
        said("Romeo", "echo@" + DEMO, "Hello")
        said("echo@" + DEMO, "Romeo", romeo.message("Hello", from_="echo@" + DEMO).body)

        heading("Romeo and Juliet talk through the demo network:")
        tell(romeo, "Romeo", "juliet@" + DEMO, juliet, "Juliet", "romeo@" + DEMO, "But soft, what light?")
        tell(juliet, "Juliet", "romeo@" + DEMO, romeo, "Romeo", "juliet@" + DEMO, "Ay me.")

        heading("Romeo registers with %s, which logs him in to the IRC server:" % IRC)
        register(romeo, "Romeo", IRC, {"nick": "romeo"})

        heading("He writes to somebody who sits there with an IRC client:")
        with IrcClient(stage.irc, IRC_NICK, tls=True) as mercutio:
            address = "%s@%s" % (IRC_NICK, IRC)
            romeo.message("Peace, Mercutio, peace!", to=address)
            said("Romeo", address, "Peace, Mercutio, peace!")
            said("romeo (IRC)", IRC_NICK, mercutio.message("romeo", IRC_NICK, "Peace, Mercutio, peace!"))
            mercutio.say("romeo", "True, I talk of dreams.")
            said(IRC_NICK, "romeo (IRC)", "True, I talk of dreams.")
            said(address, "Romeo", romeo.message("True, I talk of dreams.", from_=address).body)


# --- Afterwards ---

def keep_mercutio_talking(client, stop):
    """Somebody on IRC who answers, for whoever tries the gateway."""
    while not stop.is_set():
        try:
            line = client.wait_for(r"^(?:@\S+ )?:([^!]+)!\S+ PRIVMSG %s :?(.*)$" % IRC_NICK, patience=1)
        except AssertionError:
            continue
        client.say(line.group(1), "You said: " + line.group(2))


INVITATION = """
Everything stays up until you press Ctrl-C. Connect an XMPP client of your own:

  address    romeo@localhost         or  juliet@localhost
  password   romeo                   or  juliet
  server     127.0.0.1, port {c2s}     (not encrypted, or STARTTLS with a certificate that nobody knows)

and try:

  {demo:<26} the gateway: write `help` to it, or look at its commands in your client's menu
  echo@{demo:<21} says back what you say; write `help` to it to see what else it does
  clock@{demo:<20} knows the time
  juliet@{demo:<19} is who is registered as juliet: use two clients and talk to yourself
  {irc:<26} the gateway to IRC: register with a nickname as juliet, too
  {address:<26} somebody on the IRC server, who answers

An IRC client can join at 127.0.0.1, port {irc_port}, and write to `romeo`.
Logs and configuration: {directory}
"""


def stay(stage):
    print(INVITATION.format(c2s=stage.xmpp.c2s_port, demo=DEMO, irc=IRC, address="%s@%s" % (IRC_NICK, IRC),
                            irc_port=stage.irc.port, directory=stage.directory), flush=True)
    stop = threading.Event()
    with IrcClient(stage.irc, IRC_NICK, tls=True) as mercutio:
        talker = threading.Thread(target=keep_mercutio_talking, args=(mercutio, stop), daemon=True)
        talker.start()
        try:
            while all(one.is_running for one in (stage.xmpp, stage.irc, stage.gangway)):
                time.sleep(0.5)
            print("One of the programs ended by itself.\n" + stage.logs(), file=sys.stderr)
            return 1
        except Interrupted:
            return 0
        finally:
            stop.set()
            talker.join()


def perform(directory, once):
    with contextlib.ExitStack() as stack:
        heading("Starting, in " + directory)
        try:
            stage = Stage(directory, stack)
        except (OSError, RuntimeError) as error:
            print("\n\n%s" % error, file=sys.stderr)
            return 1
        try:
            converse(stage)
        except (AssertionError, IqError, TimeoutError, RuntimeError) as error:
            print("\n%s\n\nThis did not arrive: %s" % (stage.logs(), error), file=sys.stderr)
            return 1
        heading("Every step arrived, %.1f s after the start." % (time.monotonic() - started_at))
        code = 0 if once else stay(stage)
        print("Stopping.", flush=True)
    return code


def main():
    parser = argparse.ArgumentParser(prog="script/demo")
    parser.add_argument("--once", action="store_true", help="end after the conversation; exit code 0 when all of it arrived")
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, handle_signal)
    signal.signal(signal.SIGTERM, handle_signal)
    signal.signal(signal.SIGHUP, handle_signal)
    directory = tempfile.mkdtemp(prefix="gangway-demo-")
    code = 1
    try:
        code = perform(directory, arguments.once)
    except Interrupted:
        print("\nInterrupted.", file=sys.stderr)
        code = 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        shutil.rmtree(directory, ignore_errors=True)
    sys.exit(code)


main()
