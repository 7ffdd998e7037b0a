# SPDX-License-Identifier: MPL-2.0
"""Modules that a test writes for itself, for networks that behave as none of ours does."""

import os
import subprocess

from gangway import ROOT

# A module that works, in as few words as possible; a test replaces what it wants to be different.
BEGINNING = """
#include <gangway/gangway.h>

static void validate(struct gw_request *req, const struct gw_jid *user, const struct gw_form *form) {
	(void)user, (void)form;
	gw_request_ok(req);
}
"""
LOGIN = """
static void login(struct gw_request *req, struct gw_session *session) {
	(void)session;
	gw_request_ok(req);
}
"""
LOGOUT = """
static void logout(struct gw_request *req, struct gw_session *session) {
	(void)session;
	gw_request_ok(req);
}
"""
END = """
GW_MODULE(tiny) = {
	.abi = %s,
	.component_name = "Tiny",
	.validate = validate,
	.login = login,
	.logout = logout,
	%s
};
"""


def build(directory, name, more="", login=LOGIN, logout=LOGOUT, abi="GW_ABI_VERSION", members=""):
    """Compiles a module and returns its path, for `module =`."""
    source = os.path.join(str(directory), name + ".c")
    path = os.path.join(str(directory), name + ".so")
    with open(source, "w") as file:
        file.write(BEGINNING + more + login + logout + END % (abi, members))
    subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-Wall", "-Werror", "-shared", "-fPIC",
                    "-I" + os.path.join(ROOT, "include"), "-o", path, source], check=True)
    return path
