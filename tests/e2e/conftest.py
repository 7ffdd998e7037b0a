# SPDX-License-Identifier: MPL-2.0
"""What every end-to-end test finds ready.

Servers start once per run, when the first test asks for them, and are shared; tests that stop or break a server make
one of their own. A test of Gangway gets a fresh process with fresh data, and when it fails, the logs are shown.
"""

import itertools
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import gangway as gangway_module  # noqa: E402
from certificates import Authority  # noqa: E402
from client import Client  # noqa: E402
from irc_client import IrcClient  # noqa: E402
from irc_servers import Inspircd, Ngircd  # noqa: E402
from sasl_services import SaslServices  # noqa: E402
from servers import Ejabberd, Prosody  # noqa: E402


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """When a test fails, the report shows the end of the logs of all that it used."""
    report = (yield).get_result()
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            for thing in value if isinstance(value, list) else [value]:
                if hasattr(thing, "logs") and not isinstance(thing, type):
                    report.sections.append(("log of " + thing.name, thing.logs(8000)))


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def prosody(tmp_path_factory):
    with Prosody(tmp_path_factory.mktemp("prosody")) as server:
        yield server


@pytest.fixture(scope="session")
def plain_prosody(tmp_path_factory):
    """Prosody as it comes: no privileges for components, no upload service."""
    with Prosody(tmp_path_factory.mktemp("plain-prosody"), privileged=False, upload=False) as server:
        yield server


@pytest.fixture(scope="session")
def ejabberd(tmp_path_factory):
    with Ejabberd(tmp_path_factory.mktemp("ejabberd")) as server:
        yield server


@pytest.fixture(params=["prosody", "ejabberd"])
def xmpp_server(request):
    """Runs the test once on each of the servers."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def ngircd(tmp_path_factory, authority):
    with Ngircd(tmp_path_factory.mktemp("ngircd"), authority) as server:
        yield server


@pytest.fixture(scope="session")
def inspircd(tmp_path_factory, authority):
    with Inspircd(tmp_path_factory.mktemp("inspircd"), authority) as server:
        yield server


@pytest.fixture
def services(inspircd):
    """With it InspIRCd offers SASL, for the account romeo with the password `montague`."""
    with SaslServices(inspircd, {"romeo": "montague"}) as server:
        yield server


@pytest.fixture(params=["ngircd", "inspircd"])
def irc_server(request):
    """Runs the test once on each of the IRC servers."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def connect():
    """connect("romeo@localhost/orchard", server): an XMPP client that leaves when the test ends.

    The servers are shared, so an account starts a test without the contacts and messages that others left to it.
    """
    clients = []
    clean = set()

    def connect(jid, server, presence=True, **options):
        client = Client(jid, server, presence=False, **options)
        clients.append(client)
        if (client.bare, server) not in clean:
            clean.add((client.bare, server))
            client.clean(presence)
        elif presence:
            client.presence()
        return client

    yield connect
    for client in reversed(clients):
        client.close()


@pytest.fixture
def irc_connect():
    """irc_connect(server, "nick", tls=True): an IRC client that leaves when the test ends."""
    clients = []

    def connect(server, nick, **options):
        client = IrcClient(server, nick, **options)
        clients.append(client)
        return client

    yield connect
    for client in reversed(clients):
        client.close()


@pytest.fixture
def gangway(tmp_path):
    """gangway(server, {"demo.localhost": {"module": "demo"}}): a running daemon, ended with the test.

    Its end is part of the test: leaks, failed checks of the sanitizers and a shutdown that hangs make the test fail.
    """
    started = []
    numbers = itertools.count(1)

    def start(server, components, options=None, wait_for=None, is_started=True):
        directory = tmp_path / ("gangway%d" % next(numbers))
        daemon = gangway_module.Gangway(directory, server, components, options, wait_for)
        started.append(daemon)
        return daemon.start() if is_started else daemon

    start.name = "gangway"
    start.logs = lambda limit=20000: "\n".join(daemon.logs(limit) for daemon in started)
    yield start
    for daemon in reversed(started):
        daemon.stop()
