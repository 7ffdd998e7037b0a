/* SPDX-License-Identifier: MPL-2.0 */
/* Accounts and what passes between them. */
#include "network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool network_read_name(const char *text, char out[static ACCOUNT_NAME_MAX + 1]) {
	size_t length = strlen(text);
	if (length == 0 || length > ACCOUNT_NAME_MAX) {
		return false;
	}
	for (size_t i = 0; i <= length; i++) {
		char c = text[i];
		out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	return strspn(out, "abcdefghijklmnopqrstuvwxyz0123456789.-_") == length;
}

bool network_name_has(const char *name, const char *part) {
	char name_of_part[ACCOUNT_NAME_MAX + 1];
	return network_read_name(part, name_of_part) && strstr(name, name_of_part);
}

struct account *network_find(struct network *network, const char *name) {
	struct account *account = network->accounts;
	while (account && strcmp(account->name, name) != 0) {
		account = account->next;
	}
	return account;
}

struct account *network_get(struct network *network, const char *name) {
	struct account *account = network_find(network, name);
	if (!account) {
		account = calloc(1, sizeof(*account));
		if (!account) {
			abort();
		}
		snprintf(account->name, sizeof(account->name), "%s", name);
		account->show = GW_SHOW_OFFLINE;
		account->next = network->accounts;
		network->accounts = account;
	}
	return account;
}

static void show(struct gw_contact *contact, const struct account *person) {
	gw_contact_set_last_seen(contact, person->last_seen_ms);
	gw_contact_set_presence(contact, person->show, *person->text ? person->text : NULL);
}

/* How `person` looks to everybody who has them among their contacts. */
static void show_to_others(struct network *network, const struct account *person) {
	for (struct account *other = network->accounts; other; other = other->next) {
		struct gw_contact *contact = other->session && other != person ?
				gw_session_find_contact(other->session, person->name) : NULL;
		if (contact) {
			show(contact, person);
		}
	}
}

/* And how those look to `person`, who has just come. */
static void show_others_to(struct network *network, struct account *person) {
	struct gw_contact *contact = NULL;
	while ((contact = gw_session_next_contact(person->session, contact))) {
		const struct account *other = network_find(network, gw_contact_id(contact));
		if (other) {
			show(contact, other);
		}
	}
}

/* Whoever is away or gone was seen last when that began. */
static void set_show(struct account *account, enum gw_show show) {
	bool is_here = show == GW_SHOW_AVAILABLE || show == GW_SHOW_CHAT || show == GW_SHOW_DND;
	if (is_here) {
		account->last_seen_ms = 0;
	} else if (account->last_seen_ms == 0) {
		account->last_seen_ms = gw_time_ms(gw_scope_loop(gw_session_scope(account->session)));
	}
	account->show = show;
}

void network_connect(struct network *network, struct account *account, struct gw_session *session) {
	account->session = session;
	set_show(account, GW_SHOW_AVAILABLE);
	account->text[0] = '\0';
	show_to_others(network, account);
	show_others_to(network, account);
}

void network_disconnect(struct network *network, struct account *account) {
	set_show(account, GW_SHOW_OFFLINE);
	account->session = NULL;
	account->text[0] = '\0';
	show_to_others(network, account);
}

void network_set_presence(struct network *network, struct account *account, const struct gw_user_presence *presence) {
	/* The gateway stays connected for the user: somebody without a client is away, not gone. */
	set_show(account, presence->show == GW_SHOW_OFFLINE ? GW_SHOW_XA : presence->show);
	snprintf(account->text, sizeof(account->text), "%s", presence->text ? presence->text : "");
	show_to_others(network, account);
}

void network_make_id(const struct network *network, struct account *from, char *out, size_t size) {
	snprintf(out, size, "%s-%s-%llu", from->name, network->run, ++from->sequence);
}

bool network_send(struct network *network, struct account *from, struct account *to,
		const struct gw_message *message, char *out_id, size_t size) {
	if (!to->session) {
		return false;
	}
	network_make_id(network, from, out_id, size);
	struct gw_contact *sender = gw_session_contact(to->session, from->name);
	gw_contact_set_name(sender, from->name);
	show(sender, from);
	gw_contact_add_to_roster(sender);
	struct gw_message arriving = *message;
	arriving.id = out_id;
	return gw_actor_send(gw_contact_actor(sender), &arriving);
}

/* How `from` looks to `to`; NULL when `to` is not connected. */
static struct gw_actor *actor_of(const struct account *from, const struct account *to) {
	struct gw_contact *contact = to->session ? gw_session_find_contact(to->session, from->name) : NULL;
	return contact ? gw_contact_actor(contact) : NULL;
}

bool network_correct(struct network *network, struct account *from, struct account *to, const char *id,
		const struct gw_message *message, char *out_id, size_t size) {
	struct gw_actor *sender = actor_of(from, to);
	if (!sender) {
		return false;
	}
	network_make_id(network, from, out_id, size);
	struct gw_message arriving = *message;
	arriving.id = out_id;
	return gw_actor_correct(sender, id, &arriving);
}

bool network_retract(const struct account *from, struct account *to, const char *id) {
	struct gw_actor *sender = actor_of(from, to);
	return sender && gw_actor_retract(sender, id);
}

void network_displayed(struct account *reader, struct account *writer, const char *id) {
	struct gw_actor *actor = actor_of(reader, writer);
	if (actor) {
		gw_actor_displayed(actor, id);
	}
}

void network_finish(struct network *network) {
	while (network->accounts) {
		struct account *next = network->accounts->next;
		free(network->accounts);
		network->accounts = next;
	}
}
