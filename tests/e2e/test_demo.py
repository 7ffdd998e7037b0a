# SPDX-License-Identifier: MPL-2.0
"""script/demo, as somebody new runs it."""

import os
import re
import signal
import subprocess

import pytest

import gangway
import process
from client import Client

DEMO = os.path.join(gangway.ROOT, "script", "demo")

if not os.path.exists(os.path.join(gangway.BUILD, "build.ninja")):
    pytest.skip("script/demo builds, and there is no build folder", allow_module_level=True)


def start(directory, *arguments):
    environment = dict(os.environ, GANGWAY_BUILD=gangway.BUILD, TMPDIR=str(directory))
    return subprocess.Popen([DEMO, *arguments], cwd="/", env=environment, stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)


def read_until(child, pattern):
    """All that it printed up to the line that matches."""
    text = ""
    for line in child.stdout:
        text += line
        if re.search(pattern, line):
            return text
    raise AssertionError("/%s/ was not printed:\n%s" % (pattern, text))


def test_once_plays_the_conversation_and_cleans_up(tmp_path):
    child = start(tmp_path, "--once")
    output = child.communicate(timeout=4 * process.PATIENCE)[0]
    assert child.returncode == 0, output
    for line in ("echo@demo.localhost → Romeo: +Hello", "romeo@demo.localhost → Juliet: +But soft, what light[?]",
                 "mercutio@irc.localhost → Romeo: +True, I talk of dreams[.]", "Every step arrived"):
        assert re.search(line, output), output
    assert os.listdir(tmp_path) == []


def test_stays_up_until_it_is_interrupted(tmp_path):
    child = start(tmp_path)
    output = read_until(child, "^Logs and configuration: ")
    port = int(re.search("server +127.0.0.1, port ([0-9]+)", output).group(1))

    class Server:
        c2s_port = port

    with Client("romeo@localhost/mine", Server) as romeo:
        romeo.message("Still there?", to="echo@demo.localhost")
        romeo.message("Still there?", from_="echo@demo.localhost")
        romeo.message("Art thou?", to="mercutio@irc.localhost")
        romeo.message("You said: Art thou?", from_="mercutio@irc.localhost")
    child.send_signal(signal.SIGINT)
    rest = child.communicate(timeout=process.PATIENCE)[0]
    assert child.returncode == 0, output + rest
    assert os.listdir(tmp_path) == []
    assert not process.port_answers(port)
