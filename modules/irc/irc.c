/* SPDX-License-Identifier: MPL-2.0 */
/*
 * IRC: one connection for each user, to the server that they name or the admin fixed, and private messages over it.
 *
 *	line, casemap, isupport, split, convert   the protocol's words, pure functions
 *	handshake, sasl, problem                  getting in, and why not
 *	queue, identity, client                   one connection
 *	deliveries                                what the server has taken
 *	kept                                      what came before the login
 *	settings, validate, session, people, incoming, outgoing   the user's side
 */
#include "session.h"
#include "settings.h"

static bool start(struct gw_gateway *gateway) {
	return irc_gateway_read(gw_gateway_data(gateway), gateway);
}

static void stop(struct gw_gateway *gateway) {
	struct irc_gateway *mine = gw_gateway_data(gateway);
	irc_kept_finish(&mine->kept);
}

GW_MODULE(irc) = {
	.abi = GW_ABI_VERSION,
	.version = IRC_VERSION,
	.component_name = "IRC",
	.component_type = "irc",
	.roster_group = "IRC",
	.welcome_message = "Welcome to IRC. You can write to anybody on your server: their address is nickname%server@ this "
					   "gateway's address (or only nickname@ where the gateway is for one server). Type `help` here to see "
					   "what I can do.",
	.registration_type = GW_REGISTRATION_SINGLE_STEP_FORM,
	.registration_fields = irc_registration_fields,
	.registration_instructions = "Which IRC server do you want to be on, and as whom? The server is asked at once whether it "
								 "lets you in.",
	.options = irc_options,
	.start = start,
	.stop = stop,
	.gateway_size = sizeof(struct irc_gateway),
	.session_size = sizeof(struct irc_session),
	.contact_size = sizeof(struct irc_contact),
	.session_opened = irc_session_opened,
	.session_closed = irc_session_closed,
	.validate = irc_validate,
	.login = irc_login,
	.logout = irc_logout,
	.is_contact_id = irc_is_contact_id,
	.on_message = irc_on_message,
	.messages_at_once = 1, /* so that the lines of one do not make the next one wait for longer than it may */
};
