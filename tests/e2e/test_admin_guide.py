# SPDX-License-Identifier: MPL-2.0
"""The servers configured with what docs/admin-guide.md says, word for word."""

import os
import re
import shutil
import subprocess

import gangway as gangway_module
import process
import pytest
from client import Client
from servers import Ejabberd, Prosody

DOMAIN = "example.org"
DEMO = "demo.example.org"
SECRET = "change-me-too"


def block(mark):
    """The fenced block below a comment of the guide."""
    with open(os.path.join(gangway_module.ROOT, "docs", "admin-guide.md"), encoding="utf-8") as file:
        return re.search(r"<!-- %s -->\n```\w*\n(.*?)^```$" % mark, file.read(), re.S | re.M).group(1)


class GuideProsody(Prosody):
    """A global section as the tests need it, then the guide's."""

    def _config(self):
        directory = self.path("data", "example%2eorg", "accounts")
        os.makedirs(directory)
        for account in ("romeo", "juliet"):
            with open(os.path.join(directory, account + ".dat"), "w") as file:
                file.write('return { password = "%s" };\n' % account)
        general = super()._config().split("VirtualHost")[0]
        general = re.sub(r"^(unlimited_jids|privileged_entities) = .*\n", "", general, flags=re.M)
        general = re.sub(r'^plugin_paths = .*\n', "", general.replace('; "privilege"; "gangway_archive"', ""), flags=re.M)
        upload = 'http_host = "127.0.0.1"\nhttp_external_url = "http://127.0.0.1:%d/"\n' % self.http_port
        return general + upload + block("prosody").replace("/usr/share/gangway/prosody", self.PLUGINS)


class GuideEjabberd(Ejabberd):
    """Listeners for clients and files, modules that every server has, and the guide's configuration around them."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        guide = block("ejabberd").replace("port: 5347", "port: %d" % self.component_port)
        guide = guide.replace("listen:\n", "listen:\n" + self._listeners()).replace("modules:\n", """modules:
  mod_disco: {}
  mod_carboncopy: {}
""").replace("    access: upload\n", """    access: upload
    docroot: "%s"
    put_url: "http://127.0.0.1:%d/upload"
""" % (self.path("upload"), self.http_port))
        self.config_path = self.write("ejabberd.yml", """
hosts: [%s]
loglevel: info
certfiles: []
auth_password_format: plain

""" % DOMAIN + guide)

    def _listeners(self):
        return """  - {module: ejabberd_c2s, ip: "127.0.0.1", port: %d, access: all, shaper: none, starttls: false}
  - {module: ejabberd_http, ip: "127.0.0.1", port: %d, request_handlers: {/upload: mod_http_upload}}
""" % (self.c2s_port, self.http_port)

    def _register_accounts(self):
        calls = ['ejabberd_auth:try_register(<<"%s">>, <<"%s">>, <<"%s">>)' % (name, DOMAIN, name)
                 for name in ("romeo", "juliet")]
        return '%s, file:write_file("%s", <<>>).' % (", ".join(calls), self._ready_path)


@pytest.fixture
def romeo_at(tmp_path, gangway):
    """romeo_at(kind, options): the guide's server, a gateway to demo, and Romeo's client."""
    things = []

    def start(kind, **options):
        server = kind(tmp_path / "server").start()
        things.append(server)
        gangway(server, {DEMO: dict({"module": "demo", "secret": SECRET}, **options)}, wait_for=[])
        romeo = Client("romeo@%s/orchard" % DOMAIN, server)
        things.append(romeo)
        romeo.wait_online(DEMO)
        return romeo

    yield start
    for thing in reversed(things):
        (thing.close if isinstance(thing, Client) else thing.stop)()


def test_prosody_lets_contacts_into_the_contact_list(romeo_at):
    # rows: Y1
    romeo = romeo_at(GuideProsody)
    romeo.register(DEMO, {"username": "romeo", "password": "x"})
    romeo.wait_for_presence("echo@" + DEMO)
    assert romeo.roster()["echo@" + DEMO]["subscription"] == "both"
    assert not romeo.find(lambda s: s.kind == "presence" and s.type == "subscribe")


def test_ejabberd_of_debian_asks(romeo_at):
    # rows: Y2
    romeo = romeo_at(GuideEjabberd)
    romeo.register(DEMO, {"username": "romeo", "password": "x"})
    romeo.wait_for_presence("echo@" + DEMO, type="subscribe")


@pytest.mark.parametrize("kind, options", [
    (GuideProsody, {}), (GuideEjabberd, {}), (GuideEjabberd, {"upload-requester": "bot@" + DEMO}),
], ids=["prosody", "ejabberd", "ejabberd-by-name"])
def test_qr_codes_are_uploaded(romeo_at, kind, options):
    romeo = romeo_at(kind, registration="qr", **options)
    answer = romeo.iq("<query xmlns='jabber:iq:register'><username>romeo</username><password>x</password></query>",
                      to=DEMO, type="set", check=False)
    assert answer.error_condition == "not-acceptable", answer
    picture = romeo.wait_for(lambda s: s.has("oob:x"), "a picture")
    assert picture.text("oob:x/oob:url").startswith("http://127.0.0.1:"), picture


def test_the_configuration_runs(tmp_path, gangway):
    """`gangway check` is asked by tests/docs; here the guide's file meets the guide's server."""
    with GuideProsody(tmp_path / "server") as server:
        daemon = gangway(server, {}, is_started=False)
        daemon.configure = lambda: daemon.write("gangway.conf", block("configuration"))
        daemon.awaited = []
        daemon.command = lambda: [daemon.program, "--config", daemon.configure(), "--server", server.address,
                                  "--data-dir", daemon.data_dir, "--module-dir",
                                  os.path.join(gangway_module.BUILD, "modules")]
        daemon.start()
        daemon.wait_for_log("(?s)demo.example.org.*connected.*irc.example.org.*connected|"
                            "irc.example.org.*connected.*demo.example.org.*connected")
        process.poll(lambda: daemon.is_running, "it runs")


def test_a_backup_can_be_restored(prosody, connect, gangway, tmp_path):
    component = "demo.localhost"
    daemon = gangway(prosody, {component: {"module": "demo"}})
    romeo = connect("romeo@localhost/orchard", prosody)
    romeo.register(component, {"username": "romeo", "password": "x"})
    romeo.wait_for_presence(component, show="chat")
    for name in ("gangway.key", component + "/gangway.sqlite"):
        assert os.stat(os.path.join(daemon.data_dir, name)).st_mode & 0o777 == 0o600

    daemon.stop()
    shutil.copytree(daemon.data_dir, tmp_path / "backup")
    shutil.rmtree(daemon.data_dir)
    shutil.copytree(tmp_path / "backup", daemon.data_dir)
    romeo.forget()
    assert "romeo@localhost" in daemon.run("users", "list").stdout
    daemon.start()
    romeo.wait_for_presence(component, show="chat", status="Connected as romeo")


def test_the_database_is_nobody_elses_while_it_runs(prosody, gangway):
    component = "demo.localhost"
    daemon = gangway(prosody, {component: {"module": "demo"}})
    database = os.path.join(daemon.data_dir, component, "gangway.sqlite")
    result = subprocess.run(["sqlite3", database, "SELECT count(*) FROM users"], capture_output=True, text=True)
    assert "locked" in result.stderr
