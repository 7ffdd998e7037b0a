/* SPDX-License-Identifier: MPL-2.0 */
/* The command `unregister` (rows B19, C30). */
#include "command/builtin.h"
#include "command/run.h"
#include "gateway/registration.h"

static void removed(void *data) {
	gw_request_ok_text(data, "You are not registered any more. Everything that was stored about you here is removed.");
}

static void confirmed(struct gw_request *req, struct gw_command_run *run) {
	registration_remove(gw_command_session(run), removed, req);
}

static void ask(struct gw_request *req, struct gw_command_run *run) {
	(void)run;
	gw_command_confirm(req, "Do you really want to unregister? Your login, your settings here and the entries in your "
			"contact list will be removed.", confirmed);
}

const struct gw_command command_unregister = {
	.keyword = "unregister",
	.title = "Unregister",
	.help = "Ends your registration with this gateway and removes what is stored about you. Your account on the network "
			"itself stays.",
	.access = GW_ACCESS_USER,
	.run = ask,
};
