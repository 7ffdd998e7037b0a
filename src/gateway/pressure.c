/* SPDX-License-Identifier: MPL-2.0 */
/* Backpressure, from the disk and the XMPP server to the network. */
#include "gateway/pressure.h"

#include "gateway/early.h"
#include "gateway/journal.h"
#include "net/hold.h"

/* Before it is told, nobody is refused: what a connection has read already has no other place to go. */
static void tell_module(void *data) {
	struct gw_gateway *gateway = data;
	bool has_room = journal_has_room(gateway->journal);
	if (gateway->is_module_told_full == !has_room) {
		return;
	}
	gateway->is_module_told_full = !has_room;
	if (!has_room) {
		gw_log_warning(&gateway->log, "the network has to wait: %s", store_is_blocked(gateway->store) ?
				"its messages cannot be kept" : "too much waits for the XMPP server");
	} else {
		gw_log_info(&gateway->log, "the network need not wait any more");
		for (struct gw_session *session = gateway->sessions; session; session = session->hh.next) {
			early_tell_again(session);
		}
	}
	if (gateway->module->on_room) {
		gateway->module->on_room(gateway, has_room);
	}
}

void pressure_update(struct gw_gateway *gateway) {
	unsigned held = store_is_blocked(gateway->store) ? HOLD_READING | HOLD_WRITING :
			journal_has_room(gateway->journal) ? HOLD_NOTHING : HOLD_READING;
	hold_connections(&gateway->scope, held);
	if (gateway->is_module_told_full != (held != HOLD_NOTHING)) {
		gw_defer(&gateway->scope, tell_module, gateway);
	}
}

bool gw_gateway_has_room(const struct gw_gateway *gateway) {
	return !gateway->is_module_told_full;
}
