#!/usr/bin/env python3
# SPDX-License-Identifier: MPL-2.0
"""Scenarios that have to fail do fail, and say why.

    check.py RUNNER FILE...

In each file, every line "# fails: TEXT" names a text that the report has to contain, in this order; every line
"# passes: TITLE" names a case that has to pass all the same.
"""
import subprocess
import sys


def texts(lines, prefix):
    return [line[len(prefix):].strip() for line in lines if line.startswith(prefix)]


def check(runner, path):
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    done = subprocess.run([runner, path], capture_output=True, text=True, timeout=60)
    problems = []
    if done.returncode != 1:
        problems.append(f"the exit code is {done.returncode}, not 1")
    at = 0
    for text in texts(lines, "# fails:"):
        found = done.stdout.find(text, at)
        if found < 0:
            problems.append(f"the report does not say (or not there): {text}")
        else:
            at = found + len(text)
    for title in texts(lines, "# passes:"):
        if not any(line.startswith("ok ") and line.endswith(f" - {title}") for line in done.stdout.splitlines()):
            problems.append(f"the case did not pass: {title}")
    return problems, done.stdout + done.stderr


def main(runner, *paths):
    failed = 0
    for number, path in enumerate(paths, 1):
        problems, output = check(runner, path)
        print(f"{'not ok' if problems else 'ok'} {number} - {path.rsplit('/', 1)[-1]}")
        for line in problems + (output.splitlines() if problems else []):
            print(f"#   {line}")
        failed += bool(problems)
    print(f"1..{len(paths)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
