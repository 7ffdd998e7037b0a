# SPDX-License-Identifier: MPL-2.0
"""What the public headers say: their paragraphs, the functions they declare, and the names they use."""

import os
import re

FUNCTION = re.compile(r"\b(gw_\w+)\s*\(")


class Header:
    def __init__(self, path):
        self.name = os.path.basename(path)
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.code = re.sub(r"/\*.*?\*/", " ", self.text, flags=re.S)

    def includes(self):
        return re.findall(r"^#include\s+(\S+)", self.text, re.M)

    def functions(self):
        """The names of the functions that are declared here."""
        declarations = re.sub(r"^#(?:.*\\\n)*.*$", "", self.code, flags=re.M)
        depth, outside = 0, []
        for piece in re.split(r"([{}])", declarations.replace('extern "C" {', "")):
            depth += {"{": 1, "}": -1}.get(piece, 0)
            if depth <= 0 and piece not in "{}":
                outside.append(piece)
        statements = "".join(outside).split(";")
        return [found.group(1) for found in map(FUNCTION.search, statements) if found]

    def undocumented(self):
        """Functions in a paragraph without a comment: neither above them, nor behind, nor above their neighbours."""
        found = []
        for paragraph in re.split(r"\n\s*\n", self.text):
            if "/*" not in paragraph and not paragraph.lstrip().startswith("#"):
                found += FUNCTION.findall(paragraph)
        return [name for name in found if name in self.functions()]

    def names(self):
        """Names of types and macros that the header defines or refers to."""
        types = re.findall(r"\b(?:struct|enum|union)\s+(\w+)", self.code)
        return set(types + re.findall(r"^#define\s+(\w+)", self.code, re.M))


def read_all(folder):
    return [Header(os.path.join(folder, name)) for name in sorted(os.listdir(folder)) if name.endswith(".h")]
