# SPDX-License-Identifier: MPL-2.0
"""A release build, installed as a packager does it: for the prefix /usr, into a folder of its own."""

import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("GANGWAY_INSTALL_BUILD", os.path.join(ROOT, "build-install"))

WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror", "-pedantic"]


def run(*command, **options):
    """What the command printed. One that fails, fails the test with everything it said."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **options)
    assert done.returncode == 0, "%s\ngave %d and said:\n%s" % (" ".join(map(str, command)), done.returncode, done.stdout)
    return done.stdout


def build():
    if not os.path.exists(os.path.join(BUILD, "build.ninja")):
        run("meson", "setup", BUILD, ROOT, "--prefix=/usr", "--buildtype=release", "-Dwerror=true")
    run("ninja", "-C", BUILD, "-j", os.environ.get("GANGWAY_JOBS", os.cpu_count()))


class Installation:
    def __init__(self, destination):
        self.destination = str(destination)
        run("meson", "install", "--no-rebuild", "-C", BUILD, env=dict(os.environ, DESTDIR=self.destination))
        self.libdir = os.path.dirname(self.find("libgangway.so"))
        self.modules = os.path.join(self.libdir, "gangway", "modules")
        self.headers = self.path("usr/include/gangway")
        self.program = self.path("usr/bin/gangway")
        # The linker looks for what libgangway needs, and the loader for libgangway, in the folder that is not / yet.
        self.environment = dict(os.environ, PKG_CONFIG_SYSROOT_DIR=self.destination, LD_LIBRARY_PATH=self.libdir,
                                PKG_CONFIG_LIBDIR=os.path.join(self.libdir, "pkgconfig"))

    def path(self, *parts):
        return os.path.join(self.destination, *parts)

    def files(self):
        for folder, _, names in os.walk(self.destination):
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self.destination)

    def find(self, name):
        return self.path(next(path for path in self.files() if os.path.basename(path) == name))

    def run(self, *command, **options):
        return run(*command, env=self.environment, **options)

    def gangway(self, *arguments, **options):
        return self.run(self.program, *arguments, "--module-dir", self.modules, **options)

    def flags(self, package):
        return self.run("pkg-config", "--cflags", "--libs", package).split()

    def compile(self, compiler, output, *sources, package="gangway", extra=()):
        """Compiles and links with nothing but what pkg-config says."""
        self.run(compiler[0], *WARNINGS, *compiler[1:], *extra, "-o", output, *sources, *self.flags(package))
        return str(output)


def exported(path):
    """What a shared library defines for others."""
    lines = run("nm", "-D", "--defined-only", path).splitlines()
    return {line.split()[-1].split("@")[0] for line in lines}
