# SPDX-License-Identifier: MPL-2.0
"""What a packager, an admin and the author of a module outside of the tree meet."""

import os
import re
import shutil

import pytest

import headers
import installation
from installation import ROOT, exported

HERE = os.path.dirname(os.path.abspath(__file__))

C = [["gcc", "-std=c11"], ["gcc", "-std=gnu17"], ["clang", "-std=c11"]]
CXX = [["g++", "-std=c++11"], ["g++", "-std=c++20"], ["clang++", "-std=c++20"]]
COMPILERS = pytest.mark.parametrize("compiler", C, ids=" ".join)


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    installation.build()
    return installation.Installation(tmp_path_factory.mktemp("destination"))


@pytest.fixture
def echo(installed, tmp_path):
    """A copy of the template, as installed."""
    folder = tmp_path / "echo"
    shutil.copytree(installed.path("usr/share/doc/gangway/examples/echo"), folder)
    return folder


def configuration(folder, module, **settings):
    path = folder / "gangway.conf"
    lines = ["[gangway]", "data-dir = %s" % folder, "[echo.localhost]", "module = %s" % module, "secret = s"]
    path.write_text("\n".join(lines + ["%s = %s" % setting for setting in settings.items()]) + "\n")
    return path


def assert_all_went_well(tap):
    """What a program of scenarios says; those of the template are two."""
    lines = [line.split()[0] for line in tap.splitlines()]
    assert lines == ["ok", "ok", "1..2"], tap


# What is installed.

def test_everything_is_in_its_place(installed):
    files = set(installed.files())
    libdir = os.path.relpath(installed.libdir, installed.destination)
    for expected in ["usr/bin/gangway", "usr/share/man/man1/gangway.1", "usr/lib/systemd/system/gangway.service",
                     "usr/lib/sysusers.d/gangway.conf", "usr/share/gangway/prosody/mod_gangway_archive.lua",
                     "usr/share/doc/gangway/examples/gangway.conf",
                     libdir + "/libgangway.so.1", libdir + "/pkgconfig/gangway.pc", libdir + "/pkgconfig/gangway-test.pc"]:
        assert expected in files
    for module in ["demo", "echo", "irc"]:
        assert "%s/gangway/modules/%s.so" % (libdir, module) in files
    in_the_tree = {name for name in os.listdir(os.path.join(ROOT, "include/gangway")) if name.endswith(".h")}
    assert set(os.listdir(installed.headers)) == in_the_tree
    assert not [name for name in files if name.endswith(".a")], "the core is no library for others"


def test_nothing_knows_where_it_was_built(installed):
    texts = [name for name in installed.files() if name.endswith((".pc", ".service", ".conf", ".h", "gangway.1"))]
    for name in texts:
        with open(installed.path(name), encoding="utf-8") as file:
            text = file.read()
        assert installation.BUILD not in text and ROOT not in text and installed.destination not in text, name
    for name in installed.files():
        if ".so" in name or name.startswith("usr/bin"):
            dynamic = installation.run("readelf", "-d", installed.path(name))
            assert "RPATH" not in dynamic and "RUNPATH" not in dynamic, name


# The program.

def test_the_program_tells_about_itself(installed):
    with open(os.path.join(ROOT, "meson.build"), encoding="utf-8") as file:
        version = re.search(r"version: '([^']*)'", file.read()).group(1)
    assert installed.gangway("--version").split() == ["gangway", version]
    assert "usage: gangway" in installed.gangway("--help")
    listed = installed.gangway("modules").splitlines()
    assert [line.split()[0] for line in listed] == ["demo", "echo", "irc"]
    assert "cannot" not in "".join(listed)


def test_modules_are_looked_for_where_they_are_installed(installed):
    moduledir = installed.run("pkg-config", "--variable=moduledir", "gangway").strip()
    moduledir = moduledir[len(installed.destination):] if moduledir.startswith(installed.destination) else moduledir
    assert os.path.isdir(installed.path(moduledir.lstrip("/")))
    assert "(default: %s)" % moduledir in installed.run(installed.program, "--help")


def test_a_configuration_is_checked(installed, tmp_path):
    path = configuration(tmp_path, "echo")
    assert "fine" in installed.gangway("check", "--config", path)
    wrong = configuration(tmp_path, "no-such-module")
    with pytest.raises(AssertionError, match="gave 2 and said(.|\n)*no-such-module"):
        installed.gangway("check", "--config", wrong)


def test_the_example_of_a_configuration_is_fine(installed):
    example = installed.path("usr/share/doc/gangway/examples/gangway.conf")
    assert "fine" in installed.gangway("check", "--config", example)


def test_the_manual_page_can_be_read(installed):
    if not shutil.which("man"):
        pytest.skip("there is no man here")
    page = installed.path("usr/share/man/man1/gangway.1")
    text = installed.run("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", page)
    assert "GANGWAY(1)" in text and ": warning:" not in text


def test_systemd_accepts_the_service(installed, tmp_path):
    # rows: Y4
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd here")
    service = installed.path("usr/lib/systemd/system/gangway.service")
    with open(service, encoding="utf-8") as file:
        text = file.read()
    assert "ExecStart=/usr/bin/gangway\n" in text
    copy = tmp_path / "gangway.service"  # the program is not in /usr/bin yet, and its manual not where man looks
    copy.write_text(re.sub("^Documentation=.*\n", "", text.replace("/usr/bin/gangway", installed.program), flags=re.M))
    said = installation.run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", copy)
    assert "gangway.service" not in said, said
    # Fails when the exposure is rated above 2.0 of 10.
    installation.run("systemd-analyze", "security", "--offline=yes", "--threshold=20", copy)


# The library.

def test_only_the_public_interface_is_exported(installed):
    declared = {header.name: set(header.functions()) for header in headers.read_all(installed.headers)}
    of_tests = declared.pop("test.h")
    public = set().union(*declared.values())
    assert exported(os.path.join(installed.libdir, "libgangway.so")) == public
    assert exported(os.path.join(installed.libdir, "libgangway-test.so")) == public | of_tests
    for name in os.listdir(installed.modules):
        assert exported(os.path.join(installed.modules, name)) == {"gw_module"}, name


def test_each_public_function_is_explained(installed):
    for header in headers.read_all(installed.headers):
        assert not header.undocumented(), header.name


def test_public_headers_mention_nothing_internal(installed):
    for header in headers.read_all(installed.headers):
        for include in header.includes():
            assert re.fullmatch(r"<(gangway/\w+|std\w+)\.h>", include), "%s: %s" % (header.name, include)
        strange = [name for name in header.names() if not name.lower().startswith(("gw_", "gangway_"))]
        assert not strange, "%s: %s" % (header.name, strange)


@pytest.mark.parametrize("compiler", C + CXX, ids=" ".join)
def test_each_header_stands_alone(installed, tmp_path, compiler):
    suffix = ".cc" if "++" in compiler[0] else ".c"
    for header in headers.read_all(installed.headers):
        source = tmp_path / (header.name + suffix)
        source.write_text("#include <gangway/%s>\n#include <gangway/%s>\nextern int nothing;\n" % (header.name, header.name))
        installed.run(*compiler, *installation.WARNINGS, "-fsyntax-only", source,
                      *installed.run("pkg-config", "--cflags", "gangway").split())


def test_pkg_config_asks_for_nothing_else(installed):
    # Who writes a module needs Gangway's headers, not those of the libraries that Gangway is made with.
    for package in ["gangway", "gangway-test"]:
        asked = installed.run("pkg-config", "--print-requires", "--print-requires-private", package)
        assert not asked.strip(), asked


# Modules.

@COMPILERS
def test_a_module_is_built_outside_of_the_tree(installed, echo, compiler):
    module = installed.compile(compiler + ["-shared", "-fPIC"], echo / "mine.so", echo / "echo.c")
    assert "fine" in installed.gangway("check", "--config", configuration(echo, module))
    listed = installed.run(installed.program, "modules", "--module-dir", echo)
    assert listed.split() == ["mine", "Echo"]


@COMPILERS
def test_a_module_is_tested_outside_of_the_tree(installed, echo, compiler):
    program = installed.compile(compiler, echo / "test", echo / "echo.c", os.path.join(HERE, "main.c"),
                                package="gangway-test", extra=["-DTEST"])
    assert_all_went_well(installed.run(program, echo / "echo.scenario"))


@COMPILERS
def test_a_program_of_one_module(installed, echo, compiler):
    program = installed.compile(compiler, echo / "echo", echo / "echo.c", os.path.join(HERE, "main.c"))
    assert "gangway" in installed.run(program, "--version")
    path = configuration(echo, "echo")
    assert "fine" in installed.run(program, "check", "--config", path)


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_a_module_in_cxx(installed, echo, compiler):
    source = os.path.join(HERE, "echo.cc")
    command = [compiler, "-std=c++20", "-Wno-missing-field-initializers"]  # g++ knows no C idioms
    module = installed.compile(command + ["-shared", "-fPIC", "-fvisibility=hidden"], echo / "cxx.so", source)
    assert "fine" in installed.gangway("check", "--config", configuration(echo, module))
    assert "gw_module" in exported(module)

    module_object, main_object = echo / "module.o", echo / "main.o"
    installed.compile(command, module_object, source, extra=["-c", "-Wno-unused-command-line-argument"])
    installed.compile(["gcc"], main_object, os.path.join(HERE, "main.c"), extra=["-c", "-DTEST"])
    program = installed.compile([compiler], echo / "test", module_object, main_object, package="gangway-test")
    assert_all_went_well(installed.run(program, echo / "echo.scenario"))
