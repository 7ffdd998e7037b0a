# SPDX-License-Identifier: MPL-2.0
"""What an administrator meets: mistakes in the configuration, modules that do not fit, files that are not right, a full disk.

Each is told in one clear line that names the place, with an exit code that a service manager understands: 2 is a mistake
that starting again does not mend, 1 everything else. What is stored is never harmed.
"""

import os
import re
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import tempfile

import pytest

import modules
import process
from demo import DEMO, JID, register, resident, wait_connected

ECHO = "echo@" + JID


@pytest.fixture
def offline(prosody, gangway):
    """offline(components, options): a daemon that is configured and not started."""
    def make(components=DEMO, options=None):
        return gangway(prosody, components, options, is_started=False)
    return make


def refused(daemon, *patterns, code=2):
    """It does not start, and says why in one line; nothing is said about memory that was lost on the way out."""
    result, log = daemon.start_in_vain()
    lines = [line for line in log.splitlines() if line]
    assert result == code and len(lines) == 1, (result, log)
    for pattern in patterns:
        assert re.search(pattern, lines[0]), (pattern, lines[0])
    assert daemon.server.secret not in log
    return lines[0]


# --- The configuration ---

def line_of(daemon, text):
    """The number of the line of the configuration with this text."""
    with open(daemon.configure()) as file:
        return next(number for number, line in enumerate(file, 1) if text in line)


@pytest.mark.parametrize("components, options, where, patterns", [
    (DEMO, {"log-levle": "debug"}, "log-levle", ["“log-levle”", "did you mean “log-level”"]),
    ({JID: {"module": "demo", "registratoin": "code"}}, {}, "registratoin", ["“registratoin”", "demo"]),
    ({JID: {"module": "demo", "secrets": "x"}}, {}, "secrets", ["“secrets”", "did you mean “secret”"]),
    ({JID: {"module": "demo", "data-dir": "/x"}}, {}, "/x", ["“data-dir”", r"\[gangway\]"]),
    (DEMO, {"log-level": "chatty"}, "chatty", ["“log-level” is “chatty”", "error, warning, info or debug"]),
    (DEMO, {"server": "localhost"}, "server", ["HOST:PORT"]),
    (DEMO, {"server": "localhost:99999"}, "server", ["HOST:PORT"]),
    (DEMO, {"input-timeout": "soon"}, "soon", ["“soon”", "30s"]),
    (DEMO, {"durable": "perhaps"}, "perhaps", ["yes or no"]),
    (DEMO, {"logins-at-once": "0"}, "logins-at-once", ["a number from 1"]),
    (DEMO, {"log-level": "info\njust words"}, "just words", ["name = value"]),
], ids=["key", "option", "close-key", "wrong-section", "level", "no-port", "port", "time", "boolean", "number", "words"])
def test_mistakes_in_the_configuration(offline, components, options, where, patterns):
    # rows: P36 P37
    daemon = offline(components, options)
    place = r"gangway\.conf:%d\b" % line_of(daemon, where)
    refused(daemon, place, *patterns)
    checked = daemon.run("check", check=False)
    assert checked.returncode == 2 and re.search(place, checked.stderr), checked
    assert os.listdir(daemon.data_dir) == []


@pytest.mark.parametrize("module, option, value, pattern", [
    ("demo", "registration", "nonsense", "expected form, code or qr"),
    ("irc", "irc-tls", "maybe", "expected yes or no"),
    ("irc", "irc-port", "many", "expected a number from 1 to 65535"),
    ("irc", "irc-server", "irc.libera.chat:6697", "expected the name of a server, .*irc-port"),
    ("irc", "ca-file", "/no/such/file.pem", "expected a file that can be read"),
])
def test_options_of_modules_that_are_wrong(offline, module, option, value, pattern):
    # rows: P36 P37
    daemon = offline({JID: {"module": module, option: value}})
    patterns = (r"gangway\.conf:%d\b" % line_of(daemon, value), "“%s” is “%s”" % (option, value), pattern)
    checked = daemon.run("check", check=False)
    assert checked.returncode == 2 and all(re.search(one, checked.stderr) for one in patterns), checked
    assert os.listdir(daemon.data_dir) == []
    refused(daemon, *patterns)


def test_what_is_missing_from_the_configuration(offline):
    # rows: P1 P3
    refused(offline({JID: {"module": None}}), re.escape("[%s]" % JID), "module")
    refused(offline({JID: {"module": "demo", "secret": None}}), re.escape("[%s]" % JID), "secret")
    refused(offline({}), "no component")
    refused(offline({"demo@localhost": {"module": "demo"}}), "demo@localhost", code=2)


def test_conf_d_and_its_mistakes(offline):
    daemon = offline({JID: {"module": "demo", "secret": None}})
    os.makedirs(daemon.path("conf.d"))
    daemon.write("conf.d/10-secret.conf", "[%s]\nsecret = %s\n" % (JID, daemon.server.secret))
    assert daemon.run("check").returncode == 0
    daemon.write("conf.d/20-mistake.conf", "[%s]\nmodul = demo\n" % JID)
    refused(daemon, r"20-mistake\.conf:2\b", "did you mean “module”")


def test_the_command_line(offline):
    daemon = offline()
    for arguments, pattern in ((["--no-such-option"], "--no-such-option"), (["--log-level"], "--log-level"),
                               (["dance"], "dance"), (["users", "dance"], "usage"), (["users", "show"], "usage")):
        result = daemon.run(*arguments, check=False)
        assert result.returncode == 2 and pattern in result.stderr, (arguments, result)
    assert "usage" in daemon.run("--help").stdout
    assert re.match(r"gangway \d", daemon.run("--version").stdout)


def test_check(offline):
    daemon = offline({JID: {"module": "demo"}, "echo.localhost": {"module": "echo"}})
    result = daemon.run("check")
    assert re.search(r"demo\.localhost.*demo", result.stdout) and re.search(r"echo\.localhost.*echo", result.stdout)
    assert daemon.server.secret not in result.stdout + result.stderr
    assert os.listdir(daemon.data_dir) == []


def test_users_without_a_store(offline):
    """Nothing is made that the service could not use, or that hides where the store really is."""
    daemon = offline()
    listed = daemon.run("users", "list")
    assert JID in listed.stderr and daemon.database(JID) in listed.stderr and listed.stdout == ""
    assert daemon.run("users", "show", "romeo@localhost", check=False).returncode == 1
    assert os.listdir(daemon.data_dir) == []


# --- Modules ---

def test_modules_that_cannot_be_used(offline, tmp_path):
    # rows: P1
    wrong_version = modules.build(tmp_path, "future", abi="999")
    text = tmp_path / "text.so"
    text.write_text("This is no library.")
    no_module = str(tmp_path / "other.so")
    shutil.copy(os.path.realpath("/lib/x86_64-linux-gnu/libexpat.so.1"), no_module)
    for path, patterns in ((wrong_version, ["future.so", "version 999", "build the module anew"]),
                           (str(text), ["text.so"]), (no_module, ["other.so", "no Gangway module"]),
                           ("nobody-wrote-this", ["“nobody-wrote-this”", "looked for"]),
                           (str(tmp_path / "absent.so"), ["absent.so"])):
        daemon = offline({JID: {"module": path}})
        refused(daemon, *patterns)
        checked = daemon.run("check", check=False)
        assert checked.returncode == 2 and all(re.search(pattern, checked.stderr) for pattern in patterns), checked
        assert os.listdir(daemon.data_dir) == []


def test_a_module_that_lacks_something(offline, tmp_path):
    lacking = modules.build(tmp_path, "lacking", members=".registration_type = GW_REGISTRATION_QRCODE,")
    daemon = offline({JID: {"module": lacking}})
    checked = daemon.run("check", check=False)
    assert checked.returncode == 1 and "get_qr_text" in checked.stderr, checked
    result, log = daemon.start_in_vain()
    assert result == 1 and "get_qr_text" in log and log.count("\n") == 1


def test_a_module_that_does_not_start(offline, tmp_path):
    stubborn = modules.build(tmp_path, "stubborn", members=".start = start,", more="""
static bool start(struct gw_gateway *gateway) {
	gw_log_error(gw_gateway_log(gateway), "the network is closed on Mondays");
	return false;
}
""")
    daemon = offline({"echo.localhost": {"module": "echo"}, JID: {"module": stubborn}})
    result, log = daemon.start_in_vain()
    assert result == 1
    assert "closed on Mondays" in log and re.search(r"demo\.localhost.*could not start", log), log


def test_a_required_option(offline, tmp_path):
    needy = modules.build(tmp_path, "needy", members=".options = options,", more="""
static const struct gw_module_option options[] = {
	{ "api-id", NULL, "The number that the network gave you", true },
	{ 0 },
};
""")
    daemon = offline({JID: {"module": needy}})
    refused(daemon, "“api-id”", "The number that the network gave you")
    assert daemon.run("check", check=False).returncode == 2
    daemon.components[JID]["api-id"] = "7"
    assert daemon.run("check").returncode == 0


# The admin's durable would be taken for the daemon's own.
GREEDY = """
static const struct gw_module_option options[] = {
	{ "token", NULL, "From the network", false },
	{ "durable", "no", "Whether messages last", false },
	{ 0 },
};
"""
GREEDY_REFUSED = r"the module %s has an option “durable”, .*“durable” is a key of Gangway's own"


def test_an_option_by_the_name_of_a_key(offline, tmp_path):
    greedy = modules.build(tmp_path, "greedy", members=".options = options,", more=GREEDY)
    daemon = offline({JID: {"module": greedy}})
    refused(daemon, GREEDY_REFUSED % greedy)
    checked = daemon.run("check", check=False)
    assert checked.returncode == 2 and re.search(GREEDY_REFUSED % greedy, checked.stderr), checked


def test_modules_are_listed(offline, tmp_path):
    daemon = offline()
    daemon.configure()
    shutil.copy(modules.build(tmp_path, "future", abi="999"), daemon.path("modules"))
    shutil.copy(modules.build(tmp_path, "greedy", members=".options = options,", more=GREEDY), daemon.path("modules"))
    result = daemon.run("modules")
    for name in ("demo", "echo", "irc"):
        assert re.search(r"^%s\b" % name, result.stdout, re.M), result.stdout
    assert re.search(r"^future\b.*version 999", result.stdout, re.M), result.stdout
    assert re.search(r"^greedy\b.*" + GREEDY_REFUSED % "greedy", result.stdout, re.M), result.stdout


# --- Users ---

def test_users_are_listed_shown_and_deleted(prosody, gangway, connect):
    # rows: N2
    daemon = gangway(prosody, DEMO)
    romeo, juliet = connect("romeo@localhost/orchard", prosody), connect("juliet@localhost/balcony", prosody)
    register(romeo, password="romeos-password")
    register(juliet, password="juliets-password")
    daemon.stop()
    listed = daemon.run("users", "list").stdout
    assert "romeo@localhost" in listed and "juliet@localhost" in listed
    shown = daemon.run("users", "show", "Romeo@LOCALHOST").stdout
    assert "romeo@localhost" in shown and "echo" in shown and "juliet" not in shown
    unknown = daemon.run("users", "show", "mercutio@localhost", check=False)
    assert unknown.returncode == 1 and "mercutio@localhost is not registered" in unknown.stderr
    assert "romeo@localhost is removed" in daemon.run("users", "delete", "romeo@localhost").stdout
    assert re.search(r"romeo@localhost .*is removed", daemon.run("users", "list").stdout)
    unknown = daemon.run("users", "delete", "mercutio@localhost", check=False)
    assert unknown.returncode == 1 and "mercutio@localhost is not registered" in unknown.stderr
    other = daemon.run("--jid", "other.localhost", "users", "list", check=False)
    assert other.returncode == 2 and "other.localhost" in other.stderr
    for text in (listed, shown, daemon.log()):
        assert "-password" not in text
    daemon.start()
    wait_connected(juliet)
    romeo.wait_for(lambda s: s.body and "has been removed" in s.body, "that the registration was removed")
    romeo.message("Do you know me?", to=ECHO)
    assert romeo.wait_for_error(ECHO).error_condition == "registration-required"
    daemon.stop()
    assert "romeo" not in daemon.run("users", "list").stdout


# --- Files ---

def stored(daemon):
    """Everything in the data directory."""
    contents = {}
    for directory, _, names in os.walk(daemon.data_dir):
        for name in names:
            path = os.path.join(directory, name)
            with open(path, "rb") as file:
                contents[path] = file.read()
    return contents


@pytest.fixture
def with_a_user(prosody, gangway, connect):
    """A daemon that was stopped after somebody had registered."""
    daemon = gangway(prosody, DEMO)
    register(connect("romeo@localhost/orchard", prosody))
    daemon.stop()
    return daemon


def test_files_are_private(with_a_user):
    # rows: W-10 N15
    for directory, _, names in os.walk(with_a_user.data_dir):
        assert stat.S_IMODE(os.stat(directory).st_mode) == 0o700
        for name in names:
            path = os.path.join(directory, name)
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o600, path
    assert not any(b"secret" in content and b"romeo" in content for path, content in stored(with_a_user).items()
                   if path.endswith(".key"))
    database = stored(with_a_user)[with_a_user.database(JID)]
    assert b"romeo@localhost" in database and b"\x00secret\x00" not in database


def test_users_need_no_key(with_a_user):
    """It may come from the service manager."""
    os.rename(os.path.join(with_a_user.data_dir, "gangway.key"), with_a_user.path("key"))
    assert "romeo@localhost" in with_a_user.run("users", "list").stdout
    assert not os.path.exists(os.path.join(with_a_user.data_dir, "gangway.key"))
    os.rename(with_a_user.path("key"), os.path.join(with_a_user.data_dir, "gangway.key"))
    with_a_user.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_what_root_does_belongs_to_the_service(with_a_user):
    nobody = 65534
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o711)
        data = os.path.join(directory, "data")
        shutil.copytree(with_a_user.data_dir, data)
        with_a_user.options["data-dir"] = data
        for parent, _, names in os.walk(data):
            for name in [""] + names:
                os.chown(os.path.join(parent, name), nobody, nobody)
        with_a_user.run("users", "delete", "romeo@localhost")
        for parent, _, names in os.walk(data):
            for name in [""] + names:
                assert os.stat(os.path.join(parent, name)).st_uid == nobody, name


def test_a_key_that_others_can_read(with_a_user):
    # rows: W-10
    key = os.path.join(with_a_user.data_dir, "gangway.key")
    os.chmod(key, 0o644)
    refused(with_a_user, re.escape(key), "644", "chmod 600", code=1)
    os.chmod(key, 0o600)
    with open(key) as file:
        text = file.read()
    with open(key, "w") as file:
        file.write(text[:20])
    refused(with_a_user, re.escape(key), "not a key", code=1)
    with open(key, "w") as file:
        file.write(text)
    with_a_user.start()


def test_another_key(with_a_user, connect):
    """The key got lost: credentials cannot be read, which is said, and nothing is overwritten."""
    # rows: W-10
    key = os.path.join(with_a_user.data_dir, "gangway.key")
    with open(key) as file:
        text = file.read()
    os.unlink(key)
    before = stored(with_a_user)
    with_a_user.spawn()
    code_or_none = None
    try:
        with_a_user.wait_for_log("key|credentials")
    finally:
        code_or_none = with_a_user.child.poll()
        with_a_user.kill()
    assert re.search("key", with_a_user.log()), (code_or_none, with_a_user.log())
    os.chmod(with_a_user.data_dir, 0o700)
    with open(key, "w") as file:
        file.write(text)
    os.chmod(key, 0o600)
    assert before.keys() <= stored(with_a_user).keys()
    with_a_user.start()
    romeo = connect("romeo@localhost/orchard", with_a_user.server)
    wait_connected(romeo)


@pytest.fixture
def subject_to_permissions():
    """What makes root obey the modes of files, as any other user does."""
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"] \
        if os.geteuid() == 0 else []


def test_a_data_directory_that_is_read_only(with_a_user, subject_to_permissions):
    before = stored(with_a_user)
    with_a_user.wrapper = subject_to_permissions
    directory = os.path.dirname(with_a_user.database(JID))
    os.chmod(directory, 0o500)
    refused(with_a_user, re.escape(directory), "(?i)cannot write", "denied", code=1)
    os.chmod(directory, 0o700)
    os.chmod(with_a_user.database(JID), 0o400)
    refused(with_a_user, re.escape(with_a_user.database(JID)), "(?i)cannot write", "denied", code=1)
    os.chmod(with_a_user.database(JID), 0o600)
    assert stored(with_a_user) == before
    with_a_user.start()


def test_a_data_directory_that_cannot_be(offline, subject_to_permissions):
    daemon = offline()
    file = daemon.write("file", "")
    daemon.options["data-dir"] = file
    refused(daemon, re.escape(file), code=1)
    daemon.options["data-dir"] = "/proc/no/such/place"
    refused(daemon, "/proc/no", code=1)
    os.chmod(daemon.data_dir, 0o500)
    daemon.options["data-dir"] = daemon.data_dir
    daemon.wrapper = subject_to_permissions
    refused(daemon, re.escape(daemon.data_dir), "denied", code=1)
    os.chmod(daemon.data_dir, 0o700)


def damage_header(path):
    with open(path, "r+b") as file:
        file.write(b"This was a database once. ")


def damage_pages(path):
    with open(path, "r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(100)
        file.write(os.urandom(size - 100))


def make_somebody_elses(path):
    for suffix in ("", "-wal", "-turns", "-shm"):
        if os.path.exists(path + suffix):
            os.unlink(path + suffix)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE recipes (name TEXT)")
    database.close()


def make_newer(path):
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 999")
    database.close()


@pytest.mark.parametrize("harm, patterns", [
    (damage_header, ["not a database|damaged"]),
    (damage_pages, ["malformed|damaged|corrupt"]),
    (make_somebody_elses, ["another program"]),
    (make_newer, ["newer"]),
], ids=["header", "pages", "another-program", "newer"])
def test_a_database_that_cannot_be_used(with_a_user, harm, patterns):
    path = with_a_user.database(JID)
    harm(path)
    before = stored(with_a_user)
    result, log = with_a_user.start_in_vain()
    lines = log.splitlines()
    assert result == 1 and len(lines) == 1, log
    for pattern in [re.escape(path)] + patterns:
        assert re.search(pattern, lines[0]), lines[0]
    after = stored(with_a_user)
    assert after[path] == before[path]
    listed = with_a_user.run("users", "list", check=False)
    assert listed.returncode == 1 and path in listed.stderr


def test_two_daemons_with_one_data_directory(prosody, gangway):
    first = gangway(prosody, DEMO)
    second = gangway(prosody, DEMO, {"data-dir": first.data_dir}, is_started=False)
    refused(second, re.escape(first.data_dir), code=1)


# --- A full disk ---

class Disk:
    """Lets a process write no file beyond what is there now, and lets it write again."""

    def __init__(self, daemon):
        self.pid = daemon.child.pid
        self.daemon = daemon
        self.hard = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)[1]

    def fill(self):
        # Its log still has to be written.
        size = os.path.getsize(self.daemon.output_path) + 16384
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (size, self.hard))

    def empty(self):
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (self.hard, self.hard))


def test_a_full_disk(prosody, gangway, connect):
    daemon = gangway(prosody, DEMO)
    romeo, juliet = connect("romeo@localhost/orchard", prosody), connect("juliet@localhost/balcony", prosody)
    register(romeo)
    disk = Disk(daemon)
    disk.fill()
    sent = []

    def says_so():
        sent.append("Message %d" % len(sent))
        romeo.message(sent[-1], to=ECHO)
        return re.search(r"^.*nothing can be stored.*$", daemon.log(), re.M)

    line = process.poll(says_so, "the log says that the disk is full").group(0)
    assert daemon.data_dir in line
    juliet.register_later = juliet.new_id()
    juliet.send("<iq type='set' id='%s' to='%s'><query xmlns='jabber:iq:register'><username>juliet</username>"
                "<password>secret</password></query></iq>" % (juliet.register_later, JID))
    romeo.message("The last one", to=ECHO)
    assert daemon.is_running
    disk.empty()
    daemon.wait_for_log("storing works again")
    juliet.wait_for(lambda s: s.id == juliet.register_later and s.type == "result", "the answer to the registration")
    for body in sent + ["The last one"]:
        romeo.message(body, from_=resident("echo"))
    romeo.fence(JID)
    for body in sent + ["The last one"]:
        assert len(romeo.find(lambda s: s.body == body)) == 1
    assert len(re.findall("nothing can be stored", daemon.log())) == 1
    # And it is really on the disk.
    daemon.kill()
    daemon.start()
    wait_connected(juliet)


def test_the_end_with_a_full_disk(prosody, gangway, connect):
    daemon = gangway(prosody, DEMO)
    romeo = connect("romeo@localhost/orchard", prosody)
    register(romeo)
    Disk(daemon).fill()

    def says_so():
        romeo.message("One more", to=ECHO)
        return "nothing can be stored" in daemon.log()

    process.poll(says_so, "the log says that the disk is full")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() in (0, 1)
    assert "lost" in daemon.log() or "not everything could be stored" in daemon.log()
    daemon.start()
    wait_connected(romeo)


# --- The log ---

def test_priorities_are_for_the_journal_and_times_for_everybody_else(offline):
    daemon = offline()
    daemon.options["data-dir"] = "/proc/no/such/place"
    read, write = os.pipe()
    place = os.fstat(write)

    def complaint(stream):
        environment = dict(os.environ, **daemon.environment(), JOURNAL_STREAM=stream)
        assert subprocess.run(daemon.command(), stderr=write, env=environment).returncode == 1
        return os.read(read, 4096).decode()

    to_journal = complaint("%d:%d" % (place.st_dev, place.st_ino))
    elsewhere = complaint("1:1")
    os.close(read)
    os.close(write)
    assert to_journal.startswith("<3>") and re.match(r"\d{4}-", elsewhere), (to_journal, elsewhere)


def test_no_password_is_ever_in_the_log(prosody, gangway, connect):
    # rows: W-10
    daemon = gangway(prosody, DEMO, {"log-level": "debug"})
    romeo, juliet = connect("romeo@localhost/orchard", prosody), connect("juliet@localhost/balcony", prosody)
    register(romeo, password="sesame-legacy")
    juliet.register(JID, {"username": "juliet", "password": "sesame-form"})
    wait_connected(juliet)
    romeo.register(JID, {"username": "romeo", "password": "sesame-changed"})
    juliet.unregister(JID)
    juliet.wait_for_presence(JID, type="unavailable")
    command = juliet.command(JID, "jabber:iq:register")
    command.next({"username": "juliet", "password": "sesame-command"})
    juliet.iq("<query xmlns='jabber:iq:register'><remove/></query>", to=JID, type="set", check=False)
    juliet.forget()
    juliet.message("register", to=JID)
    juliet.wait_for(lambda s: s.is_from(JID) and s.body and "name" in s.body.lower() and "abort" in s.body, "a question")
    juliet.message("juliet", to=JID)
    juliet.wait_for(lambda s: s.is_from(JID) and s.body and "Password" in s.body, "the question for the password")
    juliet.message("sesame-chat", to=JID)
    juliet.wait_for(lambda s: s.is_from(JID) and s.kind == "message" and s.body, "an answer")
    romeo.message("sesame-private-words", to=ECHO)
    romeo.message("sesame-private-words", from_=resident("echo"))
    daemon.stop()
    assert "sesame" not in daemon.log()
    assert prosody.secret not in daemon.log()
    for path, content in stored(daemon).items():
        assert b"sesame" not in content, path
