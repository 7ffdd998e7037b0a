# SPDX-License-Identifier: MPL-2.0
"""What `meson install` leaves behind is enough for somebody else's module."""

import os
import shutil
import subprocess

import gangway
import pytest

if not os.path.exists(os.path.join(gangway.BUILD, "build.ninja")):
    pytest.skip("there is no build folder", allow_module_level=True)

SANITIZED = subprocess.run(["nm", "-D", gangway.find_program()], capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """An installation in a directory of its own."""
    root = tmp_path_factory.mktemp("root")
    subprocess.run(["meson", "install", "-C", gangway.BUILD, "--no-rebuild", "--quiet"], check=True,
                   env=dict(os.environ, DESTDIR=str(root)))
    return root


def find(root, name):
    for directory, _, files in os.walk(root):
        if name in files:
            return os.path.join(directory, name)
    raise AssertionError("%s is not installed" % name)


def test_everything_is_installed(root):
    for name in ("gangway", "libgangway.so.1", "gangway.pc", "gangway-test.pc", "gangway.h", "test.h", "demo.so",
                 "echo.so", "irc.so", "gangway.1", "gangway.service"):
        find(root, name)
    unit = open(find(root, "gangway.service")).read()
    assert "ExecStart=" + find(root, "gangway")[len(str(root)):] + "\n" in unit


def test_a_strangers_module_builds_and_loads(root, tmp_path):
    pkg_config = find(root, "gangway.pc")
    environment = dict(os.environ, PKG_CONFIG_LIBDIR=os.path.dirname(pkg_config), PKG_CONFIG_SYSROOT_DIR=str(root),
                       LD_LIBRARY_PATH=os.path.dirname(find(root, "libgangway.so.1")))
    shutil.copy(os.path.join(gangway.ROOT, "modules", "echo", "echo.c"), tmp_path / "mine.c")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "gangway"], env=environment, check=True,
                           capture_output=True, text=True).stdout.split()
    sanitizers = ["-fsanitize=address,undefined"] if "__asan_init" in SANITIZED else []
    subprocess.run(["cc", "-shared", "-fPIC", "-Wall", "-Werror", *sanitizers, "-o", tmp_path / "mine.so",
                    tmp_path / "mine.c", *flags], check=True)
    result = subprocess.run([find(root, "gangway"), "modules", "--module-dir", tmp_path], env=environment,
                            capture_output=True, text=True)
    assert result.stdout.split() == ["mine", "Echo"], result
