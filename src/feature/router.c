/* SPDX-License-Identifier: MPL-2.0 */
/* From a stanza to the one handler (or, for messages, those) that it concerns, and the standard answers else. */
#include "feature/router.h"

#include "codec/disco.h"
#include "command/run.h"
#include "feature/message.h"
#include "feature/software.h"
#include "gateway/absence.h"
#include "gateway/contact.h"
#include "gateway/delivery_notes.h"
#include "gateway/outbox.h"
#include "gateway/returned.h"
#include "util/mem.h"
#include "xml/ns.h"
#include "xml/write.h"
#include "xmpp/condition.h"

#include <stdlib.h>
#include <string.h>

enum { IQ_BUCKETS = 64 };

/* A route that counts for this gateway. */
struct entry {
	struct entry *next;
	const struct route *route;
};

struct router {
	struct entry *iqs[IQ_BUCKETS]; /* by the address of the namespace's constant */
	struct entry *messages, *message_errors, *presences;
	struct disco_info gateway_info, contact_info;
	const char *gateway_info_xml; /* written once: it is what everybody asks first, and asks again */
	struct arena arena;
};

/* --- What counts here --- */

bool feature_is_available(const struct feature *feature, const struct gw_gateway *gateway) {
	return !feature->available || feature->available(gateway);
}

static size_t bucket_of(const char *ns) {
	uintptr_t address = (uintptr_t)ns;
	return (address ^ (address >> 7) ^ (address >> 13)) % IQ_BUCKETS;
}

static void append(struct router *router, struct entry **list, const struct route *route) {
	struct entry *entry = arena_new(&router->arena, sizeof(*entry));
	entry->route = route;
	while (*list) {
		list = &(*list)->next;
	}
	*list = entry;
}

static struct entry **list_of(struct router *router, const struct route *route) {
	switch (route->kind) {
	case IQ_GET:
	case IQ_SET:
		return &router->iqs[bucket_of(route->ns)];
	case MESSAGE:
		return &router->messages;
	case MESSAGE_ERROR:
		return &router->message_errors;
	case PRESENCE:
		break;
	}
	return &router->presences;
}

static void add_feature(struct router *router, const struct gw_gateway *gateway, const struct feature *feature) {
	for (const struct route *route = feature->routes; route && route->handle; route++) {
		append(router, list_of(router, route), route);
	}
	for (const char *const *name = feature->disco; name && *name; name++) {
		disco_add_feature(&router->gateway_info, *name);
	}
	for (const char *const *name = feature->contact_disco; name && *name; name++) {
		disco_add_feature(&router->contact_info, *name);
	}
	for (const struct feature_identity *one = feature->identities; one && one->category; one++) {
		disco_add_identity(&router->gateway_info, one->category, one->type, gateway_name(gateway));
	}
}

static void *router_new(struct gw_gateway *gateway, char **out_error) {
	gateway->commands = commands_new(gateway, out_error);
	if (!gateway->commands) {
		return NULL;
	}
	gateway->runs = runs_new(gateway, gateway->commands);
	struct router *router = mem_new(sizeof(*router));
	const char *type = gateway->module->component_type;
	disco_add_identity(&router->gateway_info, "gateway", type ? type : "gateway", gateway_name(gateway));
	disco_add_identity(&router->contact_info, "client", "pc", gateway_name(gateway));
	for (size_t i = 0; features[i]; i++) {
		if (feature_is_available(features[i], gateway)) {
			add_feature(router, gateway, features[i]);
		}
	}
	disco_add_form(&router->gateway_info, version_write_form(&router->arena, gateway));
	gateway->caps_ver = disco_caps_ver(&gateway->arena, &router->gateway_info);
	gateway->contact_caps_ver = disco_caps_ver(&gateway->arena, &router->contact_info);
	struct xml_node *parent = xml_new(&router->arena, "iq", NS_COMPONENT);
	disco_info_write(parent, &router->gateway_info, NULL);
	router->gateway_info_xml = xml_to_string(&router->arena, xml_first_element(parent), NS_COMPONENT);
	return router;
}

static void router_free(struct gw_gateway *gateway) {
	struct router *router = gateway->features;
	runs_free(gateway->runs);
	commands_free(gateway->commands);
	arena_finish(&router->arena);
	free(router);
}

const struct disco_info *router_gateway_info(const struct gw_gateway *gateway) {
	return &((const struct router *)gateway->features)->gateway_info;
}

const char *router_gateway_info_xml(const struct gw_gateway *gateway) {
	return ((const struct router *)gateway->features)->gateway_info_xml;
}

const struct disco_info *router_contact_info(const struct gw_gateway *gateway) {
	return &((const struct router *)gateway->features)->contact_info;
}

void router_user_available(struct gw_session *session, const struct presence_content *presence, const char *full_jid) {
	for (size_t i = 0; features[i]; i++) {
		if (features[i]->on_user_available && feature_is_available(features[i], session->gateway)) {
			features[i]->on_user_available(session, presence, full_jid);
		}
	}
}

/* --- Resolving: once for each stanza --- */

static enum gw_condition check_needs(const struct incoming *in, unsigned needs, const char **out_text) {
	if ((needs & (NEEDS_USER | NEEDS_LOGIN)) && !in->session) {
		*out_text = "You are not registered with this gateway: register first, from your client's menu for the "
				"gateway or by writing `register` to it.";
		return GW_REGISTRATION_REQUIRED;
	}
	if ((needs & NEEDS_LOGIN) && in->session->state != SESSION_LOGGED_IN) {
		*out_text = session_unavailable_text(in->stanza->arena, in->session);
		return GW_RECIPIENT_UNAVAILABLE;
	}
	if ((needs & NEEDS_ADMIN) && !gateway_is_admin(in->gateway, &in->stanza->from)) {
		return GW_FORBIDDEN;
	}
	return GW_OK;
}

/*
 * The contact is looked for only when somebody registered asks: others learn nothing about who is there. GW_OK too when the
 * stanza is for the gateway, or its route needs nobody.
 */
static enum gw_condition find_contact(struct incoming *in, unsigned needs, const char **out_text) {
	if (in->addressee != TO_CONTACT || !(needs & (NEEDS_USER | NEEDS_LOGIN))) {
		return GW_OK;
	}
	if (!in->contact) {
		in->contact = contact_get_by_local(in->session, in->stanza->to.local);
	}
	if (in->contact) {
		return GW_OK;
	}
	if (contacts_are_many(in->session)) {
		*out_text = "You have asked for too many addresses on this network.";
		return GW_RESOURCE_CONSTRAINT;
	}
	*out_text = arena_printf(in->stanza->arena, "There is nobody by the address %s on this network.", in->stanza->to.bare);
	return GW_ITEM_NOT_FOUND;
}

/* May the sender do that, and is there somebody to do it to? */
static enum gw_condition admit(struct incoming *in, unsigned needs, const char **out_text) {
	enum gw_condition condition = check_needs(in, needs, out_text);
	return condition == GW_OK ? find_contact(in, needs, out_text) : condition;
}

static struct incoming resolve(struct gw_gateway *gateway, struct stanza *stanza) {
	return (struct incoming){
		.gateway = gateway,
		.stanza = stanza,
		.addressee = stanza->to.local ? TO_CONTACT : TO_GATEWAY,
		.session = session_find(gateway, stanza->from.bare),
	};
}

static bool matches(const struct route *route, const struct incoming *in, const struct xml_node *payload) {
	return (route->addressees & in->addressee) && route->ns == payload->ns &&
			(!route->element || strcmp(route->element, payload->name) == 0);
}

/* --- IQs --- */

/* One child element, and an id to answer to (RFC 6120 section 8.2.3). */
static struct xml_node *only_payload(const struct stanza *stanza) {
	struct xml_node *payload = xml_first_element(stanza->xml);
	return stanza->id && payload && !xml_next_element(payload) ? payload : NULL;
}

static bool offer_iq(struct incoming *in, enum route_kind kind) {
	const struct router *router = in->gateway->features;
	for (const struct entry *entry = router->iqs[bucket_of(in->payload->ns)]; entry; entry = entry->next) {
		const struct route *route = entry->route;
		if (route->kind != kind || !matches(route, in, in->payload)) {
			continue;
		}
		const char *text = NULL;
		enum gw_condition condition = admit(in, route->needs, &text);
		if (condition != GW_OK) {
			iq_fail(in->iq, condition, text);
			return true;
		}
		if (route->handle(in)) {
			return true;
		}
	}
	return false;
}

static bool offer_to_module(const struct incoming *in) {
	const struct gw_module *module = in->gateway->module;
	return module->on_stanza && module->on_stanza(in->gateway,
			xml_to_string(in->stanza->arena, in->stanza->xml, NS_COMPONENT));
}

/* Answers nobody gave: an IQ that the module took is answered by the module. */
static void handle_iq(struct incoming *in) {
	if (stanza_is_answer(in->stanza)) {
		offer_to_module(in); /* which may have asked */
		return;
	}
	const char *type = in->stanza->type ? in->stanza->type : "";
	bool is_set = strcmp(type, "set") == 0;
	in->payload = only_payload(in->stanza);
	if (!in->payload || (!is_set && strcmp(type, "get") != 0)) {
		in->iq = iq_new(in->gateway->component, in->stanza);
		iq_fail(in->iq, GW_BAD_REQUEST, NULL);
		iq_unref(in->iq);
		return;
	}
	in->iq = iq_new(in->gateway->component, in->stanza);
	if (!offer_iq(in, is_set ? IQ_SET : IQ_GET)) {
		if (offer_to_module(in)) {
			iq_disown(in->iq);
		} else {
			iq_fail(in->iq, GW_SERVICE_UNAVAILABLE, NULL);
		}
	}
	iq_unref(in->iq);
}

/* --- Messages --- */

/* Whoever wrote what is recovered may be gone since. */
void router_refuse(const struct incoming *in, enum gw_condition condition, const char *text) {
	if (in->stanza->kind == STANZA_MESSAGE) {
		outbox_refuse(in->gateway, in->stanza, condition, text);
		if (in->session && in->stanza->is_recovered) {
			returned_note(in->session, in->stanza, delivery_noted_integer(in->stanza, NOTE_RECEIVED_AT),
					text ? text : condition_text(condition));
		}
		return;
	}
	struct xml_node *error = stanza_reply(in->stanza, "error");
	stanza_add_error(error, condition, text);
	component_send(in->gateway->component, error);
}

/*
 * Only what somebody wrote, took back or thinks of something is worth an answer; typing and marks are not (row A22), and errors
 * never are.
 */
static bool deserves_answer(struct stanza *stanza) {
	if (stanza_is_error(stanza) || xml_find(stanza->xml, "body", NULL)) {
		return !stanza_is_error(stanza);
	}
	const struct message_content *content = message_content_of(stanza);
	return content->body || content->retracts || content->reacts_to || content->encryption;
}

/* Whether this route lets the stanza in; a refusal is told once. */
static bool is_let_in(struct incoming *in, const struct route *route, bool *out_refused) {
	const char *text = NULL;
	enum gw_condition condition = admit(in, route->needs, &text);
	if (condition == GW_OK) {
		return true;
	}
	if (!*out_refused && deserves_answer(in->stanza)) {
		*out_refused = true;
		router_refuse(in, condition, text);
	}
	return false;
}

/* By a client of the user's; what the server forwards in their name, of their archive say, has no resource. */
static bool is_written_now(const struct stanza *stanza) {
	return stanza->from.resource && !stanza->is_recovered;
}

static void handle_message(struct incoming *in) {
	const struct router *router = in->gateway->features;
	bool is_error = stanza_is_error(in->stanza), is_taken = false, is_refused = false;
	if (in->session && !is_error && is_written_now(in->stanza)) {
		absence_user_wrote(in->session);
	}
	for (const struct entry *entry = is_error ? router->message_errors : router->messages; entry && !is_refused;
			entry = entry->next) {
		const struct route *route = entry->route;
		in->payload = route->ns ? xml_find(in->stanza->xml, route->element, route->ns) : NULL;
		if (!(route->addressees & in->addressee) || (route->ns && !in->payload)) {
			continue;
		}
		if (is_let_in(in, route, &is_refused)) {
			is_taken = true;
			if (route->handle(in)) {
				return;
			}
		}
	}
	bool is_open = is_error || (!is_taken && !is_refused);
	if (is_open && !offer_to_module(in) && deserves_answer(in->stanza)) {
		router_refuse(in, GW_SERVICE_UNAVAILABLE, NULL);
	}
}

/* --- Presences --- */

/*
 * Nobody is there, and the contact list would say so for ever (RFC 6121 sections 3.1.3 and 4.3.2). Those of users are left
 * alone when they only ask how somebody is: who does not exist may only not be known yet.
 */
static bool has_to_hear_no(const struct incoming *in, const char *type) {
	return strcmp(type, "subscribe") == 0 || strcmp(type, "unsubscribe") == 0 ||
			(strcmp(type, "probe") == 0 && !in->session);
}

static void handle_presence(struct incoming *in) {
	const struct router *router = in->gateway->features;
	const char *type = in->stanza->type ? in->stanza->type : "available";
	bool is_taken = false;
	for (const struct entry *entry = router->presences; entry; entry = entry->next) {
		const struct route *route = entry->route;
		if (!(route->addressees & in->addressee) || strcmp(route->element, type) != 0) {
			continue;
		}
		const char *text = NULL;
		if (admit(in, route->needs, &text) == GW_OK) {
			is_taken = true;
			if (route->handle(in)) {
				return;
			}
		}
	}
	if (!is_taken && !offer_to_module(in) && has_to_hear_no(in, type)) {
		outbox_presence(in->gateway, in->stanza->to.bare, in->stanza->from.bare, "unsubscribed", GW_SHOW_AVAILABLE, NULL);
	}
}

/* Nothing is begun any more that could not be ended; who asks or writes hears so, and nothing is lost in silence. */
static void refuse_while_stopping(const struct incoming *in) {
	const char *type = in->stanza->type ? in->stanza->type : "";
	bool is_question = in->stanza->kind == STANZA_IQ && (strcmp(type, "get") == 0 || strcmp(type, "set") == 0);
	bool is_text = in->stanza->kind == STANZA_MESSAGE && deserves_answer(in->stanza);
	if (is_question || is_text) {
		router_refuse(in, GW_RECIPIENT_UNAVAILABLE, "The gateway is just being stopped. Please try again in a while.");
	}
}

static void route_stanza(struct gw_gateway *gateway, struct stanza *stanza) {
	struct incoming in = resolve(gateway, stanza);
	if (gateway->is_stopping) {
		refuse_while_stopping(&in);
		return;
	}
	switch (stanza->kind) {
	case STANZA_IQ:
		handle_iq(&in);
		break;
	case STANZA_MESSAGE:
		handle_message(&in);
		break;
	case STANZA_PRESENCE:
		handle_presence(&in);
		break;
	}
}

const struct gateway_hooks feature_hooks = {
	.on_stanza = route_stanza,
	.on_delivery = message_deliver,
	.on_confirmed = message_confirm,
	.features_new = router_new,
	.features_free = router_free,
};
