#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Holds the documentation to what the program is.

    check.py --tables PROGRAM [--gangway PROGRAM --modules DIRECTORY]   complains, exit code 1
    check.py --tables PROGRAM --update                                  puts the generated tables into docs/

Checked: tables between `<!-- NAME... -->` and `<!-- end of NAME -->` are what tests/docs/tables.c prints; code below a
comment `<!-- module -->` compiles against the public headers; code below `<!-- echo.c -->` stands in
modules/echo/echo.c, and together the pieces are all of it; configurations below `<!-- configuration -->` pass `gangway
check`; links and names of files lead somewhere, those of the tests among them.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLES = {"xeps": "docs/xeps.md", "keys": "docs/admin-guide.md"}

problems = []


def complain(path, line, text):
    problems.append("%s:%d: %s" % (path, line, text))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def pages():
    return ["README.md"] + sorted("docs/" + name for name in os.listdir(os.path.join(ROOT, "docs"))
                                  if name.endswith(".md"))


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def blocks(text, mark):
    """The fenced blocks right below <!-- mark -->: (line, content)."""
    pattern = r"<!-- %s -->\n```\w*\n(.*?)^```$" % re.escape(mark)
    for match in re.finditer(pattern, text, re.S | re.M):
        yield line_of(text, match.start()), match.group(1)


def check_tables(tables, update):
    for name, path in TABLES.items():
        wanted = subprocess.run([tables, name], check=True, capture_output=True, text=True).stdout
        text = read(path)
        match = re.search(r"(<!-- %s[^\n]*-->\n)(.*?)(<!-- end of %s -->)" % (name, name), text, re.S)
        if match.group(2) == wanted:
            continue
        if update:
            with open(os.path.join(ROOT, path), "w", encoding="utf-8") as file:
                file.write(text[:match.start(2)] + wanted + text[match.end(2):])
            print("docs: updated the table in " + path)
        else:
            complain(path, line_of(text, match.start()), "the table is not what the program says: run script/docs "
                     "--update")


def check_modules(path, text):
    for line, code in blocks(text, "module"):
        result = subprocess.run(
            ["cc", "-std=gnu11", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", "-fsyntax-only", "-I",
             os.path.join(ROOT, "include"), "-x", "c", "-"], input=code, capture_output=True, text=True)
        if result.returncode != 0:
            complain(path, line, "the module does not compile:\n" + result.stderr)


def check_quotations(path, text):
    """Pieces of echo.c, in their order, with nothing left out but blank lines."""
    pieces = list(blocks(text, "echo.c"))
    if not pieces:
        return
    source = [line for line in read("modules/echo/echo.c").splitlines() if line]
    at = 0
    for line, piece in pieces:
        for quoted in filter(None, piece.splitlines()):
            if at >= len(source) or source[at] != quoted:
                complain(path, line, "is not the next of modules/echo/echo.c:\n  expected: %s\n  found:    %s" % (
                    source[at] if at < len(source) else "the end", quoted))
                return
            at += 1
    if at < len(source):
        complain(path, pieces[-1][0], "the end of modules/echo/echo.c is not quoted: " + source[at])


def check_configurations(path, text, gangway, modules):
    for line, configuration in blocks(text, "configuration"):
        with tempfile.TemporaryDirectory() as directory:
            name = os.path.join(directory, "gangway.conf")
            with open(name, "w") as file:
                file.write(configuration)
            result = subprocess.run([gangway, "check", "--config", name, "--module-dir", modules], capture_output=True,
                                    text=True)
        if result.returncode != 0:
            complain(path, line, "`gangway check` does not like it: " + result.stderr)


def check_links(path, text):
    prose = re.sub(r"^```.*?^```$", lambda match: "\n" * match.group(0).count("\n"), text, flags=re.S | re.M)
    for match in re.finditer(r"\]\(([^)#\s]+)(#[^)]*)?\)", prose):
        target = match.group(1)
        if "://" not in target and not os.path.exists(os.path.join(ROOT, os.path.dirname(path), target)):
            complain(path, line_of(prose, match.start()), "there is no " + target)
    # Files of the tree that are named in code, such as `src/net/loop.c` or `script/demo`.
    for match in re.finditer(r"`((?:src|include|modules|script|tests|docs|data)/[^`\s]+)[^`]*`", prose):
        target = match.group(1)
        is_pattern = "*" in target or "NOUN" in target
        if not is_pattern and not os.path.exists(os.path.join(ROOT, target)):
            complain(path, line_of(prose, match.start()), "there is no " + target)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tables", required=True)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--gangway")
    parser.add_argument("--modules")
    arguments = parser.parse_args()

    check_tables(arguments.tables, arguments.update)
    for path in pages():
        text = read(path)
        check_modules(path, text)
        check_quotations(path, text)
        check_links(path, text)
        if arguments.gangway:
            check_configurations(path, text, arguments.gangway, arguments.modules)
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
